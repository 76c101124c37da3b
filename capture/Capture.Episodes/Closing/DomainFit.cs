using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes.Disk;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Closing;

/// <summary>The fitted clock of one domain.</summary>
internal sealed class DomainFit(ClockDomain domain, ClockFitResult result)
{
    private readonly FittedClock _clock = new(result);

    public ClockDomain Domain { get; } = domain;

    public ClockFitResult Result { get; } = result;

    /// <summary>For the rows of one stream of the domain.</summary>
    /// <param name="latency">From a row's instant to its arrival, as far as it is known.</param>
    public SteppedRows RowsOf(LatencyRange? latency) => new(_clock, latency);

    /// <summary>Fits a domain from what the episode holds of it; null where it holds nothing that a fit can use.</summary>
    public static DomainFit? Of(ClockDomain domain, EpisodeReader episode, IEnumerable<StreamScan> scans)
    {
        switch (domain.Feed)
        {
            case ClockFeed.TwoWay:
                ClockExchange[] exchanges = Exchanges(domain, episode);
                return exchanges.Length == 0 ? null : new DomainFit(domain, ClockFit.TwoWay(exchanges, domain));
            case ClockFeed.OneWay:
                // Several streams of one device share its clock: the one with most rows says most.
                StreamScan? best = scans.Where(s => s.Arrivals is { Count: > 0 } && s.Stream.Info.Clock == domain).MaxBy(s => s.Stream.Rows);
                if (best is null)
                {
                    return null;
                }

                LatencyRange? latency = LatencyOfArrival(best.Stream.Info, domain);
                FitOptions options = best.Stream.Info.Kind == StreamKinds.AudioPeriod ? new FitOptions { ExactCount = true, MaxDriftPpm = ClockAssumptions.SoundCardDriftPpm } : new FitOptions();
                return new DomainFit(domain, ClockFit.OneWay(WithReports(best.Arrivals!.ToArray(), domain, episode, latency), domain, latency, options));
            default:
                return null;
        }
    }

    /// <summary>Writes the pieces as <c>clocks/DOMAIN.vN.arrow</c>.</summary>
    public void Write(IEpisodeDisk disk, string folder, EpisodeIdentity episode, string version)
    {
        using var file = new DerivedFile(
            disk,
            EpisodeFolder.ClockFile(folder, Domain.Name, version),
            new BatchBuilder(FittedClockSchema.For(Domain, episode, version), new BatchCapacity { Rows = Math.Max(Result.Pieces.Length, 1) }));
        BatchBuilder rows = file.Builder;
        foreach (ClockPiece piece in Result.Pieces)
        {
            rows.Column<Int32Column>(0).Append(piece.Segment);
            rows.Column<Int64Column>(1).Append(piece.FromTicks.Value);
            rows.Column<Int64Column>(2).Append(episode.Anchor.ToEpisode(piece.Origin).Nanoseconds);
            rows.Column<Float64Column>(3).Append(piece.NanosecondsPerTick);
            rows.Column<Int64Column>(4).Append(piece.Sigma.Nanoseconds);
            TimesWriter.AppendNullable(rows.Column<Int64Column>(5), piece.Bound?.Nanoseconds);
            rows.EndRow();
        }

        file.Finish(syncFolder: false);
    }

    /// <summary>
    /// From the count that arrived (<see cref="StreamInfo.ArrivalTicksOffset"/> after the row's own) to the host: the declared latency runs from the row's own
    /// instant, and the ticks between the two are in it.
    /// </summary>
    private static LatencyRange? LatencyOfArrival(StreamInfo stream, ClockDomain domain)
    {
        var counted = new Duration((long)Math.Round(stream.ArrivalTicksOffset * 1e9 / domain.TickRateHz));
        return stream.Latency is { } l ? new LatencyRange(NotNegative(l.Min - counted), NotNegative(l.Max - counted)) : null;
    }

    /// <summary>
    /// Takes the device's reports on its own clock in place of its samples, in every segment that has any. A report has no exposure and no encoder behind it, so the smallest declared latency is none of its own: with
    /// that added to its arrival it says of the clock what a sample with that latency would. Samples beside it would only look late.
    /// </summary>
    private static ClockArrival[] WithReports(ClockArrival[] samples, ClockDomain domain, EpisodeReader episode, LatencyRange? latency)
    {
        Duration least = latency?.Min ?? Duration.Zero;
        var reports = new List<ClockArrival>();
        foreach (EpisodeStream stream in episode.Streams.Where(s => s.Info.Kind == StreamKinds.ClockReport && s.Info.Clock?.Name == domain.Name))
        {
            foreach (RecordBatch batch in stream.ReadAll())
            {
                ReadOnlySpan<int> segment = batch.Column(CommonColumns.Segment).Values<int>();
                ReadOnlySpan<long> ticks = batch.Column(CommonColumns.DeviceTicks).Values<long>();
                ReadOnlySpan<long> arrival = batch.Column(CommonColumns.HostTime).Values<long>();
                for (int i = 0; i < batch.Rows; i++)
                {
                    reports.Add(new ClockArrival(new DeviceTicks(ticks[i]), new HostTime(arrival[i]) + least, segment[i]));
                }
            }
        }

        var reported = reports.Select(r => r.Segment).ToHashSet();
        return reported.Count == 0 ? samples : [.. samples.Where(s => !reported.Contains(s.Segment)).Concat(reports).OrderBy(a => a.Segment).ThenBy(a => a.Arrival)];
    }

    private static Duration NotNegative(Duration d) => d < Duration.Zero ? Duration.Zero : d;

    private static ClockExchange[] Exchanges(ClockDomain domain, EpisodeReader episode)
    {
        var all = new List<ClockExchange>();
        foreach (EpisodeStream stream in episode.Streams)
        {
            if (stream.Info.Kind != StreamKinds.ClockExchange || (stream.Info.Clock?.Name ?? DomainOf(stream.Info.Name)) != domain.Name)
            {
                continue;
            }

            foreach (RecordBatch batch in stream.ReadAll())
            {
                ReadOnlySpan<int> segment = batch.Column(CommonColumns.Segment).Values<int>();
                ReadOnlySpan<long> send = batch.Column(ClockExchangeSchema.HostSend).Values<long>();
                ReadOnlySpan<long> received = batch.Column(ClockExchangeSchema.DeviceReceive).Values<long>();
                ReadOnlySpan<long> answered = batch.Column(ClockExchangeSchema.DeviceSend).Values<long>();
                ReadOnlySpan<long> back = batch.Column(ClockExchangeSchema.HostReceive).Values<long>();
                for (int i = 0; i < batch.Rows; i++)
                {
                    all.Add(new ClockExchange(new HostTime(send[i]), new DeviceTicks(received[i]), new DeviceTicks(answered[i]), new HostTime(back[i]), segment[i]));
                }
            }
        }

        return [.. all];
    }

    private static string DomainOf(string stream) => stream.StartsWith("clock.", StringComparison.Ordinal) ? stream["clock.".Length..] : stream;
}
