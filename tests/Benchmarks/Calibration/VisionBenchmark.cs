using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Benchmarks.Reporting;
using Calibration.Detection;
using Calibration.Intrinsics;
using Calibration.Reports;
using Calibration.Results;
using Calibration.Targets;
using Capture.Simulation.Cameras;
using Capture.Simulation.Scene;
using Capture.Simulation.Targets;

namespace Benchmarks.Calibration;

/// <summary>How long 13 pictures of a chessboard take to a lens and its report, beside OpenCV and mrcal on the same files in the same run. The goal is 5 s.</summary>
internal static class VisionBenchmark
{
    private const string Part = "vision";
    private const int Views = 13;
    private const int Runs = 5;
    private const string Interpreter = "/usr/bin/python3"; // Debian's own: the one that python3-opencv and python3-mrcal belong to

    public static IEnumerable<string> Parts => [Part];

    public static void Run(BenchmarkOptions options, Report report)
    {
        string folder = options.Sub("views");
        Render(folder);
        Target target = TargetText.Read("chessboard:9x6:25mm");
        double[] seconds = [.. Enumerable.Range(0, options.Quick ? 2 : Runs).Select(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            IReadOnlyList<ImageSource> sources = ImageSet.Find([Path.Combine(folder, "view*.jpg")]);
            CalibrationResult result = IntrinsicsCalibration.Run("camera", sources, [target], null);
            ResultFile.Write(Path.Combine(folder, "lens.json"), result);
            VisionReport.Build(result, null, sources).Write(Path.Combine(folder, "lens.html"));
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        })];
        report.AtMost(
            Part, "13 views to report: corners, five lens models, held-out error, uncertainty map, JSON and HTML", seconds.Max(), "s", 5,
            FormattableString.Invariant($"the slowest of {seconds.Length}, the first with its compilation; median {seconds.Order().ElementAt(seconds.Length / 2):0.000} s"));
        Peers(folder, report);
    }

    private static void Render(string folder)
    {
        var lens = new SimulatedLens("brown-conrady-5", 640, 480, [560, 561, 322, 238, -0.2, 0.06, 5e-4, -3e-4, 0]);
        PrintedTarget target = PrintedTarget.Chessboard(9, 6, 25);
        var renderer = new TargetRenderer(lens);
        using var encoder = new JpegEncoder(lens.Width, lens.Height);
        for (int i = 0; i < Views; i++)
        {
            double a = 2 * Math.PI * i / Views;
            Quat turn = Quat.About(new Vec3(0, 0, 1), 0.4 * Math.Cos(3 * a)) * Quat.About(new Vec3(1, 0, 0), 0.5 * Math.Sin(a)) * Quat.About(new Vec3(0, 1, 0), 0.5 * Math.Cos(2 * a));
            renderer.Draw(target, new Pose(new Vec3(0.09 * Math.Cos(a), 0.06 * Math.Sin(a), 0.42), turn) * Pose.Translate(-0.1, -0.0625, 0));
            uint[] pixels = [.. renderer.Light.Select(l => 0xFF000000 | ((uint)(l + 0.5f) * 0x010101))];
            File.WriteAllBytes(Path.Combine(folder, $"view{i:00}.jpg"), encoder.Encode(pixels, 95).ToArray());
        }
    }

    private static void Peers(string folder, Report report)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "lens-peers.py");
        if (!File.Exists(Interpreter))
        {
            report.Note($"OpenCV and mrcal: {Interpreter} is missing (./run setup installs python3-opencv and python3-mrcal)");
            return;
        }

        using Process process = Process.Start(new ProcessStartInfo(Interpreter, [script, folder]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        JsonElement answer = process.ExitCode == 0 ? JsonDocument.Parse(output).RootElement : throw new InvalidOperationException($"{script}: {errors.Result}");
        foreach ((string peer, string package, string what) in ((string, string, string)[])
            [("opencv", "python3-opencv", "corners and one lens model by OpenCV"), ("mrcal", "python3-mrcal", "the same corners, one lens model and its uncertainty map by mrcal")])
        {
            if (answer.TryGetProperty(peer, out JsonElement found))
            {
                report.Tell(Part, what, found.GetProperty("seconds").GetDouble(), "s", string.Create(CultureInfo.InvariantCulture, $"fx {found.GetProperty("fx").GetDouble():0.00} px; no model choice, no held-out error, no report"));
            }
            else
            {
                report.Note($"{peer}: {package} is missing (./run setup installs it)");
            }
        }
    }
}
