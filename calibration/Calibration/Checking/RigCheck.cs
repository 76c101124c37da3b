using System.Globalization;
using Calibration.Detection;
using Calibration.Episodes;
using Calibration.Results;
using Capture.Core.Geometry;
using Capture.Episodes.Reading;

namespace Calibration.Checking;

/// <summary>
/// Do the cameras of a rig still stand as calibrated? Points that two of them see at one instant must lie on each other's epipolar lines.
/// </summary>
/// <remarks>
/// Thresholds, in pixels of the part that the matches themselves do not explain (<see cref="EpipolarError.ExcessPixels"/>): up to 1 px green, as a good lens is off by in views that it did not see; above
/// 3 px red, as a lens's verdict has it: at 600 px of focal length a third of a degree. What it does not see: the length of the base line, and hardly a turn that moves points along their epipolar lines
/// (side by side: one to the left or right); that one shows as a turn of the fit, and a turn beyond 5 σ and half a degree makes the state amber at least.
/// </remarks>
internal static class RigCheck
{
    public const double AmberPixels = 1;
    public const double RedPixels = 3;

    private const double LargestFloorPixels = 2;
    private const int Instants = 8;
    private const int MostPairs = 10;
    private const long MostApartNs = 25_000_000;
    private const double SureTurn = 5;
    private const double LargeTurnRad = 0.5 * Math.PI / 180;

    public static CheckedCalibration Run(EpisodeReader episode, string file, CalibrationResult result)
    {
        var measures = new List<CheckedMeasure>();
        var moved = new List<(string A, string B, string State)>();
        int pairs = 0;
        for (int a = 0; a < result.Cameras.Count; a++)
        {
            for (int b = a + 1; b < result.Cameras.Count && pairs < MostPairs; b++, pairs++)
            {
                CheckedMeasure measure = Pair(episode, result, result.Cameras[a], result.Cameras[b]);
                measures.Add(measure);
                moved.Add((result.Cameras[a].Name, result.Cameras[b].Name, measure.State));
            }
        }

        string state = CheckedMeasure.Worst(measures.Select(m => m.State));
        CheckedMeasure worst = measures.OrderByDescending(m => m.Value ?? -1).First();
        string sentence = state switch
        {
            EpisodeCheck.Unknown => worst.Sentence,
            Verdict.Green => $"The cameras stand as calibrated: {worst.Sentence}",
            _ => $"{Who(moved, state)} {worst.Sentence}",
        };
        return new CheckedCalibration(file, result.Kind, state, null, sentence) { Measures = measures };
    }

    private static CheckedMeasure Pair(EpisodeReader episode, CalibrationResult result, CameraResult a, CameraResult b)
    {
        string name = $"epipolar error {a.Name}, {b.Name}";
        if (CameraPictures.Of(episode, a.Name, out string why) is not { } left || CameraPictures.Of(episode, b.Name, out why) is not { } right)
        {
            return CheckedMeasure.CannotTell(name, why);
        }

        CameraModel cameraA = a.ToCamera(), cameraB = b.ToCamera();
        long lag = Lag(result, b.Name) - Lag(result, a.Name);
        var matches = new List<PointMatch>();
        int used = 0;
        foreach ((int rowA, int rowB) in SameInstants(left, right, lag))
        {
            using GrayImage imageA = left.Read(rowA), imageB = right.Read(rowB);
            if ((WrongSize(a, imageA) ?? WrongSize(b, imageB)) is { } wrong)
            {
                return new CheckedMeasure(name, Verdict.Red, null, null, null, "px", wrong);
            }

            matches.AddRange(PointMatches.Find(imageA, imageB));
            used++;
        }

        if (used == 0)
        {
            return CheckedMeasure.CannotTell(name, $"{a.Name} and {b.Name} have no pictures within {MostApartNs / 1_000_000} ms of each other");
        }

        Pose aFromB = RigFrom(result, a.Name).Inverse() * RigFrom(result, b.Name);
        if (EpipolarError.Of([MatchedViews.Agreeing(cameraA, cameraB, aFromB, matches)], out why) is not { } error)
        {
            return CheckedMeasure.CannotTell(name, why);
        }

        if (error.FloorPixels > LargestFloorPixels)
        {
            return CheckedMeasure.CannotTell(name, Text($"the points themselves are only good to {error.FloorPixels:0.0} px: the pictures are blurred, or not of one instant"));
        }

        string state = State(error.ExcessPixels, AmberPixels, RedPixels);
        string turned = "";
        if (error.Turn is { } turn && turn.Length > SureTurn * error.TurnSigma && (turn.Length > LargeTurnRad || state != Verdict.Green))
        {
            state = state == Verdict.Green ? Verdict.Amber : state;
            turned = Text($" {b.Name} seems turned by {turn.Length * 180 / Math.PI:0.00} ± {error.TurnSigma * 180 / Math.PI:0.00} degrees against {a.Name}, {About(turn)}.");
        }

        return new CheckedMeasure(
            name, state, error.MedianPixels, error.Low95, error.High95, "px",
            Text($"{a.Name} and {b.Name} are {error.MedianPixels:0.00} px off each other's epipolar lines ({error.Low95:0.00} to {error.High95:0.00}; median of {error.Matches} points at {used} instants; {error.FloorPixels:0.00} px is what the points explain).{turned}"));
    }

