using System.Globalization;
using Calibration.Detection;
using Calibration.Results;

namespace Calibration.Reports;

/// <summary>The report of lenses and rigs.</summary>
public static class VisionReport
{
    private const int MostPictures = 8;

    /// <param name="previous">An earlier result to compare with, or null.</param>
    /// <param name="sources">Pictures, for those of outliers.</param>
    public static HtmlReport Build(CalibrationResult result, CalibrationResult? previous, IReadOnlyList<ImageSource> sources)
    {
        var report = new HtmlReport($"Calibration: {result.Kind} of {string.Join(", ", result.Cameras.Select(c => c.Name))}").Opening(result);
        foreach (CameraResult camera in result.Cameras)
        {
            Camera(report, camera, [.. result.Views.Where(v => v.Camera == camera.Name)]);
        }

        Rig(report, result);
        Outliers(report, result, sources);
        ViewPictures.Add(report, result, sources);
        if (previous is not null)
        {
            Comparison(report, result, previous);
        }

        return report.Closing(result);
    }

    private static void Camera(HtmlReport report, CameraResult camera, ViewResult[] views)
    {
        double[]? sigma = camera.Sigma;
        report.Section($"Camera {camera.Name}: {camera.Model}, {camera.Width} × {camera.Height} px");
        report.Table(["parameter", "value", "σ", "unit"], camera.Parameters.Select((p, i) => new[]
        {
            camera.ParameterNames[i], Text($"{p:0.000000}"), sigma is null ? "unknown" : Text($"{sigma[i]:0.000000}"), i < 4 ? "px" : "1",
        }));
        report.Table(["what", "px"],
        [
            ["RMS of the corners used, √(mean of du² + dv²)", Pixels(camera.RmsPixels)],
            ["error in views that took no part (held out)", Pixels(camera.HeldOutRmsPixels)],
            ["σ of a corner per coordinate", Pixels(camera.CornerSigmaPixels)],
        ]);

        ViewResult[] used = [.. views.Where(v => v.State == "used")];
        var coverage = new Plot("u, px", "v, px", 0, camera.Width, 0, camera.Height, 460, 60 + (390.0 * camera.Height / camera.Width), downwards: true);
        var field = new Plot("u, px", "v, px", 0, camera.Width, 0, camera.Height, 460, 60 + (390.0 * camera.Height / camera.Width), downwards: true);
        double most = used.SelectMany(v => v.Corners).Select(c => Math.Max(Math.Abs(c[3]), Math.Abs(c[4]))).DefaultIfEmpty(1).Max();
        double typical = Math.Max(1e-6, camera.CornerSigmaPixels ?? 0.1);
        double scale = camera.Width / 60.0 / (3 * typical);
        var scatter = new Plot("du, px", "dv, px", -most, most, -most, most, 320, 320);
        foreach (double[] c in used.SelectMany(v => v.Corners.Where(c => !v.Rejected.Contains((int)c[0]))))
        {
            coverage.Dot(c[1], c[2]);
            field.Segment(c[1], c[2], c[1] + (c[3] * scale), c[2] + (c[4] * scale));
            scatter.Dot(c[3], c[4]);
        }

        report.Graphic(coverage, "Coverage: where corners were seen. Empty parts of the image are extrapolated.");
        report.Graphic(field, Text($"Residuals (observed − predicted), {scale:0} times enlarged. Arrows that agree with their neighbours mean that the model does not fit; noise points everywhere."));
        report.Graphic(scatter, "All residuals: a round cloud about zero is noise.");
        if (camera.Uncertainty is { } map)
        {
            Uncertainty(report, camera, map);
        }

        report.Section($"Views of {camera.Name}");
        report.Table(["picture", "time, s", "state", "corners", "left out", "RMS, px", "edge width, px"], views.Select(v => new[]
        {
            v.Image, v.StampNs is { } t ? Text($"{t / 1e9:0.000}") : "", v.State, Text($"{v.Corners.Count}"), Text($"{v.Rejected.Count}"), Pixels(v.RmsPixels), v.EdgeWidthPixels is { } w ? Text($"{w:0.0}") : "",
        }));
    }

