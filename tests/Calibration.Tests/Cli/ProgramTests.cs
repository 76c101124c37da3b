using System.Diagnostics;
using System.Text.Json;
using Calibration.Exchange;
using Calibration.Results;
using Calibration.Targets;
using Calibration.Tests.Intrinsics;
using Calibration.Tests.Rendering;
using Capture.Core.Geometry;

namespace Calibration.Tests.Cli;

/// <summary>The real program, with the command lines that its README shows.</summary>
public sealed class ProgramTests
{
    private static readonly CameraModel Camera = new(LensModel.BrownConrady4, 640, 480, [600, 602, 322, 236, -0.2, 0.05, 1e-3, -5e-4]);

    private string _folder = "";

    [OneTimeSetUp]
    public void Render()
    {
        _folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"calibrate-{Guid.NewGuid():N}");
        Directory.CreateDirectory(_folder);
        Target board = TargetText.Read("chessboard:9x6:25mm");
        var scene = new BoardScene(board);
        Pose rightFromLeft = new(Rotation.FromRotationVector(new(0, -0.1, 0)), new(-0.06, 0, 0));
        Pose[] poses = SimulatedViews.Poses(board, 5, 0.45, new Random(12));
        for (int i = 0; i < poses.Length; i++)
        {
            File.WriteAllBytes(Path.Combine(_folder, $"left{i:00}.jpg"), scene.Picture("l", Camera, poses[i], i).Read());
            File.WriteAllBytes(Path.Combine(_folder, $"right{i:00}.jpg"), scene.Picture("r", Camera, rightFromLeft * poses[i], 50 + i).Read());
        }
    }

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void A_lens_is_calibrated_reported_exported_and_compared()
    {
        (int code, string output, string error) = Run("intrinsics", "--images", "left*.jpg", "--target", "chessboard:9x6:25mm", "--out", "left.json", "--report", "left.html");
        Assert.That(code, Is.Zero, output + error);
        CalibrationResult result = ResultFile.Read(Path.Combine(_folder, "left.json"));
        Assert.That(result.Cameras[0].Parameters[0], Is.EqualTo(600).Within(12));
        Assert.That(result.Inputs, Has.Count.EqualTo(5));
        string html = File.ReadAllText(Path.Combine(_folder, "left.html"));
        Assert.That(html.IndexOf("class=\"verdict", StringComparison.Ordinal), Is.LessThan(html.IndexOf("<h2>", StringComparison.Ordinal)), "the verdict comes first");
        Assert.That(html, Does.Not.Match("(src|href)=\"(http|/)"), "nothing outside is needed");

        foreach (string format in ForeignFormats.Names.Where(f => f != "kalibr" || result.Cameras[0].Model is "brown-conrady-4" or "kannala-brandt" or "pinhole"))
        {
            Assert.That(Run("export", "left.json", "--as", format, "--out", format).Code, result.Cameras[0].Model == "kannala-brandt" && format == "mrcal" ? Is.EqualTo(1) : Is.Zero, format);
        }

        (code, output, _) = Run("compare", "left.json", "left.json", "--json");
        Assert.That(code, Is.Zero);
        Assert.That(JsonDocument.Parse(output).RootElement[0].GetProperty("median_pixels").GetDouble(), Is.LessThan(1e-9));
    }

    [Test]
    public void A_rig_of_two_is_calibrated()
    {
        (int code, string output, string error) = Run("rig", "--camera", "left=left*.jpg", "--camera", "right=right*.jpg", "--target", "chessboard:9x6:25mm", "--model", "brown-conrady-4", "--out", "rig.json");
        Assert.That(code, Is.Zero, output + error);
        TransformResult right = ResultFile.Read(Path.Combine(_folder, "rig.json")).Transforms.Single();
        Assert.That(right.Name, Is.EqualTo("T_left_right"));
        Assert.That(Math.Sqrt(right.Translation.Sum(x => x * x)), Is.EqualTo(0.06).Within(0.002));
    }

    [Test]
    public void Tags_are_found_without_a_grid_and_a_target_is_drawn()
    {
        (int code, string output, _) = Run("detect", "--images", "left*.jpg", "--target", "apriltag:36h11", "--json");
        Assert.That(code, Is.EqualTo(1), "a chessboard holds no tags");
        Assert.That(JsonDocument.Parse(output).RootElement.GetProperty("images").GetArrayLength(), Is.EqualTo(5));
        foreach (string file in new[] { "board.pdf", "board.svg" })
        {
            Assert.That(Run("target", "--target", "apriltag:36h11:5x4:36mm:12mm", "--out", file).Code, Is.Zero);
        }

        Assert.That(File.ReadAllText(Path.Combine(_folder, "board.pdf")), Does.StartWith("%PDF-1.4").And.Contain("startxref"));
    }

    [TestCase(2, "intrinsics", "--images", "left*.jpg", "--target", "chessboard:9x6")]
    [TestCase(3, "intrinsics", "--images", "nothing*.jpg", "--target", "chessboard:9x6:25mm")]
    [TestCase(2, "intrinsics", "--target", "chessboard:9x6:25mm")]
    [TestCase(2, "rig", "--camera", "left=left*.jpg", "--target", "chessboard:9x6:25mm")]
    [TestCase(3, "compare", "none.json", "none.json")]
    public void Trouble_is_one_sentence_and_an_exit_code(int expected, params string[] arguments)
    {
        (int code, _, string error) = Run(arguments);
        Assert.That(code, Is.EqualTo(expected));
        Assert.That(error, Does.StartWith("calibrate: ").And.Not.Contain("   at "));
    }

    private (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in (string[])[Path.Combine(TestContext.CurrentContext.TestDirectory, "calibrate.dll"), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(180_000))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"calibrate {string.Join(' ', arguments)} did not end");
        }

        return (process.ExitCode, output.Result, error.Result);
    }
}
