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

    // From row to row a fitted clock runs within this of its rated speed; where it does not, it was cut there: a step of the clock, or of what its stream takes to come.
    private const double MostPpm = 5000;
    private const long LeastStepNs = 50_000;

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

    /// <summary>Of the longest stretch without a cut, from its first count to its last; null where there are no counts of a clock that was fitted, or the stretch is shorter than 6 s.</summary>
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
        (long Span, double Ppm, double Error)? best = null;
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

                if (!ticks.IsNull(i))
                {
                    (int Row, long Ticks) next = (row, ticks.Values<long>()[i]);
                    if (first is not null && IsCut(last, next))
                    {
                        Take();
                        first = null;
                    }

                    last = next;
                    first ??= last;
                }
            }
        }

        Take();
        return best is { Span: >= 6_000_000_000 } b ? (b.Ppm, b.Error) : null;

        bool IsCut((int Row, long Ticks) from, (int Row, long Ticks) to)
        {
            double rated = (to.Ticks - from.Ticks) / clock.TickRateHz * 1e9;
            return Math.Abs(instants[to.Row] - instants[from.Row] - rated) > LeastStepNs + (Math.Abs(rated) * MostPpm / 1e6);
        }

        void Take()
        {
            if (first is { } f && last.Ticks > f.Ticks)
            {
                long span = instants[last.Row] - instants[f.Row];
                double ppm = ((span * clock.TickRateHz / 1e9 / (last.Ticks - f.Ticks)) - 1) * 1e6;
                double error = 4e6 * (sigmas[last.Row] + sigmas[f.Row]) / Math.Max(span, 1);
                best = best is { } b && b.Span >= span ? best : (span, ppm, error);
            }
        }
    }

    private static bool Near(long a, long b) => Math.Abs(a - b) <= (Math.Max(a, b) * QuantileShare) + 1;
}
