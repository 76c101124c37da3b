using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Closing;

/// <summary>Times for a stream whose device counts nothing: all that is known is when each row arrived, its nominal rate, and the declared latency.</summary>
internal sealed class ArrivalFitter
{
    // Without a clock and a declared latency: a frame that took longer than this would have been noticed.
    private const long UnknownSigmaNs = 50_000_000;

    private readonly TimeEstimate[] _estimates;
    private long _next;

    private ArrivalFitter(TimeEstimate[] estimates, ArrivalFitResult? longest)
    {
        _estimates = estimates;
        Result = longest;
    }

    /// <summary>Of the segment with most rows; null for an empty stream.</summary>
    public ArrivalFitResult? Result { get; }

    /// <summary>Fits all arrivals of a stream, segment by segment. Takes about 50 bytes a row.</summary>
    public static ArrivalFitter Of(EpisodeStream stream)
    {
        var arrivals = new HostTime[stream.Rows];
        var starts = new List<int>();
        int at = 0;
        int? segment = null;
        foreach (RecordBatch batch in stream.ReadAll())
        {
            ReadOnlySpan<int> segments = batch.Column(CommonColumns.Segment).Values<int>();
            ReadOnlySpan<long> hosts = batch.Column(CommonColumns.HostTime).Values<long>();
            for (int i = 0; i < hosts.Length; i++, at++)
            {
                bool begins = segment != segments[i];
                if (begins)
                {
                    starts.Add(at);
                    segment = segments[i];
                }

                // The clock never goes back; a source that mixed two stamps must not end the fit.
                arrivals[at] = begins || hosts[i] > arrivals[at - 1].Nanoseconds ? new HostTime(hosts[i]) : arrivals[at - 1];
            }
        }

        var estimates = new TimeEstimate[arrivals.Length];
        ArrivalFitResult? longest = null;
        int most = 0;
        for (int i = 0; i < starts.Count; i++)
        {
            Range rows = starts[i]..(i + 1 < starts.Count ? starts[i + 1] : arrivals.Length);
            ReadOnlySpan<HostTime> part = arrivals.AsSpan(rows);
            ArrivalFitResult result = ArrivalFit.Fit(part, stream.Info.RateHz, stream.Info.Latency, estimates.AsSpan(rows));
            if (part.Length > most)
            {
                (most, longest) = (part.Length, result);
            }
        }

        return new ArrivalFitter(estimates, longest);
    }

    /// <summary>The estimate of the next row, in the order of the file.</summary>
    public TimeEstimate Next() => _estimates[_next++];

    /// <summary>What is known of a row without any clock.</summary>
    public static TimeEstimate FromArrival(HostTime arrival, LatencyRange? latency)
    {
        if (latency is not { } l)
        {
            return new TimeEstimate(arrival, new Duration(UnknownSigmaNs), null);
        }

        Duration width = l.Max - l.Min;
        return new TimeEstimate(arrival - l.Min, new Duration((long)(width.Nanoseconds / Math.Sqrt(12))), width);
    }
}
