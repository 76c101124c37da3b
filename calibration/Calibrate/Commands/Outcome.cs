using System.Globalization;
using Calibration.Detection;
using Calibration.Reports;
using Calibration.Results;

namespace Calibrate.Commands;

/// <summary>What every verb does with its result: files, a summary or JSON on standard output, the exit code.</summary>
internal static class Outcome
{
    /// <param name="sources">The pictures, for the report; empty where there are none.</param>
    public static int Finish(CalibrationResult result, string? output, string? report, string? previous, bool json, IReadOnlyList<ImageSource> sources)
    {
        CalibrationResult? earlier = previous is null ? null : ResultFile.Read(previous);
        if (output is not null)
        {
            ResultFile.Write(output, result);
        }

        if (report is not null)
        {
            Report(result, earlier, sources).Write(report);
        }

        if (json)
        {
            Console.WriteLine(ResultFile.ToJson(result));
        }
        else
        {
            Print(result);
        }

        return result.Verdict.State == Verdict.Red ? ExitCode.FoundWrong : ExitCode.Good;
    }

    /// <summary>The page that fits the kind of result.</summary>
    public static HtmlReport Report(CalibrationResult result, CalibrationResult? earlier, IReadOnlyList<ImageSource> sources) =>
        result.Kind is "hand-eye" or "latency" ? MotionReport.Build(result, earlier, sources) : VisionReport.Build(result, earlier, sources);

    private static void Print(CalibrationResult result)
    {
        Console.WriteLine($"{result.Verdict.State}: {string.Join(' ', result.Verdict.Sentences)}");
        foreach (CameraResult camera in result.Cameras)
        {
            Console.WriteLine($"\n{camera.Name}  {camera.Model}  {camera.Width} x {camera.Height}");
            double[]? sigma = camera.Sigma;
            for (int i = 0; i < camera.Parameters.Length; i++)
            {
                Console.WriteLine(Text($"  {camera.ParameterNames[i],-4} {camera.Parameters[i],14:0.000000}  ± {(sigma is null ? double.NaN : sigma[i]):0.000000}"));
            }
        }

        foreach (TransformResult transform in result.Transforms)
        {
            double[] t = transform.Translation, q = transform.Quaternion;
            Console.WriteLine(Text($"\n{transform.Name}  x y z {t[0]:0.000000} {t[1]:0.000000} {t[2]:0.000000} m  quaternion {q[0]:0.000000} {q[1]:0.000000} {q[2]:0.000000} {q[3]:0.000000}"));
            if (transform.Sigma is { } s)
            {
                Console.WriteLine(Text($"  ± {s[0] * 1e3:0.000} {s[1] * 1e3:0.000} {s[2] * 1e3:0.000} mm, {s[3] * 1e3:0.000} {s[4] * 1e3:0.000} {s[5] * 1e3:0.000} mrad"));
            }
        }

        foreach (LagResult lag in result.Lags)
        {
            Console.WriteLine(Text($"\nlag of {lag.Stream} behind {lag.Behind}: {lag.LagNs / 1e6:0.000} ms{(lag.SigmaNs is { } s ? Text($" ± {s / 1e6:0.000}") : "")}"));
        }

        foreach (Finding finding in result.Findings)
        {
            Console.Error.WriteLine($"calibrate: {finding.Severity}: {finding.Subject}: {finding.Sentence}");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
