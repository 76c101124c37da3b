using System.Text.Json;
using Calibration.Results;
using Capture.Core.Geometry;

namespace EndToEnd.Truth;

/// <summary>What the bench rig's calibration scene hides (<c>truth/calibration.json</c>), and how far results are from it, in their own σ.</summary>
internal sealed class CalibrationTruth(string rigFolder)
{
    /// <summary>Furthest from the truth that a number may be: chance alone makes one in two million. What a σ leaves out (places of corners in the pixel grid) has to fit in too.</summary>
    public const double Reach = 5;

    private readonly JsonElement _root = JsonDocument.Parse(File.ReadAllText(Path.Combine(rigFolder, "truth", "calibration.json"))).RootElement;

    public string Target => _root.GetProperty("target").GetString()!;

    /// <summary>T_gripper_target or T_base_target.</summary>
    public Pose TargetPose => Read(_root.GetProperty("target_pose"));

    /// <summary>T_base_camera or T_gripper_camera.</summary>
    public Pose CameraPose(string name) => Read(Camera(name));

    public void ExpectLens(CameraResult found, double mostSigmaPixels)
    {
        JsonElement camera = Camera(found.Name);
        double[] truth = [.. camera.GetProperty("parameters").EnumerateArray().Select(p => p.GetDouble())];
        Assert.That(found.Model, Is.EqualTo(camera.GetProperty("model").GetString()));
        double[] sigma = found.Sigma!;
        Expect($"{found.Name}: lens", found.ParameterNames, [.. found.Parameters.Select((p, i) => p - truth[i])], sigma);
        Assert.That(sigma.Take(4).Max(), Is.LessThan(mostSigmaPixels), $"σ of {found.Name}'s focal length and centre, px");
    }

    public void ExpectPose(TransformResult found, Pose truth, double mostMillimetres, double mostMilliradians)
    {
        double[] error = new double[6];
        truth.ChangeTo(RigPose.Of(found), error);
        double[] sigma = found.Sigma!;
        Expect(found.Name, ["x", "y", "z", "turn x", "turn y", "turn z"], error, sigma);
        Assert.That(sigma.Take(3).Max() * 1e3, Is.LessThan(mostMillimetres), $"σ of {found.Name}, mm");
        Assert.That(sigma.Skip(3).Max() * 1e3, Is.LessThan(mostMilliradians), $"σ of {found.Name}, mrad");
    }

    private static void Expect(string what, IReadOnlyList<string> names, double[] error, double[] sigma)
    {
        double[] reach = [.. error.Select((e, i) => e / sigma[i])];
        TestContext.Out.WriteLine($"{what}: {string.Join(", ", names.Select((n, i) => FormattableString.Invariant($"{n} {error[i]:0.######} = {reach[i]:0.0} σ")))}");
        for (int i = 0; i < reach.Length; i++)
        {
            Assert.That(Math.Abs(reach[i]), Is.LessThan(Reach), $"{what}: {names[i]}, in σ");
        }
    }

    private JsonElement Camera(string name) => _root.GetProperty("cameras").EnumerateArray().Single(c => c.GetProperty("name").GetString() == name);

    private static Pose Read(JsonElement element)
    {
        double[] p = [.. element.GetProperty("pose").EnumerateArray().Select(v => v.GetDouble())];
        return new Pose(Rotation.FromQuaternion(p[3], p[4], p[5], p[6]), new Vector3d(p[0], p[1], p[2]));
    }
}
