using System.Globalization;
using System.Text.Json;
using Calibration.HandEye;
using Calibration.Results;
using Calibration.Tables;
using Calibration.Targets;
using Calibration.Tests.HandEye;
using Calibration.Tests.Latency;
using Capture.Core.Geometry;

namespace Calibration.Tests.Verbs;

/// <summary>The verbs of `calibrate` that this folder's README shows for hands and latencies, through the program's own command table.</summary>
[NonParallelizable]
internal sealed class MotionVerbTests
{
    private string _folder = "";

    [SetUp]
    public void Make() => _folder = Directory.CreateTempSubdirectory("verbs").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Hand_eye_writes_a_result_and_a_report_of_it([Values("eye-in-hand", "eye-to-hand")] string setup)
    {
        var hand = new SimulatedHand(2, setup == "eye-in-hand" ? HandEyeSetup.EyeInHand : HandEyeSetup.EyeToHand);
        (int exit, string output, _) = Run("hand-eye", "--pairs", Pairs(hand.Pairs(25)), "--setup", setup, "--out", At("he.json"), "--json");
        (int reported, _, _) = Run("report", At("he.json"), "--out", At("he.html"));
        JsonElement json = JsonDocument.Parse(output).RootElement;
        JsonElement x = json.GetProperty("transforms")[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(exit, Is.Zero);
            Assert.That(json.GetProperty("verdict").GetProperty("state").GetString(), Is.EqualTo("green"));
            Assert.That(x.GetProperty("translation")[0].GetDouble(), Is.EqualTo(hand.Truth.X.Translation.X).Within(0.002));
            Assert.That(x.GetProperty("covariance").GetArrayLength(), Is.EqualTo(36));
            Assert.That(File.ReadAllText(At("he.json")).Trim(), Is.EqualTo(output.Trim()));
            Assert.That(reported, Is.Zero);
            Assert.That(File.ReadAllText(At("he.html")), Does.Contain("Closed forms").And.Contain("takes coordinates in camera").And.Not.Contain("<script"));
        }
    }

    [Test]
    public void Latency_gives_lag_rate_and_interval()
    {
        var motion = new SimulatedMotion(3);
        string a = Stream("a.csv", motion.Seen("a", 100, 20));
        string b = Stream("b.csv", motion.Seen("b", 30, 20, lagS: 0.037, otherPlace: true));
        (int exit, string output, _) = Run("latency", a, b, "--out", At("lag.json"), "--report", At("lag.html"), "--json");
        JsonElement lag = JsonDocument.Parse(output).RootElement.GetProperty("lags")[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(exit, Is.Zero, output);
            Assert.That(lag.GetProperty("lag_ns").GetInt64(), Is.EqualTo(37_000_000).Within(500_000));
            Assert.That(lag.GetProperty("low95_ns").GetInt64(), Is.LessThan(lag.GetProperty("high95_ns").GetInt64()));
            Assert.That(lag.TryGetProperty("rate_ppm", out _));
            Assert.That(File.ReadAllText(At("lag.html")), Does.Contain("positive when late"));
        }
    }

    [Test]
    public void Hand_eye_takes_two_streams_and_finds_their_lag_itself()
    {
        var motion = new SimulatedMotion(5);
        string a = Stream("robot.csv", motion.Seen("a", 100, 20));
        PoseStream tracker = motion.Seen("b", 30, 20, lagS: 0.137, otherPlace: true);
        string b = Stream("target.csv", tracker with { Poses = [.. tracker.Poses.Select(p => p.Inverse())] });
        (int exit, string output, string errors) = Run("hand-eye", "--robot", a, "--target", b, "--setup", "eye-in-hand", "--json");
        JsonElement json = JsonDocument.Parse(output).RootElement;
        Assert.That(exit, Is.Zero, errors);
        Assert.That(json.GetProperty("lags")[0].GetProperty("lag_ns").GetInt64(), Is.EqualTo(137_000_000).Within(1_000_000));
        Assert.That(json.GetProperty("transforms").GetArrayLength(), Is.EqualTo(2));
    }

