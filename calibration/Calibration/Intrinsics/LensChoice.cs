using System.Globalization;
using Calibration.Solving;
using Capture.Core.Geometry;

namespace Calibration.Intrinsics;

/// <summary>Which lens model to use.</summary>
/// <remarks>
/// The rule: every model is fitted to the same views and corners. Of those whose held-out error is within 2 % of the best, the one with the smallest mean projection uncertainty
/// over the image is taken. RMS plays no part: it always falls with more parameters. A model that folds (sees nothing) in more than 5 % of the image is left out.
/// </remarks>
internal static class LensChoice
{
    private const double WithinBest = 1.02;

    private const double MostBlind = 0.05;

    /// <summary>The candidate that leaves the smallest typical residual, fitted robustly: what outliers are judged against.</summary>
    public static Bundle? RobustStart(LensModel? asked, int width, int height, IReadOnlyList<CameraView> views, double robust)
    {
        Sighting[] sightings = [.. views.Select(v => v.ToSighting())];
        LensModel[] lenses = asked is null ? [LensModel.BrownConrady5, LensModel.BrownConrady8, LensModel.KannalaBrandt] : [asked];
        return lenses.Select(l => LensFit.Robustly(l, width, height, sightings, robust)).OfType<Bundle>().OrderBy(Typical).FirstOrDefault();
    }

    /// <summary>Applies the rule; null when no candidate is determined by the views.</summary>
    /// <param name="clean">A robust fit; the views know which corners take part.</param>
    public static CameraFit? Choose(LensModel? asked, int width, int height, IReadOnlyList<CameraView> views, Bundle clean, double robust)
    {
        Sighting[] sightings = [.. views.Select(v => v.ToSighting())];
        var candidates = new List<CameraFit>();
        foreach (LensModel lens in asked is null ? LensModel.All : [asked])
        {
            // The robust fit saw wild corners too, with little weight; the start is taken from it where the model is the same.
            Bundle? start = lens == clean.Cameras[0].Lens
                ? LensFit.WithPoses(lens, clean.Cameras[0].Intrinsics, sightings)
                : LensFit.Robustly(lens, width, height, sightings, robust);
            if (start is null)
            {
                continue;
            }

            LensFit fit = LensFit.Exactly(start);
            if (fit.Covariance is not null && ProjectionUncertainty.Map(fit, width, height) is { } map)
            {
                candidates.Add(new(fit, width, height, views, "") { Map = map, HeldOut = HeldOutError.Of(fit) });
            }
        }

        CameraFit[] sighted = [.. candidates.Where(c => Blind(c) <= MostBlind)];
        CameraFit[] field = sighted.Length > 0 ? sighted : [.. candidates];
        if (field.Length == 0)
        {
            return null;
        }

        double bestError = field.Min(Error);
        CameraFit chosen = field.Where(c => Error(c) <= WithinBest * bestError).OrderBy(Mean).First();
        chosen.Choice = asked is not null
            ? "asked for"
            : string.Join("; ", candidates.Select(c => string.Create(
                CultureInfo.InvariantCulture,
                $"{c.Fit.Lens.Name}: held-out {Error(c):0.000} px, mean σ {Mean(c):0.00} px{(Blind(c) > MostBlind ? " (folds)" : "")}{(c == chosen ? " ← taken" : "")}")));
        return chosen;
    }

    private static double Error(CameraFit c) => c.HeldOut ?? c.Fit.CornerSigma;

    private static double Mean(CameraFit c) => c.Map!.SigmaPixels.Where(s => s >= 0).DefaultIfEmpty(double.PositiveInfinity).Average();

    private static double Blind(CameraFit c) => c.Map!.SigmaPixels.Count(s => s < 0) / (double)c.Map.SigmaPixels.Length;

    private static double Typical(Bundle bundle)
    {
        double[] rms = [.. OutlierSearch.RmsOf(bundle).Select(r => double.IsFinite(r) ? r : double.MaxValue).Order()];
        return rms[rms.Length / 2];
    }
}
