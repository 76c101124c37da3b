using System.Globalization;
using Calibration.Detection;
using Calibration.Solving;
using Calibration.Targets;
using Capture.Core.Geometry;

namespace Calibration.Intrinsics;

/// <summary>What the markers in pictures say about the board that they stand on.</summary>
/// <param name="Sentence">What is wrong, and the --target that would be right.</param>
/// <param name="Sure">False where rows of the board may just have been out of every picture.</param>
internal sealed record MarkerFinding(string Sentence, bool Sure);

/// <summary>
/// Notices that a board of markers is not the one that was named, and proposes the right one. Ids go row after row, so that the right number of columns is the one with which the markers' middles lie on a
/// plane; the number of rows follows from the largest id. What the markers are a part of a square is seen in the plane that this gives.
/// </summary>
internal static class MarkerBoardAdvice
{
    private const int PicturesToTry = 6;
    private const int PicturesForNames = 2;
    private const int FewestMarkers = 6;
    private const int MostColumns = 30;
    private const int FewestPicturesForRows = 3;

    // In markers' sides: how far middles lie from their plane at the right number of columns, and how much farther the named number must put them.
    private const double OnPlane = 0.1;
    private const double FartherThanRight = 3;
    private const double Disagreement = 0.04;

    private static readonly string[] s_dictionaries =
    [
        "4x4_50", "4x4_100", "4x4_250", "4x4_1000", "5x5_50", "5x5_100", "5x5_250", "5x5_1000", "6x6_50", "6x6_100", "6x6_250", "6x6_1000", "7x7_50", "7x7_100", "7x7_250", "7x7_1000", "aruco_original", "apriltag_36h11",
    ];

    private static readonly string[] s_families = ["36h11", "25h9", "16h5", "36h10", "Standard41h12"];

    /// <summary>Null where the pictures agree with what was named, or say nothing.</summary>
    public static MarkerFinding? Find(Target target, IReadOnlyList<ImageSource> sources) => target switch
    {
        CharucoBoard board => Charuco(board, sources),
        AprilTagGrid grid => Tags(grid, sources),
        _ => null,
    };

    private static MarkerFinding? Charuco(CharucoBoard board, IReadOnlyList<ImageSource> sources)
    {
        GrayImage[] images = Images(sources);
        try
        {
            string dictionary = board.Dictionary;
            MarkerSighting[][] seen = Seen(images, i => new CharucoDetector(board).FindMarkers(i));
            if (seen.Sum(s => s.Length) < FewestMarkers)
            {
                // The smallest dictionary of those that find the most: larger ones of a kind hold it.
                dictionary = s_dictionaries.MaxBy(d => Seen([.. images.Take(PicturesForNames)], i => new CharucoDetector(Like(board, d)).FindMarkers(i)).Sum(s => s.Length))!;
                seen = Seen(images, i => new CharucoDetector(Like(board, dictionary)).FindMarkers(i));
            }

            MarkerSighting[][] good = [.. seen.Where(s => s.Length >= FewestMarkers)];
            if (good.Length == 0)
            {
                return null;
            }

            var candidates = from columns in Enumerable.Range(2, MostColumns - 1)
                             from old in (bool[])[false, true]
                             let all = new CharucoBoard(columns, 60, 1, 0.5, dictionary, "")
                             select (Columns: columns, Old: old, Off: Off(good, id => Middle(all, id, old)), Middle: (Func<int, Vector3d?>)(id => Middle(all, id, old)));
            var best = candidates.MinBy(c => c.Off);
            double named = Off(good, id => Middle(board, id, false)), namedOld = Off(good, id => Middle(board, id, true));
            int largest = good.Max(s => s.Max(m => m.Id)), rows = 2;
            while (new CharucoBoard(best.Columns, rows, 1, 0.5, dictionary, "").MarkerCorners(largest, best.Old && rows % 2 == 0) is null || (best.Old && rows % 2 != 0))
            {
                rows++;
            }

            double ratio = Ratio(good, best.Middle) ?? board.Marker / board.Spacing;
            return Compare(
                board.Text, dictionary == board.Dictionary ? null : $"its markers are of the dictionary {dictionary}", best.Off, Math.Min(named, namedOld), (board.Columns, board.Rows), (best.Columns, rows), AlwaysEndsThere(good, largest),
                ratio, board.Marker / board.Spacing, "Markers are {0:0.000} of a square's side in the pictures, and {1:0.000} was named: measure the print",
                (c, r, part) => string.Create(CultureInfo.InvariantCulture, $"charuco:{c}x{r}:{board.Spacing * 1e3:0.###}mm:{(part is { } p ? Math.Round(board.Spacing * 2e3 * p) / 2 : board.Marker * 1e3):0.###}mm:{dictionary}"));
        }
        finally
        {
            Array.ForEach(images, i => i.Dispose());
        }
    }