    private static void Uncertainty(HtmlReport report, CameraResult camera, UncertaintyMap map)
    {
        double[] seen = [.. map.SigmaPixels.Where(s => s >= 0).Order()];
        double top = seen.Length > 0 ? seen[^1] : 1;
        var plot = new Plot("u, px", "v, px", 0, camera.Width, 0, camera.Height, 460, 60 + (390.0 * camera.Height / camera.Width), downwards: true);
        for (int r = 0; r < map.Rows; r++)
        {
            for (int c = 0; c < map.Columns; c++)
            {
                double s = map.SigmaPixels[(r * map.Columns) + c];
                plot.Rectangle((double)c / map.Columns * camera.Width, (double)r / map.Rows * camera.Height, (c + 1.0) / map.Columns * camera.Width, (r + 1.0) / map.Rows * camera.Height, s < 0 ? "#888" : Plot.Heat(s / top));
            }
        }

        for (int r = 1; r < map.Rows; r += 4)
        {
            for (int c = 1; c < map.Columns; c += 5)
            {
                double s = map.SigmaPixels[(r * map.Columns) + c];
                plot.Text((c + 0.5) / map.Columns * camera.Width, (r + 0.7) / map.Rows * camera.Height, s < 0 ? "-" : Text($"{s:0.00}"));
            }
        }

        report.Graphic(plot, Text($"Projection uncertainty: σ in px of where a far point is seen, {(seen.Length > 0 ? seen[0] : 0):0.00} to {top:0.00} px. Grey: the model sees nothing there."));
    }

    private static void Rig(HtmlReport report, CalibrationResult result)
    {
        if (result.Transforms.Count > 0)
        {
            report.Section("Where the cameras are");
            report.Table(["transform", "x y z, m", "σ, mm", "turn: axis × angle, °", "σ, mrad"], result.Transforms.Select(t =>
            {
                var turn = Capture.Core.Geometry.Rotation.FromQuaternion(t.Quaternion[0], t.Quaternion[1], t.Quaternion[2], t.Quaternion[3]).ToRotationVector() * (180 / Math.PI);
                return new[]
                {
                    t.Name, Text($"{t.Translation[0]:0.00000} {t.Translation[1]:0.00000} {t.Translation[2]:0.00000}"), Three(t.Sigma, 0),
                    Text($"{turn.X:0.000} {turn.Y:0.000} {turn.Z:0.000}"), Three(t.Sigma, 3),
                };
            }));
            report.Paragraph("T_rig_c: takes coordinates in camera c to the frame of the rig, which is its first camera. x to the right of that camera, y down, z forward.");
        }

        if (result.Lags.Count > 0)
        {
            report.Section("When the cameras stamp");
            report.Table(["stream", "behind", "lag, ms", "σ, ms"], result.Lags.Select(l => new[] { l.Stream, l.Behind, Text($"{l.LagNs / 1e6:0.000}"), l.SigmaNs is { } s ? Text($"{s / 1e6:0.000}") : "unknown" }));
        }
    }

    private static void Outliers(HtmlReport report, CalibrationResult result, IReadOnlyList<ImageSource> sources)
    {
        ViewResult[] odd = [.. result.Views.Where(v => v.State is "outlier" or "blurred" or "duplicate").Take(MostPictures)];
        if (odd.Length == 0)
        {
            return;
        }

        report.Section("Views that were left out");
        foreach (ViewResult view in odd)
        {
            if (sources.FirstOrDefault(s => s.Name == view.Image) is { } source)
            {
                using GrayImage image = GrayImage.Decode(source.Read(), source.Name);
                report.Picture(image.ToJpeg(), $"{view.Image}: {view.State}");
            }
        }
    }

    private static void Comparison(HtmlReport report, CalibrationResult result, CalibrationResult previous)
    {
        report.Section($"Against last time ({previous.CreatedUtc})");
        foreach (CameraResult camera in result.Cameras)
        {
            if (previous.Cameras.FirstOrDefault(c => c.Name == camera.Name) is { } before && before.Width == camera.Width && before.Height == camera.Height)
            {
                LensDifference difference = LensDifference.Between(camera.ToCamera(), before.ToCamera());
                report.Paragraph(Text($"{camera.Name}: the two lenses see the same far point {difference.MedianPixels:0.00} px apart in the median, {difference.WorstPixels:0.00} px at worst, after the best turn of {difference.TurnRad * 1e3:0.00} mrad."));
            }
        }

        report.Table(["transform", "moved, mm", "turned, mrad"], result.Transforms
            .Select(t => (Now: t, Before: previous.Transforms.FirstOrDefault(p => p.Name == t.Name)))
            .Where(p => p.Before is not null)
            .Select(p =>
            {
                double[] change = new double[6];
                RigPose.Of(p.Before!).ChangeTo(RigPose.Of(p.Now), change);
                return new[] { p.Now.Name, Three(change, 0), Three(change, 3) };
            }));
    }

    private static string Three(double[]? values, int from) =>
        values is null ? "unknown" : Text($"{values[from] * 1e3:0.000} {values[from + 1] * 1e3:0.000} {values[from + 2] * 1e3:0.000}");

    private static string Pixels(double? value) => value is { } v ? Text($"{v:0.000}") : "";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
