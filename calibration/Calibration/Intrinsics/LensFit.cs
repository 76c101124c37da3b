using Calibration.Solving;
using Capture.Core.Geometry;
using MathNet.Numerics.LinearAlgebra;

namespace Calibration.Intrinsics;

/// <summary>A lens fitted to views, with what is left over and how sure it is.</summary>
internal sealed class LensFit
{
    private LensFit(Bundle bundle, BundleNormal normal, Matrix<double>? covariance, double sigma)
    {
        (Bundle, Normal, Covariance, CornerSigma) = (bundle, normal, covariance, sigma);
    }

    public Bundle Bundle { get; }

    public BundleNormal Normal { get; }

    /// <summary>Of the lens parameters; null when the views do not determine them.</summary>
    public Matrix<double>? Covariance { get; }

    /// <summary>σ of a corner per coordinate, pixels: √(sum of squares / degrees of freedom).</summary>
    public double CornerSigma { get; }

    public LensModel Lens => Bundle.Cameras[0].Lens;

    public double[] Intrinsics => Bundle.Cameras[0].Intrinsics;

    /// <summary>√(mean of du² + dv²) over the corners used.</summary>
    public double Rms => Math.Sqrt(Normal.Cost / Math.Max(1, Bundle.UsedCorners));

    /// <summary>Fits robustly, from a first guess or from given parameters; null when no start is found.</summary>
    public static Bundle? Robustly(LensModel lens, int width, int height, IReadOnlyList<Sighting> views, double robustPixels)
    {
        if (LensStart.Find(lens, width, height, views) is not { } start)
        {
            return null;
        }

        // The focal length and the poses first, then distortion: from far off, distortion would swallow the poses' errors.
        bool fisheye = lens == LensModel.KannalaBrandt;
        LensModel first = fisheye ? lens : LensModel.Pinhole;
        Bundle bundle = WithPoses(first, fisheye ? start : start[..4], views);
        BundleSolver.Solve(bundle, 20 * robustPixels, 15);
        if (!fisheye)
        {
            double[] full = new double[lens.Count];
            bundle.Cameras[0].Intrinsics.CopyTo(full, 0);
            bundle = new Bundle { Cameras = [new(lens, full)], Places = bundle.Places, Sightings = bundle.Sightings };
        }

        BundleSolver.Solve(bundle, 5 * robustPixels, 40);

        // Poses anew from the lens that is known now: a view that began in its mirror image has a second chance.
        Bundle again = WithPoses(lens, bundle.Cameras[0].Intrinsics, views);
        BundleSolver.Solve(again, robustPixels, 60);
        return again;
    }

    /// <summary>Plain least squares from a good start.</summary>
    public static LensFit Exactly(Bundle start)
    {
        BundleSolver.Solve(start, null);
        BundleNormal normal = BundleNormal.Of(start, null);
        int freedom = (2 * start.UsedCorners) - start.Globals - (6 * start.Places.Length);
        double sigma = freedom > 0 ? Math.Sqrt(normal.Cost / freedom) : double.NaN;
        return new(start, normal, freedom > 0 ? normal.GlobalCovariance()?.Multiply(sigma * sigma) : null, sigma);
    }

    public static Bundle WithPoses(LensModel lens, double[] intrinsics, IReadOnlyList<Sighting> views)
    {
        var places = new Pose[views.Count];
        var sightings = new Sighting[views.Count];
        for (int i = 0; i < views.Count; i++)
        {
            Sighting view = views[i];
            places[i] = PlanarPose.Solve(lens, intrinsics, view.Points, view.Uv)?.Pose ?? new Pose(Rotation.Identity, new(0, 0, 1));
            var copy = new Sighting(0, i, view.Points, view.Uv);
            view.Use.CopyTo(copy.Use, 0);
            sightings[i] = copy;
        }

        return new Bundle { Cameras = [new(lens, [.. intrinsics])], Places = places, Sightings = sightings };
    }
}
