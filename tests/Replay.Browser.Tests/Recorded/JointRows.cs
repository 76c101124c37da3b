using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Replay.Browser.Tests.Recorded;

/// <summary>An arm's recorded joints with the times in force.</summary>
internal sealed class JointRows
{
    private readonly string[] _names;
    private readonly double?[][] _positions;

    public JointRows(EpisodeStream stream)
    {
        _names = stream.Schema.Metadata.Find(MetadataKeys.Joints)!.Split(',');
        TimesNs = stream.ReadTimes();
        _positions = [.. stream.ReadAll().SelectMany(batch => Enumerable.Range(0, batch.Rows).Select(row => Row(batch.Column(JointStateSchema.Position), row)))];
    }

    /// <summary>ns of episode time.</summary>
    public long[] TimesNs { get; }

    /// <summary>The last row that is not after an instant and in which every joint answered.</summary>
    public int RowAt(long timeNs) => Enumerable.Range(0, TimesNs.Length).Last(row => TimesNs[row] <= timeNs && _positions[row].All(p => p is not null));

    /// <summary>Joint positions by name; rad, or m for a joint that slides.</summary>
    public IReadOnlyDictionary<string, double> Positions(int row) =>
        _names.Zip(_positions[row]).ToDictionary(pair => pair.First, pair => pair.Second!.Value, StringComparer.Ordinal);

    private static double?[] Row(ArrowColumn list, int row)
    {
        (int start, int count) = list.Items(row);
        return [.. Enumerable.Range(start, count).Select(i => list.Item.IsNull(i) ? (double?)null : list.Item.Values<double>()[i])];
    }
}