    private static MarkerFinding? Tags(AprilTagGrid grid, IReadOnlyList<ImageSource> sources)
    {
        GrayImage[] images = Images(sources);
        try
        {
            string family = grid.Family;
            MarkerSighting[][] seen = Seen(images, new AprilTagDetector(family).FindTags);
            if (seen.Sum(s => s.Length) < FewestMarkers)
            {
                family = s_families.MaxBy(f => Seen([.. images.Take(PicturesForNames)], new AprilTagDetector(f).FindTags).Sum(s => s.Length))!;
                seen = Seen(images, new AprilTagDetector(family).FindTags);
            }

            MarkerSighting[][] good = [.. seen.Where(s => s.Length >= FewestMarkers)];
            if (good.Length == 0)
            {
                return null;
            }

            static Vector3d? At(int id, int columns) => new Vector3d(id % columns, id / columns, 0);
            (int columns, double off) = Enumerable.Range(2, MostColumns - 1).Select(c => (c, Off(good, id => At(id, c)))).MinBy(c => c.Item2);
            int largest = good.Max(s => s.Max(m => m.Id));
            return Compare(
                grid.Text, family == grid.Family ? null : $"its tags are of the family {family}", off, Off(good, id => At(id, grid.Columns)), (grid.Columns, grid.Rows), (columns, (largest / columns) + 1), AlwaysEndsThere(good, largest), 1, 1, "",
                (c, r, _) => string.Create(CultureInfo.InvariantCulture, $"apriltag:{family}:{c}x{r}:{grid.Spacing * 1e3:0.###}mm:{grid.Gap * 1e3:0.###}mm"));
        }
        finally
        {
            Array.ForEach(images, i => i.Dispose());
        }
    }

    private static MarkerFinding? Compare(
        string named, string? other, double off, double namedOff, (int Columns, int Rows) told, (int Columns, int Rows) seen, bool endsThere, double ratio, double toldRatio, string ratioWords, Func<int, int, double?, string> write)
    {
        if (!(off < OnPlane))
        {
            return null;
        }

        bool columnsWrong = seen.Columns != told.Columns && namedOff > FartherThanRight * off;
        bool tooFewRows = !columnsWrong && seen.Rows > told.Rows, tooManyRows = !columnsWrong && seen.Rows < told.Rows && endsThere;
        bool ratioWrong = Math.Abs((ratio / toldRatio) - 1) > Disagreement;
        if (other is null && !columnsWrong && !tooFewRows && !tooManyRows)
        {
            return ratioWrong
                ? new($"{string.Format(CultureInfo.InvariantCulture, ratioWords, ratio, toldRatio)}, and correct --target; with the square that was named it would be {write(told.Columns, told.Rows, ratio)}.", true)
                : null;
        }

        (int columns, int rows) = columnsWrong || tooFewRows || tooManyRows ? seen : told;
        string what = other is not null ? $"{named} is not in the pictures: {other}" : $"The markers in the pictures go row after row as on a board of {columns}x{rows}, not {told.Columns}x{told.Rows}";
        return new($"{what}: use --target {write(columns, rows, ratioWrong ? ratio : null)}.", other is not null || columnsWrong || tooFewRows);
    }

