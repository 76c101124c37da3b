using System.Globalization;
using System.Net;
using System.Text;
using Capture.Episodes.Disk;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.SyncCheck;

namespace Capture.Episodes.SyncPage;

/// <summary>The sync certificate as a picture: one HTML file that needs nothing else, drawn light or dark as the reader's system is.</summary>
public static class SyncPageFile
{
    private const string Style = """
        :root{color-scheme:light dark;--paper:#fcfcfb;--ink:#1d2530;--soft:#5d6876;--line:#e3e6ea;--offset:#1f5fae;--sigma:#7fb0e6;--bound:#dfe9f5;--good:#1e7a4c;--alarm:#b3261e;--unsure:#76601a}
        @media (prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#e4e8ed;--soft:#97a3b1;--line:#2a313a;--offset:#8fc0ff;--sigma:#37618f;--bound:#202c3a;--good:#6fcf9c;--alarm:#ff8a80;--unsure:#d9c06a}}
        body{margin:0 auto;max-width:920px;padding:32px 24px 64px;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
        h1{font-size:22px;font-weight:600;margin:0 0 2px}h2{font-size:16px;font-weight:600;margin:36px 0 4px}h3{font-size:15px;font-weight:600;margin:26px 0 2px}
        p{margin:4px 0 10px;color:var(--soft)}.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:13.5px}
        th{font-weight:500;color:var(--soft);text-align:right;padding:6px 10px 6px 0;white-space:nowrap}td{text-align:right;padding:5px 10px 5px 0;border-top:1px solid var(--line);white-space:nowrap}
        th:first-child,td:first-child,.text{text-align:left}td.reason{white-space:normal;color:var(--soft);text-align:left;min-width:16em}
        .agrees{color:var(--good)}.alarm{color:var(--alarm);font-weight:600}.cannot-tell{color:var(--unsure)}
        svg{display:block;width:100%;height:auto}.grid{stroke:var(--line);stroke-width:1}.tick{fill:var(--soft);font:10.5px system-ui,sans-serif}
        .offset{fill:none;stroke:var(--offset);stroke-width:1.4;stroke-linejoin:round}.sigma{fill:var(--sigma);opacity:.75}.bound{fill:var(--bound)}
        .key{display:inline-block;width:22px;height:10px;margin:0 6px 0 14px;vertical-align:baseline;border-radius:2px}
        """;

