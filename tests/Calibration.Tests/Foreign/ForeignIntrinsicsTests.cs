using System.Diagnostics;
using System.Text.Json;
using Calibration.Intrinsics;
using Calibration.Solving;
using Calibration.Targets;
using Calibration.Tests.Intrinsics;
using Capture.Core.Geometry;
using MathNet.Numerics.LinearAlgebra;

namespace Calibration.Tests.Foreign;

/// <summary>The same corners given to OpenCV (python3-opencv) and mrcal (python3-mrcal): all three minimise one sum, so they must agree to rounding.
/// Does not prove that the corners are good, nor anything of the image's edge: there this polynomial may fold.</summary>
public sealed class ForeignIntrinsicsTests
{
    private const string Interpreter = "/usr/bin/python3"; // Debian's own: the one that python3-opencv and python3-mrcal belong to

    private static readonly Chessboard Board = (Chessboard)TargetText.Read("chessboard:9x6:25mm");
    private static readonly double[] Truth = [533, 533.5, 342, 234, -0.28, 0.06, 1.2e-3, -1e-4, 0.05];

    [Test]
    public void OpenCV_and_mrcal_agree_with_us()
    {
        var random = new Random(11);
        Pose[] poses = SimulatedViews.Poses(Board, 13, 0.4, random);
        Sighting[] views = [.. poses.Select((p, i) => SimulatedViews.See(0, i, Board, LensModel.BrownConrady5, Truth, p, 0.15, random))];

        // OpenCV keeps corners as single precision: all get the same.
        foreach (Sighting view in views)
        {
            for (int i = 0; i < view.Uv.Length; i++)
            {
                view.Uv[i] = (float)view.Uv[i];
            }
        }

        double[][] pixels = [[200, 150], [320, 240], [450, 150], [200, 330], [430, 320]];
        Bundle bundle = LensFit.Robustly(LensModel.BrownConrady5, 640, 480, views, 1)!;
        LensFit fit = LensFit.Exactly(bundle);
        JsonElement foreign = Ask(views, [.. pixels.Select(p =>
        {
            Assert.That(fit.Lens.Unproject(fit.Intrinsics, p[0], p[1], out Vector3d ray));
            return new[] { ray.X, ray.Y, ray.Z };
        })]);

        Assert.Multiple(() =>
        {
            if (foreign.TryGetProperty("opencv", out JsonElement cv))
            {
                double[] theirs = [.. cv.GetProperty("parameters").EnumerateArray().Select(x => x.GetDouble())];
                TestContext.Out.WriteLine($"OpenCV {cv.GetProperty("version")}: fx {theirs[0]:0.0000}, ours {fit.Intrinsics[0]:0.0000}; RMS {cv.GetProperty("rms").GetDouble():0.000000}, ours {fit.Rms:0.000000}");
                Assert.That(cv.GetProperty("rms").GetDouble(), Is.EqualTo(fit.Rms).Within(1e-5));
                for (int i = 0; i < 4; i++)
                {
                    Assert.That(theirs[i], Is.EqualTo(fit.Intrinsics[i]).Within(0.01), $"OpenCV, {fit.Lens.ParameterNames[i]}, px");
                }
            }

            if (foreign.TryGetProperty("mrcal", out JsonElement mrcal))
            {
                double[] theirs = [.. mrcal.GetProperty("parameters").EnumerateArray().Select(x => x.GetDouble())];
                for (int i = 0; i < 4; i++)
                {
                    Assert.That(theirs[i], Is.EqualTo(fit.Intrinsics[i]).Within(0.01), $"mrcal, {fit.Lens.ParameterNames[i]}, px");
                }

                // mrcal's RMS is per coordinate.
                Assert.That(mrcal.GetProperty("rms").GetDouble() * Math.Sqrt(2), Is.EqualTo(fit.Rms).Within(1e-5));
                Matrix<double> joint = ProjectionUncertainty.JointCovariance(fit)!;
                double[] sigma = [.. mrcal.GetProperty("uncertainty").EnumerateArray().Select(x => x.GetDouble())];
                for (int k = 0; k < pixels.Length; k++)
                {
                    double ours = ProjectionUncertainty.At(fit, joint, pixels[k][0], pixels[k][1])!.Value / fit.CornerSigma;
                    TestContext.Out.WriteLine($"uncertainty at ({pixels[k][0]}, {pixels[k][1]}) per px of noise: mrcal {sigma[k]:0.0000}, ours {ours:0.0000}");
                    Assert.That(ours, Is.EqualTo(sigma[k]).Within(0.01 * sigma[k]), "1 %");
                }
            }
        });
        if (!foreign.TryGetProperty("opencv", out _) || !foreign.TryGetProperty("mrcal", out _))
        {
            Assert.Ignore("python3-opencv or python3-mrcal is missing: `./run setup` installs them");
        }
    }

    private static JsonElement Ask(Sighting[] views, double[][] rays)
    {
        if (!File.Exists(Interpreter))
        {
            Assert.Ignore($"{Interpreter} is missing: `./run setup` installs python3-opencv and python3-mrcal");
        }

        string script = Path.Combine(TestContext.CurrentContext.TestDirectory, "foreign_intrinsics.py");
        using var process = Process.Start(new ProcessStartInfo(Interpreter, script) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(JsonSerializer.Serialize(new
        {
            width = 640,
            height = 480,
            columns = Board.Columns,
            rows = Board.Rows,
            square = Board.Spacing,
            views = views.Select(v => v.Uv.Chunk(2)),
            rays,
        }));
        process.StandardInput.Close();
        if (!process.WaitForExit(120_000))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail("the foreign solvers did not end within 120 s");
        }

        Assert.That(process.ExitCode, Is.Zero, error.Result);
        return JsonDocument.Parse(output.Result).RootElement;
    }
}
