using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Closing;

/// <summary>What one segment of a stream holds.</summary>
internal sealed class SegmentSpan(int segment, long sequence, long? ticks, HostTime seen)
{
    public int Segment { get; } = segment;

    /// <summary>Sequence of the first row.</summary>
    public long First { get; } = sequence;

    /// <summary>Sequence of the last row.</summary>
    public long Last { get; private set; } = sequence;

    /// <summary>Ticks of the first row that has any.</summary>
    public long? FirstTicks { get; private set; } = ticks;

    public long? LastTicks { get; private set; } = ticks;

    /// <summary>When the program had the first row in hand: a kernel's stamp is earlier, and the ledger is on the program's time.</summary>
    public HostTime FirstSeen { get; } = seen;

    public long Rows { get; private set; } = 1;

    public void Extend(long sequence, long? ticks)
    {
        Last = sequence;
        FirstTicks ??= ticks;
        LastTicks = ticks ?? LastTicks;
        Rows++;
    }
}

/// <summary>One pass over a stream at the close: its segments, its last instant, and the arrivals that a one-way fit needs.</summary>
internal sealed class StreamScan
{
    /// <summary>A scan that takes its batches from whoever reads them; it keeps no arrivals.</summary>
    public StreamScan(EpisodeStream stream) => Stream = stream;

    public EpisodeStream Stream { get; }

    public List<SegmentSpan> Segments { get; } = [];

    public HostTime? LastHost { get; private set; }

    public OneWayEnvelope? Arrivals { get; private set; }

    public static StreamScan Of(EpisodeStream stream)
    {
        var scan = new StreamScan(stream);
        if (stream.Info.Clock is { Feed: ClockFeed.OneWay } domain)
        {
            scan.Arrivals = stream.Info.Kind == StreamKinds.AudioPeriod ? new OneWayEnvelope(domain, mostDriftPpm: ClockAssumptions.SoundCardDriftPpm) : new OneWayEnvelope(domain);
        }

        foreach (RecordBatch batch in stream.ReadAll())
        {
            scan.Take(batch);
        }

        return scan;
    }

    /// <summary>Takes the next batch in.</summary>
    public void Take(RecordBatch batch)
    {
        ReadOnlySpan<long> sequences = batch.Column(CommonColumns.Sequence).Values<long>();
        ReadOnlySpan<int> segments = batch.Column(CommonColumns.Segment).Values<int>();
        ReadOnlySpan<long> hosts = batch.Column(CommonColumns.HostTime).Values<long>();
        ReadOnlySpan<long> seen = batch.Schema.IndexOf(CommonColumns.ReadTime) >= 0 ? batch.Column(CommonColumns.ReadTime).Values<long>() : hosts;
        ArrowColumn ticksColumn = batch.Column(CommonColumns.DeviceTicks);
        ReadOnlySpan<long> ticks = ticksColumn.Values<long>();
        for (int i = 0; i < sequences.Length; i++)
        {
            long? tick = ticksColumn.IsNull(i) ? null : ticks[i];
            var host = new HostTime(hosts[i]);
            if (Segments.Count == 0 || Segments[^1].Segment != segments[i])
            {
                Segments.Add(new SegmentSpan(segments[i], sequences[i], tick, new HostTime(seen[i])));
            }
            else
            {
                Segments[^1].Extend(sequences[i], tick);
            }

            if (tick is { } t)
            {
                Arrivals?.Add(new ClockArrival(new DeviceTicks(t + Stream.Info.ArrivalTicksOffset), host, segments[i]));
            }

            LastHost = LastHost is { } last && last > host ? last : host;
        }
    }
}
