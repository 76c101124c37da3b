using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Calibration.HandEye;
using Capture.Core.Geometry;

namespace Calibration.Tests.HandEye;

/// <summary>
/// The same pairs through OpenCV's calibrateHandEye. Bounds: OpenCV's Park and Horaud within 6 σ of our refined answer; our Park within 0.3 mm (eye to hand: 1.2 mm) and 0.6 mrad of theirs,
/// which take all motions where ours takes those of 15 to 165 degrees.
/// What this does not prove: which of the two is nearer to the truth; the σ tests do.
/// </summary>
internal sealed class OpenCvTests
{
    private const string Program = """
        import sys, json, numpy as np, cv2
        d = json.load(sys.stdin); inverse = d['inverse']
        g = [np.array(m).reshape(4, 4) for m in d['robot']]
        if inverse: g = [np.linalg.inv(m) for m in g]
        t = [np.array(m).reshape(4, 4) for m in d['target']]
        out = {}
        for name, method in (('park', cv2.CALIB_HAND_EYE_PARK), ('horaud', cv2.CALIB_HAND_EYE_HORAUD)):
            r, x = cv2.calibrateHandEye([m[:3, :3] for m in g], [m[:3, 3] for m in g], [m[:3, :3] for m in t], [m[:3, 3] for m in t], method=method)
            out[name] = [float(v) for v in np.concatenate([cv2.Rodrigues(r)[0].ravel(), x.ravel()])]
        print(json.dumps(out))
        """;

    [Test]
    public void OpenCv_agrees_on_the_same_pairs([Values] HandEyeSetup setup)
    {
        var hand = new SimulatedHand(21, setup) { RobotRotationRad = 0.0005, RobotTranslationM = 0.0002 };
        PosePair[] pairs = hand.Pairs(40);
        string input = JsonSerializer.Serialize(new
        {
            inverse = setup == HandEyeSetup.EyeToHand,
            robot = pairs.Select(p => Matrix(p.Robot)),
            target = pairs.Select(p => Matrix(p.Target)),
        });
        JsonElement theirs = Run(input);
        HandEyeResult ours = HandEyeSolver.Solve(pairs, setup);
        double[] sigma = ours.Sigma;
        HandEyePoses park = ours.Methods.First(m => m.Method == Calibration.HandEye.ClosedForms.ClosedForm.Park).Poses!.Value;
        foreach (string method in (string[])["park", "horaud"])
        {
            double[] v = [.. theirs.GetProperty(method).EnumerateArray().Select(e => e.GetDouble())];
            var x = new Pose(Rotation.FromRotationVector(new Vector3d(v[0], v[1], v[2])), new Vector3d(v[3], v[4], v[5]));
            TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{method}: {(x.Translation - ours.Poses.X.Translation).Length * 1000:0.000} mm, {(x.Rotation * ours.Poses.X.Rotation.Inverse()).Angle * 180 / Math.PI:0.0000} degrees from ours"));
            using (Assert.EnterMultipleScope())
            {
                Assert.That((x.Translation - ours.Poses.X.Translation).Length, Is.LessThan(6 * sigma.Take(3).Max()));
                Assert.That((x.Rotation * ours.Poses.X.Rotation.Inverse()).Angle, Is.LessThan(6 * sigma.Skip(3).Take(3).Max()));
                Assert.That((x.Translation - park.X.Translation).Length, Is.LessThan(0.0003 * (setup == HandEyeSetup.EyeInHand ? 1 : 4)));
                Assert.That((x.Rotation * park.X.Rotation.Inverse()).Angle, Is.LessThan(0.0006));
            }
        }
    }

    private static double[] Matrix(Pose p)
    {
        double[] r = p.Rotation.ToMatrix().ToRows();
        return [r[0], r[1], r[2], p.Translation.X, r[3], r[4], r[5], p.Translation.Y, r[6], r[7], r[8], p.Translation.Z, 0, 0, 0, 1];
    }

    private static JsonElement Run(string input)
    {
        // Debian's own interpreter: another one on the path would not see Debian's packages.
        const string Python = "/usr/bin/python3";
        if (!File.Exists(Python))
        {
            Assert.Ignore("python3 is not installed: OpenCV's hand-eye cannot be asked");
        }

        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", Program]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, StandardInputEncoding = new UTF8Encoding(false) })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read: its own words follow.
            Assert.That(errors.Result, Is.Not.Empty);
        }

        Assert.That(process.WaitForExit(120_000));
        if (errors.Result.Contains("No module named", StringComparison.Ordinal))
        {
            Assert.Ignore($"python3-opencv is not installed: {errors.Result.Split('\n').LastOrDefault(l => l.Length > 0)}");
        }

        Assert.That(process.ExitCode, Is.Zero, errors.Result);
        return JsonDocument.Parse(output.Result).RootElement;
    }
}