    [Test]
    public void Hand_eye_takes_pictures_and_refines_on_their_pixels()
    {
        (PosePair[] pairs, HandEyePoses truth) = PixelSigmaTests.Simulate(5, HandEyeSetup.EyeInHand, 0.0005, 18);
        CameraModel camera = pairs[0].Pixels!.Camera;
        ResultFile.Write(At("lens.json"), new CalibrationResult
        {
            Kind = "intrinsics",
            Verdict = new Verdict(Verdict.Green, ["Good to use."]),
            Cameras = [new CameraResult("wrist", camera.Width, camera.Height, camera.Lens.Name, camera.Lens.ParameterNames, camera.Parameters.ToArray(), null)],
        });
        Target board = TargetText.Read("chessboard:9x6:25mm");
        File.WriteAllText(At("seen.json"), JsonSerializer.Serialize(new
        {
            images = pairs.Select(p => new
            {
                image = p.Label, width = camera.Width, height = camera.Height,
                corners = p.Pixels!.Points.Select((x, k) => new { id = board.Points.ToList().IndexOf(x), u = p.Pixels.Uv[2 * k], v = p.Pixels.Uv[(2 * k) + 1] }),
            }),
        }));
        string header = "image," + string.Join(',', ((string[])["x", "y", "z", "qx", "qy", "qz", "qw"]).Select(c => "robot_" + c));
        File.WriteAllLines(At("robot.csv"), [header, .. pairs.Select(p => $"{p.Label},{Numbers(p.Robot, ',')}")]);
        string[] words = ["hand-eye", "--pairs", At("robot.csv"), "--detections", At("seen.json"), "--target", board.Text, "--lens", At("lens.json"), "--setup", "eye-in-hand", "--json"];
        (int exit, string output, string errors) = Run(words);
        Assert.That(exit, Is.Zero, errors);
        JsonElement json = JsonDocument.Parse(output).RootElement;
        Assert.That(json.GetProperty("settings").GetProperty("refinement").GetString(), Is.EqualTo("on pixels"));
        Assert.That(json.GetProperty("settings").GetProperty("camera").GetString(), Is.EqualTo("wrist"));
        Assert.That(json.GetProperty("transforms")[0].GetProperty("translation")[0].GetDouble(), Is.EqualTo(truth.X.Translation.X).Within(0.002));
        Assert.That(json.GetProperty("quantities").EnumerateArray().Select(q => q.GetProperty("name").GetString()), Has.Some.EqualTo("noise of a corner, per coordinate"));
        File.WriteAllLines(At("robot.csv"), File.ReadAllLines(At("robot.csv")).Select(l => l[(l.IndexOf(',', StringComparison.Ordinal) + 1)..]).Take(11));
        (exit, _, errors) = Run(words);
        Assert.That(exit, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("10 poses and 18 pictures"));
    }

    [TestCase(2, "pictures need the target", "hand-eye", "--pairs", "none.csv", "--images", "a.png", "--setup", "eye-in-hand")]
    [TestCase(2, "give --pairs", "hand-eye", "--setup", "eye-in-hand")]
    [TestCase(1, "no such file", "hand-eye", "--pairs", "none.csv", "--setup", "eye-in-hand")]
    [TestCase(2, "--max-lag", "latency", "a", "b", "--max-lag", "0")]
    [TestCase(1, "no such file", "latency", "none.csv", "none.csv")]
    [TestCase(1, "none.episode", "check", "none.episode")]
    public void Bad_input_gets_a_sentence_and_its_exit_code(int exit, string said, params string[] arguments)
    {
        (int found, _, string errors) = Run(arguments);
        Assert.That(errors, Does.Contain(said));
        Assert.That(found, Is.EqualTo(exit));
    }

    [Test]
    public void Motions_that_cannot_tell_are_refused_with_the_missing_motion()
    {
        var hand = new SimulatedHand(2, HandEyeSetup.EyeInHand) { TurnRad = default };
        (int exit, _, string errors) = Run("hand-eye", "--pairs", Pairs(hand.Pairs(20)), "--setup", "eye-in-hand");
        Assert.That(exit, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("Turn the hand"));
    }

    internal static (int Exit, string Output, string Errors) Run(params string[] arguments)
    {
        TextWriter output = Console.Out;
        TextWriter errors = Console.Error;
        using var o = new StringWriter();
        using var e = new StringWriter();
        try
        {
            Console.SetOut(o);
            Console.SetError(e);
            return (Calibrate.CommandLine.Run(arguments), o.ToString(), e.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(errors);
        }
    }

    private string At(string name) => Path.Combine(_folder, name);

    private string Pairs(PosePair[] pairs)
    {
        string header = string.Join(',', ((string[])["robot", "target"]).SelectMany(p => ((string[])["x", "y", "z", "qx", "qy", "qz", "qw"]).Select(c => $"{p}_{c}")));
        File.WriteAllLines(At("pairs.csv"), [header, .. pairs.Select(p => $"{Numbers(p.Robot, ',')},{Numbers(p.Target, ',')}")]);
        return At("pairs.csv");
    }

    private string Stream(string name, PoseStream stream)
    {
        File.WriteAllLines(At(name), stream.TimesNs.Select((t, i) => string.Create(CultureInfo.InvariantCulture, $"{t / 1_000_000_000}.{t % 1_000_000_000:000000000} {Numbers(stream.Poses[i], ' ')}")));
        return At(name);
    }

    private static string Numbers(Pose p, char separator) => string.Join(separator, ((double[])[p.Translation.X, p.Translation.Y, p.Translation.Z, p.Rotation.X, p.Rotation.Y, p.Rotation.Z, p.Rotation.W]).Select(v => v.ToString("R", CultureInfo.InvariantCulture)));
}
