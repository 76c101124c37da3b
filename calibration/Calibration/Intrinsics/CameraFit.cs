using Calibration.Detection;
using Calibration.Results;
using Calibration.Solving;
using Calibration.Targets;
using Capture.Core.Geometry;

namespace Calibration.Intrinsics;

/// <summary>One target in one picture, and what became of it.</summary>
internal sealed class CameraView(DetectedImage image, int targetIndex, int imageIndex, Target target, string state)
{
    public DetectedImage Image { get; } = image;

    public int TargetIndex { get; } = targetIndex;

    public int ImageIndex { get; } = imageIndex;

    public Target Target { get; } = target;

    public string State { get; set; } = state;

    public IReadOnlyList<Corner> Corners => Image.Sightings[TargetIndex].Corners;

    /// <summary>Corners that took part.</summary>
    public bool[] Use { get; } = [.. image.Sightings[targetIndex].Corners.Select(_ => true)];

    public Sighting ToSighting()
    {
        var sighting = new Sighting(0, 0, [.. Corners.Select(c => Target.Points[c.Id])], [.. Corners.SelectMany(c => new[] { c.U, c.V })]);
        Use.CopyTo(sighting.Use, 0);
        return sighting;
    }
}

/// <summary>A camera's lens, chosen and fitted.</summary>
internal sealed class CameraFit(LensFit fit, int width, int height, IReadOnlyList<CameraView> used, string choice)
{
    public LensFit Fit { get; } = fit;

    public int Width { get; } = width;

    public int Height { get; } = height;

    /// <summary>The views of the fit, in the order of its places.</summary>
    public IReadOnlyList<CameraView> Used { get; } = used;

    public IReadOnlyList<CameraView> Views { get; set; } = used;

    /// <summary>Why this model, with the numbers.</summary>
    public string Choice { get; set; } = choice;

    public double? HeldOut { get; init; }

    public UncertaintyMap? Map { get; init; }

    public CameraResult ToResult(string name) => new(
        name,
        Width,
        Height,
        Fit.Lens.Name,
        Fit.Lens.ParameterNames,
        [.. Fit.Intrinsics],
        Fit.Covariance is { } c ? [.. Enumerable.Range(0, c.RowCount * c.ColumnCount).Select(i => c[i / c.ColumnCount, i % c.ColumnCount])] : null)
    {
        RmsPixels = Fit.Rms,
        HeldOutRmsPixels = HeldOut,
        CornerSigmaPixels = Fit.CornerSigma,
        Uncertainty = Map,
    };

    public IReadOnlyList<ViewResult> ToViews(string camera)
    {
        var place = Used.Select((v, i) => (v, i)).ToDictionary(p => p.v, p => p.i);
        return [.. Views.Select(view => place.TryGetValue(view, out int i) ? Solved(camera, view, i) : Unsolved(camera, view))];
    }

    private static double[] Numbers(Pose pose)
    {
        Rotation r = pose.Rotation.Canonical();
        return [pose.Translation.X, pose.Translation.Y, pose.Translation.Z, r.X, r.Y, r.Z, r.W];
    }

    private static ViewResult Unsolved(string camera, CameraView view) =>
        new(camera, view.Image.Source.Name, view.State, [.. view.Corners.Select(c => new[] { c.Id, c.U, c.V, 0, 0 })], [])
        {
            EdgeWidthPixels = view.Image.Sightings[view.TargetIndex].EdgeWidth,
            StampNs = view.Image.Source.StampNs,
        };

    private ViewResult Solved(string camera, CameraView view, int index)
    {
        Sighting s = Fit.Bundle.Sightings[index];
        double[] r = new double[2 * s.Points.Length];
        Fit.Bundle.Residuals(s, r);
        return new(
            camera,
            view.Image.Source.Name,
            view.State,
            [.. view.Corners.Select((c, i) => new[] { c.Id, c.U, c.V, Finite(r[2 * i]), Finite(r[(2 * i) + 1]) })],
            [.. view.Corners.Where((_, i) => !s.Use[i]).Select(c => c.Id)])
        {
            BoardPose = Numbers(Fit.Bundle.Places[s.Place]),
            RmsPixels = OutlierSearch.RmsOf(Fit.Bundle, s),
            EdgeWidthPixels = view.Image.Sightings[view.TargetIndex].EdgeWidth,
            StampNs = view.Image.Source.StampNs,
        };
    }

    private static double Finite(double x) => double.IsFinite(x) ? x : 0;
}
