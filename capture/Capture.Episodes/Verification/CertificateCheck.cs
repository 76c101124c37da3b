using System.Globalization;
using Capture.Episodes.Closing;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Verification;

/// <summary>Reads the claims of the sync certificates again from the files that they speak of: rows, sigma, bound, drift, and that no row happens after it arrived.</summary>
internal static class CertificateCheck
{
    // The quantiles are exact to 1/64 of their value.
    private const double QuantileShare = 1.0 / 32;
    private const double DriftTolerancePpm = 3;

    // Between two rows a clock that was fitted runs straight on, within what any device may be off; where it does not, it stepped.
    private const double LeastStepNs = 1e6;
    private const double MostDrift = 3_000e-6;

    public static void Run(EpisodeReader episode, List<Finding> findings)
    {
        EpisodeManifest manifest = episode.Manifest;
        if (manifest.Certificate is { } inForce && inForce.Version != manifest.Times?.InForce)
        {
            findings.Add(new Finding(FindingSeverity.Error, ManifestFile.Name, $"its certificate is of {inForce.Version}, and {manifest.Times?.InForce ?? "no version"} of the times is in force"));
        }

        foreach (ManifestCertificate certificate in new[] { manifest.Certificate }.Concat(manifest.OtherCertificates ?? []).OfType<ManifestCertificate>())
        {
            foreach (CertifiedStream claim in certificate.Streams)
            {
                string place = $"{ManifestFile.Name}, certificate {certificate.Version}, stream '{claim.Stream}'";
                if (episode.Find(claim.Stream) is not { } stream)
                {
                    findings.Add(new Finding(FindingSeverity.Error, place, "there is no such stream"));
                    continue;
                }

                try
                {
                    using FinalTimes? times = FinalTimes.TryOpen(episode.Folder, stream.Info, certificate.Version);
                    if (times is null)
                    {
                        findings.Add(new Finding(FindingSeverity.Error, place, "its times are missing"));
                    }
                    else
                    {
                        Check(stream, times, claim, text => findings.Add(new Finding(FindingSeverity.Error, place, text)));
                    }
                }
                catch (EpisodeException)
                {
                    // The file's own check has named what is wrong with it.
                    continue;
                }
            }
        }
    }

    private static void Check(EpisodeStream stream, FinalTimes times, CertifiedStream claim, Action<string> wrong)
    {
        if (claim.Rows != stream.Rows || times.Rows != stream.Rows)
        {
            wrong($"it speaks of {claim.Rows} rows, its times of {times.Rows}, and the stream has {stream.Rows}");
            return;
        }

        long[] instants = times.ReadInt64(CommonColumns.EpisodeTime);
        long[] sigmas = times.ReadInt64(FittedClockSchema.Sigma);
        long[] bounds = times.ReadBounds();
        var sigma = new Quantiles();
        var bound = new Quantiles();
        foreach (long s in sigmas)
        {
            sigma.Add(s);
        }

        foreach (long b in bounds.Where(b => b >= 0))
        {
            bound.Add(b);
        }

        Spread("sigma", claim.SigmaNs, sigma.Spread());
        Spread("bound", claim.BoundNs, bounds.Contains(-1) ? null : bound.Spread());
        long[] host = stream.ReadInt64(CommonColumns.HostTime);
        long anchor = stream.Info.Episode.Anchor.Origin.Nanoseconds;
        int after = instants.Where((t, i) => bounds[i] >= 0 && t - bounds[i] > host[i] - anchor).Count();
        if (after > 0)
        {
            wrong($"{after} rows happen after they arrived, by more than their bound");
        }

        if (claim.DriftPpm is { } drift && Drift(stream, instants, sigmas) is { } measured && Math.Abs(measured.Ppm - drift) > DriftTolerancePpm + measured.ErrorPpm)
        {
            wrong(string.Create(CultureInfo.InvariantCulture, $"it says a drift of {drift:0.00} ppm, and its rows have {measured.Ppm:0.00}"));
        }

        void Spread(string what, ManifestSpread? said, ManifestSpread? found)
        {
            if (said is null != found is null)
            {
                wrong(said is null ? $"it states no {what}, and its rows do" : $"it states a {what}, and some of its rows have none");
            }
            else if (said is not null && found is not null && (!Near(said.P50, found.P50) || !Near(said.P99, found.P99) || said.Max != found.Max))
            {
                wrong($"it says {what} {said.P50}, {said.P99}, {said.Max} ns (p50, p99, largest), and its rows have {found.P50}, {found.P99}, {found.Max}");
            }
        }
    }

    /// <summary>
    /// Mean over all segments, each from its first count to its last; null where there are no counts of a clock that was fitted, they span less than 6 s, or the clock stepped
    /// within a segment: how much of that is rate, the rows do not tell.
    /// </summary>
    private static (double Ppm, double ErrorPpm)? Drift(EpisodeStream stream, long[] instants, long[] sigmas)
    {
        if (stream.Info.Clock is not { Feed: Core.Time.ClockFeed.TwoWay or Core.Time.ClockFeed.OneWay } clock)
        {
            return null;
        }

        (int Row, long Ticks)? first = null;
        (int Row, long Ticks) last = default;
        int segment = -1;
        int row = 0;
        double span = 0;
        double counted = 0;
        double sigma = 0;
        foreach (Arrow.RecordBatch batch in stream.ReadAll())
        {
            ReadOnlySpan<int> segments = batch.Column(CommonColumns.Segment).Values<int>();
            Arrow.ArrowColumn ticks = batch.Column(CommonColumns.DeviceTicks);
            for (int i = 0; i < batch.Rows; i++, row++)
            {
                if (segments[i] != segment)
                {
                    Take();
                    (first, segment) = (null, segments[i]);
                }

                if (ticks.IsNull(i))
                {
                    continue;
                }

                long now = ticks.Values<long>()[i];
                if (first is not null && Stepped(now))
                {
                    return null;
                }

                last = (row, now);
                first ??= last;
            }
        }

        Take();
        return span >= 6e9 ? (((span / counted) - 1) * 1e6, 4e6 * sigma / span) : null;

        bool Stepped(long now)
        {
            double passed = (now - last.Ticks) / clock.TickRateHz * 1e9;
            return Math.Abs(instants[row] - instants[last.Row] - passed) > LeastStepNs + (MostDrift * Math.Abs(passed));
        }

        void Take()
        {
            if (first is { } f && last.Ticks > f.Ticks)
            {
                span += instants[last.Row] - instants[f.Row];
                counted += (last.Ticks - f.Ticks) / clock.TickRateHz * 1e9;
                sigma += sigmas[last.Row] + sigmas[f.Row];
            }
        }
    }

    private static bool Near(long a, long b) => Math.Abs(a - b) <= (Math.Max(a, b) * QuantileShare) + 1;
}