    /// <summary>Draws the certificate in force, and beside it what was measured, where it was. Replaces an existing file.</summary>
    /// <param name="measured">From <see cref="SyncChecker.Run"/>; null: nothing was measured.</param>
    /// <exception cref="EpisodeException">The episode has no certificate yet, or the file cannot be written.</exception>
    public static void Write(EpisodeReader episode, IReadOnlyList<SyncMeasurement>? measured, string file)
    {
        try
        {
            string next = file + ".new";
            File.WriteAllText(next, Draw(episode, measured));
            File.Move(next, file, overwrite: true);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not EpisodeException))
        {
            throw DiskTrouble.Explain(e, file);
        }
    }

    /// <summary>The page's text.</summary>
    public static string Draw(EpisodeReader episode, IReadOnlyList<SyncMeasurement>? measured)
    {
        EpisodeManifest manifest = episode.Manifest;
        ManifestCertificate certificate = manifest.Certificate
            ?? throw new EpisodeException(EpisodeProblem.Invalid, "it has no certificate yet", episode.Folder, "Close it, or run 'capture recover'.");
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(episode.Folder));
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{Text(name)}: sync certificate</title><style>{Style}</style></head><body>\n");
        page.Append(CultureInfo.InvariantCulture, $"<h1>{Text(name)}</h1><p>Sync certificate {Text(certificate.Version)} · rig {Text(manifest.Rig)} · {Text(manifest.CreatedUtc)}{(manifest.DurationNs is { } d ? $" · {Number(d / 1e9, "0.0")} s" : "")}</p>\n");
        Certificate(page, manifest, certificate);
        if (measured is not null)
        {
            Measured(page, measured);
        }

        page.Append("<h2>Offset over time</h2><p>Final times against a straight clock (by the device's own count, or by the row's number where it counts nothing). Logarithmic beyond the first lines.");
        page.Append("<span class=\"key\" style=\"background:var(--offset);height:2px;vertical-align:middle\"></span>offset<span class=\"key\" style=\"background:var(--sigma)\"></span>sigma<span class=\"key\" style=\"background:var(--bound)\"></span>bound</p>\n");
        List<(CertifiedStream Claim, StreamCurve Curve)> curves = [.. certificate.Streams
            .Select(c => (c, episode.Find(c.Stream) is { } stream ? StreamCurve.Read(episode.Folder, stream, certificate.Version) : null))
            .Where(p => p.Item2 is not null).Select(p => (p.c, p.Item2!))];
        long[] ends = [.. curves.SelectMany(c => c.Curve.Pieces.SelectMany(p => new[] { p[0].AtNs, p[^1].AtNs }))];
        foreach ((CertifiedStream claim, StreamCurve curve) in curves)
        {
            page.Append(CultureInfo.InvariantCulture, $"<h3>{Text(claim.Stream)}</h3><p>{Sentence(claim, curve)}</p>{CurveDrawing.Draw(curve, ends.Min(), ends.Max())}\n");
        }

        return page.Append("</body></html>\n").ToString();
    }

    private static void Certificate(StringBuilder page, EpisodeManifest manifest, ManifestCertificate certificate)
    {
        page.Append("<h2>Certificate</h2><div class=\"scroll\"><table><tr><th>stream</th><th class=\"text\">clock</th><th>rows</th><th>lost</th><th>drift ppm</th><th>sigma p50</th><th>sigma p99</th><th>bound p99</th><th>latency applied</th><th>jitter p99</th></tr>\n");
        foreach (CertifiedStream s in certificate.Streams)
        {
            ManifestCounts? counts = manifest.Streams.FirstOrDefault(m => m.Name == s.Stream)?.Counts;
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(s.Stream)}</td><td class=\"text\">{Text(s.Clock ?? "none")}, {Text(s.Feed)}</td><td>{s.Rows}</td><td>{(counts is null ? "–" : counts.Dropped)}</td><td>{(s.DriftPpm is { } ppm ? Number(ppm, "0.00") : "–")}</td>");
            page.Append(CultureInfo.InvariantCulture, $"<td>{Span(s.SigmaNs?.P50)}</td><td>{Span(s.SigmaNs?.P99)}</td><td>{(s.BoundNs is null ? "none" : Span(s.BoundNs.P99))}</td><td>{Span(s.LatencyAppliedNs)}</td><td>{Span(s.JitterP99Ns)}</td></tr>\n");
        }

        page.Append("</table></div>\n");
    }

    private static void Measured(StringBuilder page, IReadOnlyList<SyncMeasurement> measured)
    {
        page.Append("<h2>Measured from the data</h2><p>How late a stream is against another, by what both recorded; with its 99 % interval, and what the certificate allows.</p>");
        if (measured.Count == 0)
        {
            page.Append("<p>No two streams of this episode could have seen the same thing.</p>\n");
            return;
        }

        page.Append("<div class=\"scroll\"><table><tr><th>stream</th><th class=\"text\">against</th><th class=\"text\">by</th><th>late by</th><th>interval</th><th>allowed</th><th class=\"text\">verdict</th><th></th></tr>\n");
        foreach (SyncMeasurement m in measured)
        {
            string verdict = Words(m.Verdict.ToString());
            string interval = m.LowNs is null ? "–" : $"{Span(m.LowNs)} … {Span(m.HighNs)}";
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(m.Stream)}</td><td class=\"text\">{Text(m.Reference)}</td><td class=\"text\">{Words(m.Method.ToString())}</td><td>{Span(m.ResidualNs)}</td><td>{interval}</td><td>{Span(m.AllowedNs)}</td>");
            page.Append(CultureInfo.InvariantCulture, $"<td class=\"text {verdict.Replace(' ', '-')}\">{verdict}</td><td class=\"reason\">{Text(m.Reason)}</td></tr>\n");
        }

        page.Append("</table></div>\n");
    }

    private static string Sentence(CertifiedStream s, StreamCurve curve)
    {
        string straight = curve.ByTicks ? $"by the clock {Text(s.Clock ?? "")}" : "by the row's number";
        string bound = s.BoundNs is { } b ? $"bound {Span(b.P50)} (p50), {Span(b.Max)} at most" : "no bound: its latency is unknown";
        return $"{straight}; sigma {Span(s.SigmaNs?.P50)} (p50); {bound}{(s.ResidualP99Ns is { } r ? $"; residual of the fit {Span(r)} (p99)" : "")}";
    }

    // CannotTell: "cannot tell".
    private static string Words(string name) => string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? " " : "") + char.ToLowerInvariant(c) : c.ToString()));

    private static string Span(long? ns) => ns is not { } v ? "–" : Math.Abs(v) switch
    {
        >= 10_000_000 => Number(v / 1e6, "0.0") + " ms",
        >= 1_000_000 => Number(v / 1e6, "0.00") + " ms",
        >= 1_000 => Number(v / 1e3, "0.0") + " µs",
        _ => Number(v, "0") + " ns",
    };

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
