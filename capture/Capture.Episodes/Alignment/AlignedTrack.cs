using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Alignment;

/// <summary>One stream at the times of a block: which row answers for each, how far away it is, and its values.</summary>
public sealed class AlignedTrack
{
    private static readonly string[] s_stampColumns = [CommonColumns.Segment, CommonColumns.HostTime, CommonColumns.EpisodeTime, CommonColumns.DeviceTicks];

    private readonly StreamTrack _track;
    private readonly ColumnFill[] _columns;
    private readonly int[] _positions;
    private readonly int[] _before;
    private readonly long[] _distances;
    private readonly double[] _weights;
    private readonly int[] _rows;
    private readonly int[] _counts;
    private int _from;
    private int _length;

    internal AlignedTrack(StreamTrack track, StreamAlignment how, long toleranceNs, int rowsPerBlock)
    {
        _track = track;
        Method = how.Method;
        ToleranceNs = toleranceNs;
        BeforeNs = how.BeforeNs ?? 0;
        AfterNs = how.AfterNs ?? 0;
        var batches = new BatchWindow(track.Stream);
        _columns = Method == AlignmentMethod.None ? [] : [.. AlignedColumn.Of(track.Stream.Info.Name, track.Stream.Schema, s_stampColumns).Select(c => new ColumnFill(c, Method, batches))];
        _positions = new int[rowsPerBlock];
        _before = Blends ? new int[rowsPerBlock] : [];
        _weights = Blends ? new double[rowsPerBlock] : [];
        _distances = new long[rowsPerBlock];
        _rows = new int[rowsPerBlock];
        _counts = Windows ? new int[rowsPerBlock] : [];
    }

    public EpisodeStream Stream => _track.Stream;

    public AlignmentMethod Method { get; }

    public long ToleranceNs { get; }

    /// <summary>Mean and window: how far the window reaches, ns.</summary>
    public long BeforeNs { get; }

    /// <inheritdoc cref="BeforeNs"/>
    public long AfterNs { get; }