    private static GrayImage[] Images(IReadOnlyList<ImageSource> sources)
    {
        int step = Math.Max(1, sources.Count / PicturesToTry);
        return [.. sources.Where((_, i) => i % step == 0).Take(PicturesToTry).Select(s => GrayImage.Decode(s.Read(), s.Name))];
    }

    private static MarkerSighting[][] Seen(GrayImage[] images, Func<GrayImage, MarkerSighting[]> find) => [.. images.Select(find)];

    private static CharucoBoard Like(CharucoBoard board, string dictionary) => new(board.Columns, board.Rows, board.Spacing, board.Marker, dictionary, board.Text);

    private static Vector3d? Middle(CharucoBoard board, int id, bool old) => board.MarkerCorners(id, old) is { } c ? (c[0] + c[2]) / 2 : null;

    // In several pictures the same id is the last one: rows below it would have shown in one of them.
    private static bool AlwaysEndsThere(MarkerSighting[][] pictures, int largest) =>
        pictures.Length >= FewestPicturesForRows && pictures.Count(s => s.Any(m => m.Id == largest)) >= FewestPicturesForRows;

    // Median distance of the markers' middles from where a numbering puts them, in sides of a marker; the worst of half of the pictures is left out.
    private static double Off(MarkerSighting[][] pictures, Func<int, Vector3d?> middle)
    {
        var offs = new List<double>();
        foreach (MarkerSighting[] markers in pictures)
        {
            var plane = new List<Vector3d>();
            var pixels = new List<(double U, double V)>();
            foreach (MarkerSighting m in markers)
            {
                if (middle(m.Id) is { } at)
                {
                    plane.Add(at);
                    pixels.Add((m.Corners.Average(c => c.U), m.Corners.Average(c => c.V)));
                }
            }

            double? off = plane.Count < FewestMarkers ? null : PlaneFit.MedianDistance(plane, pixels) / markers.Average(m => m.MeanSide);
            offs.Add(off is { } o && double.IsFinite(o) ? o : double.PositiveInfinity);
        }

        offs.Sort();
        return offs[offs.Count / 2];
    }

    // A marker's side in squares, by the plane of the middles.
    private static double? Ratio(MarkerSighting[][] pictures, Func<int, Vector3d?> middle)
    {
        var ratios = new List<double>();
        foreach (MarkerSighting[] markers in pictures)
        {
            MarkerSighting[] known = [.. markers.Where(m => middle(m.Id) is not null)];
            List<Vector3d> seen = [.. known.Select(m => new Vector3d(m.Corners.Average(c => c.U), m.Corners.Average(c => c.V), 0))];
            List<(double, double)> squares = [.. known.Select(m => (middle(m.Id)!.Value.X, middle(m.Id)!.Value.Y))];
            if (known.Length < FewestMarkers || Homography.FitPixels(seen, squares) is not { } toSquares)
            {
                continue;
            }

            foreach (MarkerSighting m in known)
            {
                (double X, double Y)[] corners = [.. m.Corners.Select(c => toSquares(new Vector3d(c.U, c.V, 0)))];
                double side = Enumerable.Range(0, 4).Average(k => Math.Sqrt(Math.Pow(corners[k].X - corners[(k + 1) % 4].X, 2) + Math.Pow(corners[k].Y - corners[(k + 1) % 4].Y, 2)));

                // The detector's corners are centres of the outermost dark pixels: half a pixel inside of the edge, all around.
                ratios.Add(side * (m.MeanSide + 1) / m.MeanSide);
            }
        }

        ratios.Sort();
        return ratios.Count < 12 ? null : ratios[ratios.Count / 2];
    }
}
