using System.Runtime.InteropServices;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Alignment;

/// <summary>The rows of one stream in the order of time, as far as they are known; grows with the stream. A row that lies too far behind one above it is left out.</summary>
internal sealed class StreamTrack(EpisodeStream stream, string folder, string? version, long latenessNs)
{
    private readonly List<long> _times = [];
    private readonly List<int> _rows = [];
    private int _batches;
    private long _max = long.MinValue;

    public EpisodeStream Stream => stream;

    /// <summary>Ascending, ns of episode time.</summary>
    public ReadOnlySpan<long> Times => CollectionsMarshal.AsSpan(_times);

    /// <summary>The stream's row of each time.</summary>
    public ReadOnlySpan<int> Rows => CollectionsMarshal.AsSpan(_rows);

    public long Late { get; private set; }

    /// <summary>No row that comes later will lie before this time.</summary>
    public long Horizon => _max == long.MinValue ? long.MinValue : AsOf.Sum(_max, -latenessNs);

    /// <summary>Takes the rows that were written since.</summary>
    public void Refresh()
    {
        if (version is not null)
        {
            TakeFinalTimes();
            return;
        }

        for (; _batches < stream.Batches; _batches++)
        {
            long first = stream.FirstRow(_batches);
            ReadOnlySpan<long> times = stream.ReadBatch(_batches).Column(CommonColumns.EpisodeTime).Values<long>();
            for (int i = 0; i < times.Length; i++)
            {
                Take(times[i], (int)(first + i));
            }
        }
    }

    /// <summary>The last sample that no later row can displace lies here; <see cref="long.MinValue"/> where there is none.</summary>
    public long LastSettled()
    {
        long horizon = Horizon;
        int at = _times.Count;
        while (at > 0 && _times[at - 1] >= horizon)
        {
            at--;
        }

        return at > 0 ? _times[at - 1] : long.MinValue;
    }

    private void TakeFinalTimes()
    {
        if (_batches > 0 || stream.Rows == 0)
        {
            return;
        }

        _batches = 1;
        using FinalTimes times = FinalTimes.TryOpen(folder, stream.Info, version!)
            ?? throw new EpisodeException(EpisodeProblem.Damaged, $"version '{version}' has no times of the stream '{stream.Info.Name}'", folder, "Choose another version, or make one with 'capture refit'.");
        if (times.Rows != stream.Rows)
        {
            throw new EpisodeException(EpisodeProblem.Damaged, $"version '{version}' has {times.Rows} times of the {stream.Rows} rows of '{stream.Info.Name}'", folder, "Make another version with 'capture refit'.");
        }

        long[] all = times.ReadInt64(CommonColumns.EpisodeTime);
        for (int i = 0; i < all.Length; i++)
        {
            Take(all[i], i);
        }
    }

    private void Take(long time, int row)
    {
        if (time >= _max)
        {
            _max = time;
            _times.Add(time);
            _rows.Add(row);
            return;
        }

        if (time < Horizon)
        {
            Late++;
            return;
        }

        int at = _times.Count;
        while (at > 0 && _times[at - 1] > time)
        {
            at--;
        }

        _times.Insert(at, time);
        _rows.Insert(at, row);
    }
}