    /// <summary>For each time of the block the row of the stream; −1: none is near enough. Window: the first.</summary>
    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, _length);

    /// <summary>For each time of the block sample − time, ns; meaningless where there is no row.</summary>
    public ReadOnlySpan<long> DistancesNs => _distances.AsSpan(0, _length);

    /// <summary>Mean and window: samples in the window of each time; empty for other methods.</summary>
    public ReadOnlySpan<int> Counts => _counts.AsSpan(0, Windows ? _length : 0);

    /// <summary>What became of the stream so far.</summary>
    public AlignedStream Result => new(Stream.Info.Name, Method, ToleranceNs, Nulls, MaxDistanceNs, _track.Late);

    internal StreamTrack Track => _track;

    internal bool Windows => Method is AlignmentMethod.Mean or AlignmentMethod.Window;

    private bool Blends => Method is AlignmentMethod.Linear or AlignmentMethod.Slerp;

    private long Nulls { get; set; }

    private long? MaxDistanceNs { get; set; }

    internal IEnumerable<ArrowField> Fields
    {
        get
        {
            yield return new ArrowField($"{Stream.Info.Name}.row", ArrowType.Int64, Nullable: true);
            yield return CommonColumns.Nanoseconds($"{Stream.Info.Name}.distance_ns", nullable: true);
            if (Windows)
            {
                yield return new ArrowField($"{Stream.Info.Name}.count", ArrowType.Int32);
            }

            foreach (ColumnFill column in _columns)
            {
                yield return column.Target;
            }
        }
    }

    /// <summary>Until this time every answer is known, whatever is still written.</summary>
    internal long DecidedUntil()
    {
        long horizon = _track.Horizon;
        if (horizon == long.MinValue)
        {
            return long.MinValue;
        }

        if (Method == AlignmentMethod.Previous)
        {
            return horizon - 1;
        }

        if (Windows)
        {
            return AsOf.Sum(horizon - 1, -AfterNs);
        }

        long settled = _track.LastSettled();
        long byTolerance = ToleranceNs == long.MaxValue ? long.MinValue : AsOf.Sum(horizon - 1, -ToleranceNs);
        return Math.Max(byTolerance, settled == long.MinValue ? long.MinValue : settled - 1);
    }

    internal void Fill(ReadOnlySpan<long> times)
    {
        _length = times.Length;
        Span<int> positions = _positions.AsSpan(0, _length);
        Span<long> distances = _distances.AsSpan(0, _length);
        ReadOnlySpan<long> samples = _track.Times;
        if (Windows)
        {
            FillWindows(times, samples, positions, distances);
        }
        else if (Method == AlignmentMethod.Previous)
        {
            _from = AsOf.Previous(samples, times, ToleranceNs, positions, distances, _from);
        }
        else
        {
            int from = _from;
            if (Blends)
            {
                Bracket(times, samples, from);
            }

            _from = AsOf.Nearest(samples, times, ToleranceNs, positions, distances, from);
        }

        AsOf.Gather(_track.Rows, positions, _rows.AsSpan(0, _length), -1);
        Count();
    }

    /// <summary>Appends so many rows of the block, from <paramref name="start"/> on, to the columns of a table.</summary>
    internal void AppendTo(BatchBuilder builder, ref int column, int start, int count)
    {
        Int64Column row = builder.Column<Int64Column>(column++);
        Int64Column distance = builder.Column<Int64Column>(column++);
        for (int i = start; i < start + count; i++)
        {
            if (_rows[i] < 0)
            {
                row.AppendNull();
                distance.AppendNull();
            }
            else
            {
                row.Append(_rows[i]);
                distance.Append(_distances[i]);
            }
        }

        if (Windows)
        {
            builder.Column<Int32Column>(column++).Append(_counts.AsSpan(start, count));
        }

        foreach (ColumnFill fill in _columns)
        {
            ColumnBuilder target = builder.Columns[column++];
            switch (Method)
            {
                case AlignmentMethod.Linear or AlignmentMethod.Slerp when fill.Column.IsReal:
                    fill.Blend(_track.Rows, _positions.AsSpan(start, count), _before.AsSpan(start, count), _weights.AsSpan(start, count), target);
                    break;
                case AlignmentMethod.Mean when fill.Column.IsReal:
                    fill.Mean(_track.Rows, _positions.AsSpan(start, count), _counts.AsSpan(start, count), target);
                    break;
                case AlignmentMethod.Window:
                    fill.Window(_track.Rows, _positions.AsSpan(start, count), _counts.AsSpan(start, count), target);
                    break;
                default:
                    fill.Copy(_rows.AsSpan(start, count), target);
                    break;
            }
        }
    }

    private void FillWindows(ReadOnlySpan<long> times, ReadOnlySpan<long> samples, Span<int> positions, Span<long> distances)
    {
        Span<int> counts = _counts.AsSpan(0, _length);
        _from = AsOf.Window(samples, times, BeforeNs, AfterNs, positions, counts, _from);
        for (int i = 0; i < _length; i++)
        {
            if (counts[i] == 0)
            {
                (positions[i], distances[i]) = (-1, 0);
            }
            else
            {
                distances[i] = samples[positions[i]] - times[i];
            }
        }
    }

    // The pair around a time: both near enough, or the sample itself where the time is its own.
    private void Bracket(ReadOnlySpan<long> times, ReadOnlySpan<long> samples, int from)
    {
        Span<int> before = _before.AsSpan(0, _length);
        Span<long> distances = _distances.AsSpan(0, _length);
        AsOf.Previous(samples, times, long.MaxValue, before, distances, from);
        for (int i = 0; i < _length; i++)
        {
            int b = before[i];
            _weights[i] = 0;
            if (b < 0 || distances[i] == 0)
            {
                continue;
            }

            if (b + 1 < samples.Length && -distances[i] <= ToleranceNs && samples[b + 1] - times[i] <= ToleranceNs)
            {
                _weights[i] = -distances[i] / (double)(samples[b + 1] - samples[b]);
            }
            else
            {
                before[i] = -1;
            }
        }
    }

    private void Count()
    {
        for (int i = 0; i < _length; i++)
        {
            if (_rows[i] < 0)
            {
                Nulls++;
            }
            else
            {
                MaxDistanceNs = Math.Max(MaxDistanceNs ?? 0, Math.Abs(_distances[i]));
            }
        }
    }
}
