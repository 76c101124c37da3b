using Capture.Arrow;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Disk;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Closing;

/// <summary>Computes the final time of every row of a stream, batch by batch, and writes them as <c>times/STREAM.vN.arrow</c>.</summary>
internal sealed class TimesWriter
{
    private const int RowsPerBatch = 65_536;

    private readonly EpisodeStream _stream;
    private readonly DomainFit? _fit;
    private readonly ArrivalFitter? _arrivals;
    private readonly Quantiles _sigma = new();
    private readonly Quantiles _bound = new();
    private readonly Quantiles _delay = new();
    private readonly Duration? _jitter;
    private readonly SteppedRows? _rows;
    private long _withoutBound;
    private HostTime _lastPeriod = new(long.MinValue);

    public TimesWriter(EpisodeStream stream, DomainFit? fit)
    {
        _stream = stream;
        _fit = fit;
        _rows = fit?.RowsOf(fit.Domain.Feed == ClockFeed.OneWay ? stream.Info.Latency : null);
        _arrivals = fit is null && stream.Info.Clock?.Feed is null or ClockFeed.ArrivalOnly ? ArrivalFitter.Of(stream) : null;
        _jitter = fit is null ? StampJitter.Of(stream) : null;
    }

    public static void AppendNullable(Int64Column column, long? value)
    {
        if (value is { } v)
        {
            column.Append(v);
        }
        else
        {
            column.AppendNull();
        }
    }

    /// <summary>Writes the file and returns the stream's line of the certificate.</summary>
    public CertifiedStream Write(IEpisodeDisk disk, string folder, string version)
    {
        NoticeSteps();
        EpisodeAnchor anchor = _stream.Info.Episode.Anchor;
        int capacity = (int)Math.Clamp(_stream.Rows, 1, RowsPerBatch);
        using (var file = new DerivedFile(
            disk,
            EpisodeFolder.TimesFile(folder, _stream.Info.Name, version),
            new BatchBuilder(FinalTimesSchema.For(_stream.Info, version), new BatchCapacity { Rows = capacity })))
        {
            Int64Column sequence = file.Builder.Column<Int64Column>(0);
            Int64Column time = file.Builder.Column<Int64Column>(1);
            Int64Column sigma = file.Builder.Column<Int64Column>(2);
            Int64Column bound = file.Builder.Column<Int64Column>(3);
            foreach (RecordBatch batch in _stream.ReadAll())
            {
                var rows = new RowStamps(batch);
                for (int i = 0; i < batch.Rows; i++)
                {
                    TimeEstimate estimate = Estimate(rows, i);
                    sequence.Append(rows.Sequence[i]);
                    time.Append(anchor.ToEpisode(estimate.Instant).Nanoseconds);
                    sigma.Append(estimate.Sigma.Nanoseconds);
                    AppendNullable(bound, estimate.Bound?.Nanoseconds);
                    file.Builder.EndRow();
                    Note(estimate, rows.Host[i]);
                    if (!file.Builder.HasRoomForRow)
                    {
                        file.Flush();
                    }
                }
            }

            file.Finish(syncFolder: false);
        }

        return Certify();
    }

    // Where the clock stepped, the rows themselves tell when.
    private void NoticeSteps()
    {
        if (_rows is not { Needed: true })
        {
            return;
        }

        foreach (RecordBatch batch in _stream.ReadAll())
        {
            var rows = new RowStamps(batch);
            for (int i = 0; i < batch.Rows; i++)
            {
                if (!rows.Ticks.IsNull(i))
                {
                    _rows.Notice(rows.Segment[i], new DeviceTicks(rows.TickValues[i]), new HostTime(rows.Host[i]));
                }
            }
        }
    }

    private TimeEstimate Estimate(in RowStamps rows, int i)
    {
        var host = new HostTime(rows.Host[i]);
        if (_rows is not null && !rows.Ticks.IsNull(i) && _rows.TryToHost(rows.Segment[i], new DeviceTicks(rows.TickValues[i]), host, out TimeEstimate fitted))
        {
            return _stream.Info is { Kind: StreamKinds.AudioPeriod, Latency: { } latency } ? InOrder(Within(latency, fitted, host)) : fitted;
        }

        if (!rows.Request.IsEmpty)
        {
            return BetweenRequestAndReply(rows.Request[i], rows.Host[i], rows.Reply[i]);
        }

        return _jitter is { } jitter ? new TimeEstimate(host, jitter, null) : _arrivals?.Next() ?? ArrivalFitter.FromArrival(host, _stream.Info.Latency);
    }

