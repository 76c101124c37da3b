using System.Diagnostics;
using System.Text.Json;
using Calibration.Exchange;
using Calibration.Results;
using Capture.Core.Geometry;

namespace Calibration.Tests.Foreign;

/// <summary>Exported files read by the programs that they are for: OpenCV and mrcal must see points where we do, the second camera of a rig too. Kalibr itself is not in Debian: its fields are compared.</summary>
public sealed class ForeignExportTests
{
    private const string Interpreter = "/usr/bin/python3";

    private const string Script = """
        import json, sys
        import numpy as np
        asked = json.load(sys.stdin)
        points = np.array(asked["points"])
        answer = {}
        try:
            import cv2
            answer["opencv"] = []
            for path, model in zip(asked["opencv"], asked["models"]):
                f = cv2.FileStorage(path, cv2.FILE_STORAGE_READ)
                k, d, r, t = [f.getNode(n).mat() for n in ("camera_matrix", "distortion_coefficients", "rotation_camera_rig", "translation_camera_rig")]
                rvec, _ = cv2.Rodrigues(r)
                project = cv2.fisheye.projectPoints if model == "kannala-brandt" else cv2.projectPoints
                p = points.reshape(-1, 1, 3)
                uv = project(p, rvec, t, k, d)[0]
                answer["opencv"].append(uv.reshape(-1, 2).tolist())
        except ImportError:
            pass
        try:
            import mrcal
            answer["mrcal"] = []
            for path in asked["mrcal"]:
                m = mrcal.cameramodel(path)
                answer["mrcal"].append(mrcal.project(mrcal.transform_point_Rt(m.extrinsics_Rt_fromref(), points), *m.intrinsics()).tolist())
        except ImportError:
            pass
        json.dump(answer, sys.stdout)
        """;

    private static readonly double[][] Points = [[0.1, -0.05, 1], [-0.3, 0.2, 1.2], [0.4, 0.3, 1.1], [0, 0, 2]];
    private static readonly Pose Second = new(Rotation.FromRotationVector(new(0.05, -0.2, 0.1)), new(0.12, 0.01, -0.02));

    [TestCase("pinhole", true)]
    [TestCase("brown-conrady-4", true)]
    [TestCase("brown-conrady-5", true)]
    [TestCase("brown-conrady-8", true)]
    [TestCase("kannala-brandt", false)]
    public void OpenCV_and_mrcal_see_what_we_see(string model, bool mrcal)
    {
        CalibrationResult rig = Rig(model, 0.02);
        string folder = Directory.CreateTempSubdirectory("export").FullName;
        try
        {
            string[] cv = Write(rig, "opencv", folder), mr = mrcal ? Write(rig, "mrcal", folder) : [];
            JsonElement foreign = Ask(new { points = Points, opencv = cv, mrcal = mr, models = new[] { model, model } });
            foreach ((string program, string[] files) in new[] { ("opencv", cv), ("mrcal", mr) })
            {
                if (!foreign.TryGetProperty(program, out JsonElement seen))
                {
                    Assert.Ignore($"{program} for Python is missing: `./run setup` installs it");
                }

                for (int c = 0; c < files.Length; c++)
                {
                    Pose cameraFromRig = c == 0 ? Pose.Identity : Second.Inverse();
                    for (int i = 0; i < Points.Length; i++)
                    {
                        Assert.That(rig.Cameras[c].ToCamera().Project(cameraFromRig * new Vector3d(Points[i][0], Points[i][1], Points[i][2]), out double u, out double v));
                        Assert.That(seen[c][i][0].GetDouble(), Is.EqualTo(u).Within(1e-6), $"{program}, camera {c}, point {i}");
                        Assert.That(seen[c][i][1].GetDouble(), Is.EqualTo(v).Within(1e-6), $"{program}, camera {c}, point {i}");
                    }
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void A_peer_without_such_a_lens_is_refused_with_a_sentence()
    {
        Assert.That(() => ForeignFormats.Write(Rig("kannala-brandt", 0.02), "mrcal"), Throws.TypeOf<CalibrationException>().With.Message.Contains("mrcal has no lens like kannala-brandt"));
        Assert.That(() => ForeignFormats.Write(Rig("brown-conrady-5", 0.02), "kalibr"), Throws.TypeOf<CalibrationException>().With.Message.Match(@"corner would be \d+\.\d px off"));
        Assert.That(() => ForeignFormats.Write(Rig("brown-conrady-8", 0.02), "kalibr"), Throws.TypeOf<CalibrationException>().With.Message.Contains("radtan ends at k1 k2 p1 p2"));
    }

    [TestCase("kannala-brandt", "equidistant")]
    [TestCase("brown-conrady-5", "radtan")]
    public void Kalibr_gets_what_it_has_a_lens_for(string model, string theirs)
    {
        string text = ForeignFormats.Write(Rig(model, 0), "kalibr").Single().Text;
        Assert.That(text, Does.Contain($"distortion_model: {theirs}").And.Contain("T_cn_cnm1").And.Contain("intrinsics: [600.0, 602.0, 322.0, 236.0]"));
    }

    private static CalibrationResult Rig(string model, double third)
    {
        LensModel lens = LensModel.Named(model);
        double[] all = [600, 602, 322, 236, -0.2, 0.05, 1e-3, -5e-4, third, 0.01, -0.02, 0.005];
        double[] parameters = model == "kannala-brandt" ? [600, 602, 322, 236, 0.02, -0.01, 0.003, -0.001] : third == 0 ? [.. all.Take(8), .. new double[lens.Count - 8]] : all[..lens.Count];
        return new CalibrationResult
        {
            Kind = "rig",
            Verdict = new Verdict(Verdict.Green, ["Good to use."]),
            Cameras = [.. new[] { "left", "right" }.Select(n => new CameraResult(n, 640, 480, model, lens.ParameterNames, parameters, null))],
            Transforms = [RigPose.Write("left", "right", Second, null)],
        };
    }

    private static string[] Write(CalibrationResult rig, string format, string folder) => [.. ForeignFormats.Write(rig, format).Select(f =>
    {
        string path = Path.Combine(folder, f.File);
        File.WriteAllText(path, f.Text);
        return path;
    })];

    private static JsonElement Ask(object question)
    {
        if (!File.Exists(Interpreter))
        {
            Assert.Ignore($"{Interpreter} is missing: `./run setup` installs python3-opencv and python3-mrcal");
        }

        var start = new ProcessStartInfo(Interpreter) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Script);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(JsonSerializer.Serialize(question));
        process.StandardInput.Close();
        if (!process.WaitForExit(120_000))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail("the foreign programs did not end within 120 s");
        }

        Assert.That(process.ExitCode, Is.Zero, error.Result);
        return JsonDocument.Parse(output.Result).RootElement;
    }
}
