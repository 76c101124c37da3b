using System.Globalization;
using Calibration.Detection;
using Calibration.Results;
using Calibration.Targets;

namespace Calibration.Intrinsics;

/// <summary>Notices that the board in the pictures is not the one that was named, and proposes the right one.</summary>
internal static class BoardAdvice
{
    private const int PicturesToTry = 4;

    /// <summary>Pictures in which markers are looked at once more.</summary>
    private const int MarkerPictures = 4;

    /// <summary>Relative difference between the named and the seen proportions of a board above which they disagree.</summary>
    private const double Disagreement = 0.03;

    /// <summary>Adds a finding where a chessboard is found in few pictures or a larger one is there, or where a marker board's proportions are not those that were named.</summary>
    public static void Check(IReadOnlyList<DetectedImage> images, IReadOnlyList<Target> targets, IReadOnlyList<ImageSource> sources, List<Finding> findings)
    {
        for (int t = 0; t < targets.Count; t++)
        {
            if (targets[t] is AprilTagGrid grid && SeenRatio(images, t, grid) is { } ratio && Math.Abs((ratio / (grid.Gap / grid.Spacing)) - 1) > Disagreement * (1 + (grid.Spacing / grid.Gap)))
            {
                findings.Add(new(Finding.Error, "wrong-board", grid.Text, string.Create(
                    CultureInfo.InvariantCulture,
                    $"The gap between tags is {ratio:0.000} of a tag's side in the pictures, and {grid.Gap / grid.Spacing:0.000} was named: with tags of {grid.Spacing * 1e3:0.0} mm the gap would be {ratio * grid.Spacing * 1e3:0.0} mm. Measure the print and correct --target.")));
            }
            else if (targets[t] is not Chessboard && MarkerBoardAdvice.Find(targets[t], Promising(images, t, sources, MarkerPictures)) is { } marker)
            {
                findings.Add(new(marker.Sure ? Finding.Error : Finding.Warning, "wrong-board", targets[t].Text, marker.Sentence));
            }
            else if (targets[t] is Chessboard board && targets.Count == 1 && IsDoubtful(images, t) && Propose(targets, Promising(images, t, sources)) is { } advice)
            {
                findings.Add(new(Finding.Error, "wrong-board", board.Text, advice));
            }
        }
    }

    /// <summary>Pictures up to this size are searched for a larger board even when all seems well: the search is slow.</summary>
    private const int SmallPicture = 3_000_000;

    private static bool IsDoubtful(IReadOnlyList<DetectedImage> images, int target) =>
        images.Count(i => i.Sightings[target].Corners.Count > 0) < 0.6 * images.Count || (long)images[0].Width * images[0].Height <= SmallPicture;

    // Where the board was found, a larger one may hide behind it: two such pictures. Where it was found seldom, any pictures.
    private static IReadOnlyList<ImageSource> Promising(IReadOnlyList<DetectedImage> images, int target, IReadOnlyList<ImageSource> sources, int most = 2)
    {
        ImageSource[] found = [.. sources.Where((_, i) => images[i].Sightings[target].Corners.Count > 0)];
        return found.Length >= 0.6 * images.Count ? [.. found.Take(most)] : sources;
    }

    /// <summary>A sentence that proposes another size, when the pictures show one; null otherwise.</summary>
    public static string? Propose(IReadOnlyList<Target> targets, IReadOnlyList<ImageSource> sources)
    {
        if (targets.Count != 1 || targets[0] is not Chessboard board)
        {
            if (targets.Select(t => MarkerBoardAdvice.Find(t, sources)).OfType<MarkerFinding>().FirstOrDefault() is { } marker)
            {
                return marker.Sentence;
            }

            return targets.OfType<CharucoBoard>().Any() || targets.OfType<AprilTagGrid>().Any()
                ? "No such markers in the pictures: check the dictionary or family, and the size; `calibrate detect` shows what is found."
                : null;
        }

        int step = Math.Max(1, sources.Count / PicturesToTry);
        (int Columns, int Rows)[] sizes = [.. sources.Where((_, i) => i % step == 0).Take(PicturesToTry).Select(BoardDetector.ChessboardSize).OfType<(int, int)>()];
        if (sizes.Length == 0)
        {
            return null;
        }

        (int columns, int rows) = sizes.GroupBy(s => s).OrderByDescending(g => g.Count()).ThenByDescending(g => g.Key.Columns * g.Key.Rows).First().Key;
        bool smaller = columns * rows < board.Columns * board.Rows;
        bool agreed = sizes.Count(s => s == (columns, rows) || s == (rows, columns)) > sizes.Length / 2;
        if (!agreed || (smaller && sources.Count <= 2) || (columns, rows) == (board.Columns, board.Rows) || (rows, columns) == (board.Columns, board.Rows))
        {
            return null;
        }

        // As people name boards: the longer side first, unless they asked for it the other way.
        (columns, rows) = board.Columns >= board.Rows == (columns >= rows) ? (columns, rows) : (rows, columns);
        string square = string.Create(CultureInfo.InvariantCulture, $"{board.Spacing * 1e3:0.###}mm");
        string why = (columns + 1, rows + 1) == (board.Columns, board.Rows) ? " (squares were counted; inner corners are one fewer each way)" : "";
        return $"The pictures show a chessboard of {columns}x{rows} inner corners, not {board.Columns}x{board.Rows}{why}: use --target chessboard:{columns}x{rows}:{square}.";
    }

    // Gap over side, from neighbouring tags in a row: both lie on one line, so the cross-ratio-free median over many tags is near enough for a check.
    private static double? SeenRatio(IReadOnlyList<DetectedImage> images, int target, AprilTagGrid grid)
    {
        var ratios = new List<double>();
        foreach (DetectedImage image in images)
        {
            var corners = image.Sightings[target].Corners.ToDictionary(c => c.Id);
            for (int place = 0; place < grid.Columns * grid.Rows; place++)
            {
                if (place % grid.Columns + 1 < grid.Columns
                    && corners.TryGetValue(4 * place, out Corner a) && corners.TryGetValue((4 * place) + 1, out Corner b)
                    && corners.TryGetValue(4 * (place + 1), out Corner c) && corners.TryGetValue((4 * (place + 1)) + 1, out Corner d))
                {
                    ratios.Add(2 * Distance(b, c) / (Distance(a, b) + Distance(c, d)));
                }
            }
        }

        ratios.Sort();
        return ratios.Count < 12 ? null : ratios[ratios.Count / 2];
    }

    private static double Distance(Corner a, Corner b) => Math.Sqrt(((a.U - b.U) * (a.U - b.U)) + ((a.V - b.V) * (a.V - b.V)));
}