    // An audio index is counted by the host: where periods were lost and nobody said so, it is behind, and a fit of it is wrong with a small bound. The row's own declared
    // latency does not depend on the index (as in ArrivalFit). But a host that stalls delivers later than declared, and then the fit is right: where the two contradict each other, the bound
    // reaches both.
    private static TimeEstimate Within(LatencyRange latency, in TimeEstimate fitted, HostTime host)
    {
        HostTime earliest = host - latency.Max;
        HostTime latest = host - latency.Min;
        HostTime instant = fitted.Instant < earliest ? earliest : fitted.Instant > latest ? latest : fitted.Instant;
        Duration bound = Larger(latest - instant, instant - earliest);
        if (fitted.Instant < earliest)
        {
            // Where the fit has no bound of its own, it is as uncertain as the latency that it was made with.
            bound = Larger(bound, instant - fitted.Instant + Larger(fitted.Bound ?? Duration.Zero, latency.Max - latency.Min));
        }

        return fitted with { Instant = instant, Bound = bound };
    }

    // One period is over before the next begins. Where a bus delivers so late that the declared latency moves rows, they would cross; the last one's instant lies within this one's latency, since it came sooner.
    private TimeEstimate InOrder(in TimeEstimate period)
    {
        TimeEstimate ordered = period.Instant < _lastPeriod ? period with { Instant = _lastPeriod, Bound = period.Bound + (_lastPeriod - period.Instant) } : period;
        _lastPeriod = ordered.Instant;
        return ordered;
    }

    private static Duration Larger(Duration a, Duration b) => a > b ? a : b;

    // The device sampled between the two: that bound holds whatever the asymmetry, for the last servo of a long reply as for the first; sigma takes every instant between as equally likely.
    private TimeEstimate BetweenRequestAndReply(long request, long host, long reply)
    {
        // A source that stamps midpoints has seen where the reply began, and the wire time of the rest is no part of the delay. Its other streams of the same poll carry this instant too.
        long instant = _stream.Info.StampSource == StampSource.ExchangeMidpoint && host >= request && host <= reply ? host : request + ((reply - request) / 2);
        double before = Math.Max(instant - request, 0);
        double after = Math.Max(reply - instant, 0);
        double sigma = Math.Sqrt(((before * before) - (before * after) + (after * after)) / 3);
        return new TimeEstimate(new HostTime(instant), new Duration((long)sigma), new Duration((long)Math.Max(before, after)));
    }

    private void Note(in TimeEstimate estimate, long host)
    {
        _sigma.Add(estimate.Sigma.Nanoseconds);
        _delay.Add(host - estimate.Instant.Nanoseconds);
        if (estimate.Bound is { } b)
        {
            _bound.Add(b.Nanoseconds);
        }
        else
        {
            _withoutBound++;
        }
    }

    private CertifiedStream Certify()
    {
        StreamInfo info = _stream.Info;
        bool host = info.Clock?.Feed == ClockFeed.Host;
        return new CertifiedStream
        {
            Stream = info.Name,
            Clock = info.Clock?.Name,
            Feed = FormatText<ClockFeed>.Of(info.Clock?.Feed ?? ClockFeed.ArrivalOnly),
            Rows = _stream.Rows,
            DriftPpm = (_fit?.Result.DriftPpm ?? _arrivals?.Result?.DriftPpm) is { } drift && double.IsFinite(drift) ? drift : null,
            ResidualP50Ns = (_fit?.Result.ResidualP50 ?? _arrivals?.Result?.ResidualP50)?.Nanoseconds,
            ResidualP99Ns = (_fit?.Result.ResidualP99 ?? _arrivals?.Result?.ResidualP99)?.Nanoseconds,
            SigmaNs = _sigma.Spread(),
            BoundNs = _withoutBound == 0 ? _bound.Spread() : null,
            LatencyAppliedNs = host || _fit?.Domain.Feed == ClockFeed.TwoWay ? null : info.Latency?.Min.Nanoseconds,
            JitterP99Ns = host || _delay.Count == 0 ? null : _delay.At(0.99) - _delay.At(0.01),
        };
    }

    /// <summary>The columns of a batch that its times come from.</summary>
    private readonly ref struct RowStamps
    {
        public readonly ReadOnlySpan<long> Sequence;
        public readonly ReadOnlySpan<int> Segment;
        public readonly ArrowColumn Ticks;
        public readonly ReadOnlySpan<long> TickValues;
        public readonly ReadOnlySpan<long> Host;
        public readonly ReadOnlySpan<long> Request;
        public readonly ReadOnlySpan<long> Reply;

        public RowStamps(RecordBatch batch)
        {
            Sequence = batch.Column(CommonColumns.Sequence).Values<long>();
            Segment = batch.Column(CommonColumns.Segment).Values<int>();
            Ticks = batch.Column(CommonColumns.DeviceTicks);
            TickValues = Ticks.Values<long>();
            Host = batch.Column(CommonColumns.HostTime).Values<long>();
            if (batch.Schema.IndexOf(JointStateSchema.RequestTime) >= 0 && batch.Schema.IndexOf(JointStateSchema.ReplyTime) >= 0)
            {
                Request = batch.Column(JointStateSchema.RequestTime).Values<long>();
                Reply = batch.Column(JointStateSchema.ReplyTime).Values<long>();
            }
        }
    }
}
