using System.Globalization;
using System.Text.Json.Nodes;
using Calibration.Detection;
using Calibration.Results;

namespace Calibration.Reports;

/// <summary>The report of hand-eye and latency.</summary>
public static class MotionReport
{
    private const double Degrees = 180 / Math.PI;

    /// <param name="previous">An earlier result to compare with, or null.</param>
    /// <param name="sources">Pictures, where the target's poses came from some.</param>
    public static HtmlReport Build(CalibrationResult result, CalibrationResult? previous, IReadOnlyList<ImageSource> sources)
    {
        HtmlReport report = new HtmlReport($"Calibration: {result.Kind}").Opening(result);
        Transforms(report, result);
        Lags(report, result);
        Quantities(report, result);
        Residuals(report, result);
        Methods(report, result);
        ViewPictures.Add(report, result, sources);
        if (previous is not null)
        {
            Comparison(report, result, previous);
        }

        return report.Closing(result);
    }

    private static void Transforms(HtmlReport report, CalibrationResult result)
    {
        foreach (TransformResult t in result.Transforms)
        {
            report.Section($"{t.Name}: takes coordinates in {t.Child} to {t.Parent}");
            double[]? s = t.Sigma;
            string[] axes = ["x", "y", "z"];
            report.Table(
                ["axis of " + t.Parent, "translation, mm", "σ, mm", "σ of rotation about it, degrees"],
                axes.Select((axis, i) => new[] { axis, Text($"{t.Translation[i] * 1000:0.000}"), s is null ? "unknown" : Text($"{s[i] * 1000:0.000}"), s is null ? "unknown" : Text($"{s[i + 3] * Degrees:0.0000}") }));
            report.Paragraph(Text($"Quaternion x y z w: {t.Quaternion[0]:0.000000} {t.Quaternion[1]:0.000000} {t.Quaternion[2]:0.000000} {t.Quaternion[3]:0.000000}"));
        }
    }

    private static void Lags(HtmlReport report, CalibrationResult result)
    {
        if (result.Lags.Count == 0)
        {
            return;
        }

        report.Section("Lag, positive when late");
        report.Table(
            ["stream", "behind", "lag, ms", "σ, ms", "95 % interval, ms", "rate, ppm (positive: counts faster)"],
            result.Lags.Select(l => new[]
            {
                l.Stream, l.Behind, Text($"{l.LagNs / 1e6:0.000}"), l.SigmaNs is { } s ? Text($"{s / 1e6:0.000}") : "unknown",
                l.Low95Ns is { } low && l.High95Ns is { } high ? Text($"{low / 1e6:0.000} … {high / 1e6:0.000}") : "unknown",
                l.RatePpm is { } rate ? Text($"{rate:0.0} ± {l.RateSigmaPpm:0.0}") : "not told",
            }));
        report.Paragraph("A lag is subtracted from the stream's stamps to put them on the other's. Where the other stream keeps true time, add it to both ends of the stream's latency_ms in rig.yaml.");
    }

    private static void Quantities(HtmlReport report, CalibrationResult result)
    {
        report.Section("What was left over, and what it was made from");
        report.Table(["what", "value", "unit", ""], result.Quantities.Select(q => new[] { q.Name, Text($"{q.Value:0.####}"), q.Unit, q.Note ?? "" }));
    }

    private static void Residuals(HtmlReport report, CalibrationResult result)
    {
        if (result.Details?["residuals"] is not JsonArray { Count: > 0 } residuals)
        {
            return;
        }

        (double Rotation, double Translation, bool Outlier)[] poses = [.. residuals.Select(r => ((double)r!["rotation_rad"]! * Degrees, (double)r["translation_m"]! * 1000, (bool)r["outlier"]!))];
        foreach ((string name, Func<(double Rotation, double Translation, bool Outlier), double> of) in
            (ReadOnlySpan<(string, Func<(double Rotation, double Translation, bool Outlier), double>)>)[("rotation left over, degrees", p => p.Rotation), ("translation left over, mm", p => p.Translation)])
        {
            double most = Math.Max(1e-6, poses.Where(p => !p.Outlier).Select(of).DefaultIfEmpty(1).Max() * 1.5);
            var plot = new Plot("pose", name, 0, Math.Max(1, poses.Length), 0, most);
            for (int i = 0; i < poses.Length; i++)
            {
                plot.Dot(i + 0.5, Math.Min(most, of(poses[i])), poses[i].Outlier ? "#c0392b" : "#1f6fb2", 3);
            }

            report.Graphic(plot, $"{name}, in the order of the input; red: left out (drawn at the top where it is beyond). A slope or steps would mean that something moved while it was recorded.");
        }
    }

    private static void Methods(HtmlReport report, CalibrationResult result)
    {
        if (result.Details?["methods"] is not JsonArray { Count: > 0 } methods)
        {
            return;
        }

        report.Section("Closed forms, best first, and how far each is from the refined answer");
        report.Table(
            ["method", "rotation left over, degrees", "translation left over, mm", "from the refined, mm", "degrees"],
            methods.Select(m => new[]
            {
                (string)m!["method"]!, Cell(m["rotation_rms_rad"], Degrees), Cell(m["translation_rms_m"], 1000), Cell(m["from_refined_m"], 1000), Cell(m["from_refined_rad"], Degrees),
            }));
    }

    private static void Comparison(HtmlReport report, CalibrationResult result, CalibrationResult previous)
    {
        report.Section($"Against the one of {previous.CreatedUtc}");
        var rows = new List<string[]>();
        foreach (TransformResult now in result.Transforms)
        {
            if (previous.Transforms.FirstOrDefault(t => t.Name == now.Name) is { } then)
            {
                Capture.Core.Geometry.Pose a = RigPose.Of(then);
                Capture.Core.Geometry.Pose b = RigPose.Of(now);
                rows.Add([now.Name, Text($"moved {(b.Translation - a.Translation).Length * 1000:0.000} mm, turned {(b.Rotation * a.Rotation.Inverse()).Angle * Degrees:0.0000} degrees")]);
            }
        }

        foreach (LagResult now in result.Lags)
        {
            if (previous.Lags.FirstOrDefault(l => l.Stream == now.Stream && l.Behind == now.Behind) is { } then)
            {
                rows.Add([$"lag of {now.Stream}", Text($"{(now.LagNs - then.LagNs) / 1e6:0.000} ms later")]);
            }
        }

        report.Table(["what", "change"], rows);
    }

    private static string Cell(JsonNode? node, double scale) => node is null ? "failed" : Text($"{(double)node * scale:0.0000}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