    internal static string State(double value, double amber, double red) => value <= amber ? Verdict.Green : value <= red ? Verdict.Amber : Verdict.Red;

    internal static string? WrongSize(CameraResult camera, GrayImage image) => image.Width == camera.Width && image.Height == camera.Height
        ? null
        : $"The pictures of {camera.Name} have {image.Width} × {image.Height} pixels, and its calibration holds for {camera.Width} × {camera.Height}: record at that size, or calibrate at this one.";

    // The same instants on both cameras' time, evenly over what both saw.
    private static IEnumerable<(int A, int B)> SameInstants(CameraPictures a, CameraPictures b, long lagNs)
    {
        long from = Math.Max(a.TimesNs[0], b.TimesNs[0] - lagNs), to = Math.Min(a.TimesNs[^1], b.TimesNs[^1] - lagNs);
        var rows = new HashSet<int>();
        for (int i = 0; i < Instants && to >= from; i++)
        {
            int rowA = a.Nearest(from + ((to - from) / Math.Max(1, Instants - 1) * i));
            int rowB = b.Nearest(a.TimesNs[rowA] + lagNs);
            if (Math.Abs(b.TimesNs[rowB] - lagNs - a.TimesNs[rowA]) <= MostApartNs && rows.Add(rowA))
            {
                yield return (rowA, rowB);
            }
        }
    }

    // Whoever takes part in all that is wrong, and in nothing that is right.
    private static string Who(List<(string A, string B, string State)> pairs, string state)
    {
        var wrong = pairs.Where(p => p.State == state).ToArray();
        string[] suspects = [.. wrong.SelectMany(p => new[] { p.A, p.B }).Distinct().Where(c =>
            wrong.All(p => p.A == c || p.B == c) && pairs.Any(p => p.State == Verdict.Green && p.A != c && p.B != c))];
        string verb = state == Verdict.Red ? "has moved" : "may have moved";
        string[] named = [.. wrong.SelectMany(p => new[] { p.A, p.B }).Distinct()];
        return suspects.Length == 1 ? $"{suspects[0]} {verb} (the others agree with each other)."
            : $"{string.Join(" or ", named)} {verb}{(pairs.Count == 1 ? " (two cameras alone cannot say which)" : "")}.";
    }

    private static Pose RigFrom(CalibrationResult result, string camera) =>
        result.Transforms.FirstOrDefault(t => t.Child == camera) is { } t ? RigPose.Of(t) : Pose.Identity;

    private static long Lag(CalibrationResult result, string camera) => result.Lags.FirstOrDefault(l => l.Stream == camera)?.LagNs ?? 0;

    private static string About(Vector3d turn)
    {
        (double Size, string Words)[] axes =
        [
            (Math.Abs(turn.X), turn.X > 0 ? "up" : "down"), (Math.Abs(turn.Y), turn.Y > 0 ? "to the right" : "to the left"), (Math.Abs(turn.Z), turn.Z > 0 ? "clockwise about its line of sight" : "counter-clockwise about its line of sight"),
        ];
        return "mostly " + axes.MaxBy(a => a.Size).Words;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
