using Capture.Core.Geometry;

namespace Capture.Core.Tests.Geometry;

/// <summary>Projection, its inverse and its derivatives. Does not prove that a real lens follows any of these models; foreign programs check the formulas in Calibration.Tests.</summary>
public sealed class LensModelTests
{
    private static readonly Dictionary<string, double[]> Parameters = new(StringComparer.Ordinal)
    {
        ["pinhole"] = [640, 655, 319.5, 243],
        ["brown-conrady-4"] = [640, 655, 319.5, 243, -0.28, 0.09, 1.2e-3, -7e-4],
        ["brown-conrady-5"] = [640, 655, 319.5, 243, -0.28, 0.09, 1.2e-3, -7e-4, -0.02],
        ["brown-conrady-8"] = [640, 655, 319.5, 243, 0.4, -0.12, 1.2e-3, -7e-4, 0.01, 0.7, -0.05, 0.02],
        ["kannala-brandt"] = [380, 382, 319.5, 243, 0.02, -0.011, 0.006, -0.0013],
    };

    private static readonly Vector3d[] Points = [new(0.1, -0.2, 1), new(-0.5, 0.3, 1.2), new(0.02, 0.01, 3), new(0.4, 0.4, 0.9), new(1e-7, -2e-7, 1)];

    private static IEnumerable<TestCaseData> EveryModel() => LensModel.All.Select(m => new TestCaseData(m.Name).SetArgDisplayNames(m.Name));

    private static IEnumerable<TestCaseData> EveryParameter() => LensModel.All.SelectMany(m => m.ParameterNames.Select((p, i) => new TestCaseData(m.Name, i).SetArgDisplayNames(m.Name, p)));

    [TestCaseSource(nameof(EveryParameter))]
    public void Derivatives_by_each_parameter_agree_with_differences(string model, int parameter)
    {
        LensModel lens = LensModel.Named(model);
        double[] k = Parameters[model];
        Span<double> byPoint = stackalloc double[6];
        Span<double> by = stackalloc double[2 * k.Length];
        foreach (Vector3d p in Points)
        {
            Assert.That(lens.Project(k, p, out _, out _, byPoint, by));
            double h = 1e-5 * Math.Max(1, Math.Abs(k[parameter]));
            (double du, double dv) = Difference(x => Changed(lens, k, parameter, x, p), h);
            Assert.That(by[parameter], Is.EqualTo(du).Within(1e-6 * (1 + Math.Abs(du))), $"du at {p}");
            Assert.That(by[k.Length + parameter], Is.EqualTo(dv).Within(1e-6 * (1 + Math.Abs(dv))), $"dv at {p}");
        }
    }

    [TestCaseSource(nameof(EveryModel))]
    public void Derivatives_by_the_point_agree_with_differences(string model)
    {
        LensModel lens = LensModel.Named(model);
        double[] k = Parameters[model];
        Span<double> by = stackalloc double[6];
        foreach (Vector3d p in Points)
        {
            Assert.That(lens.Project(k, p, out _, out _, by, []));
            Vector3d[] axes = [Vector3d.UnitX, Vector3d.UnitY, Vector3d.UnitZ];
            for (int axis = 0; axis < 3; axis++)
            {
                (double du, double dv) = Difference(x => Seen(lens, k, p + (axes[axis] * x)), 1e-6);
                Assert.That(by[axis], Is.EqualTo(du).Within(2e-5 * (1 + Math.Abs(du))), $"du at {p}, axis {axis}");
                Assert.That(by[3 + axis], Is.EqualTo(dv).Within(2e-5 * (1 + Math.Abs(dv))), $"dv at {p}, axis {axis}");
            }
        }
    }

    [TestCaseSource(nameof(EveryModel))]
    public void A_pixel_unprojects_to_the_direction_that_projects_to_it(string model)
    {
        var camera = new CameraModel(LensModel.Named(model), 640, 480, Parameters[model]);
        int seen = 0;
        for (double v = 0; v < 480; v += 24)
        {
            for (double u = 0; u < 640; u += 32)
            {
                if (camera.Unproject(u, v, out Vector3d ray))
                {
                    seen++;
                    Assert.That(camera.Project(ray, out double u2, out double v2));
                    Assert.That(u2, Is.EqualTo(u).Within(1e-8));
                    Assert.That(v2, Is.EqualTo(v).Within(1e-8));
                    Assert.That(ray.Length, Is.EqualTo(1).Within(1e-12));
                }
            }
        }

        Assert.That(seen, Is.EqualTo(400), "these lenses see the whole image");
    }

    [Test]
    public void A_fisheye_sees_beyond_ninety_degrees_and_a_pinhole_does_not_see_behind_itself()
    {
        var behind = new Vector3d(1, 0.2, -0.1);
        var fisheye = new CameraModel(LensModel.KannalaBrandt, 1000, 1000, [300, 300, 499.5, 499.5, 0, 0, 0, 0]);
        Assert.That(fisheye.Project(behind, out double u, out double v));
        Assert.That(fisheye.Unproject(u, v, out Vector3d back));
        Assert.That((back - behind.Normalized()).Length, Is.LessThan(1e-12));
        Assert.That(new CameraModel(LensModel.Pinhole, 640, 480, Parameters["pinhole"]).Project(behind, out _, out _), Is.False);
    }

    [Test]
    public void A_pixel_beyond_the_fold_has_no_direction()
    {
        // 1 − 0.5 r²: the radius turns back at r = 0.816, where the distorted radius is 0.544.
        var camera = new CameraModel(LensModel.BrownConrady4, 640, 480, [400, 400, 319.5, 239.5, -0.5, 0, 0, 0]);
        Assert.That(camera.Unproject(319.5 + (400 * 0.53), 239.5, out _));
        Assert.That(camera.Unproject(319.5 + (400 * 0.56), 239.5, out _), Is.False);
    }

    [Test]
    public void Refuses_a_wrong_number_of_parameters() =>
        Assert.That(() => new CameraModel(LensModel.KannalaBrandt, 640, 480, [1, 2, 3]), Throws.ArgumentException.With.Message.Contains("8 parameters"));

    private static (double U, double V) Changed(LensModel lens, double[] k, int index, double by, Vector3d p)
    {
        double[] changed = [.. k];
        changed[index] += by;
        return Seen(lens, changed, p);
    }

    private static (double U, double V) Seen(LensModel lens, double[] k, Vector3d p)
    {
        lens.Project(k, p, out double u, out double v, [], []);
        return (u, v);
    }

    private static (double Du, double Dv) Difference(Func<double, (double U, double V)> f, double h)
    {
        (double u1, double v1) = f(h);
        (double u0, double v0) = f(-h);
        return ((u1 - u0) / (2 * h), (v1 - v0) / (2 * h));
    }
}
