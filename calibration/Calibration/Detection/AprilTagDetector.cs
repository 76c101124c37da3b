using Calibration.Targets;
using Capture.Core.Geometry;

namespace Calibration.Detection;

/// <summary>Finds AprilTags by libapriltag, and puts those of a grid in their places.</summary>
internal sealed class AprilTagDetector(string family)
{
    /// <summary>Border of the tags in bits: 1 as the authors print them, 2 as Kalibr does; null until known.</summary>
    public int? BorderBits { get; private set; }

    /// <summary>Whether tag 0 is at the bottom left, as Kalibr prints it.</summary>
    public bool? FromBelow { get; private set; }

    public MarkerSighting[] FindTags(GrayImage image)
    {
        if (BorderBits is { } known)
        {
            return Find(image, known);
        }

        MarkerSighting[] one = Find(image, 1);
        MarkerSighting[] two = family is "36h11" or "25h9" or "16h5" ? Find(image, 2) : [];
        if (Math.Max(one.Length, two.Length) >= 4 && one.Length != two.Length)
        {
            BorderBits = one.Length > two.Length ? 1 : 2;
        }

        return one.Length >= two.Length ? one : two;
    }

    /// <summary>Which way the rows of the grid go: all tags must lie on one plane.</summary>
    public void FindRows(AprilTagGrid grid, IEnumerable<MarkerSighting[]> pictures)
    {
        int up = 0, down = 0;
        foreach (MarkerSighting[] tags in pictures)
        {
            if (Misfit(grid, tags, false) is { } d && Misfit(grid, tags, true) is { } u)
            {
                (up, down) = u < d ? (up + 1, down) : (up, down + 1);
            }
        }

        FromBelow = up > down;
    }

    public BoardSighting Place(GrayImage image, AprilTagGrid grid, MarkerSighting[] tags)
    {
        var corners = new List<Corner>();
        var seen = new HashSet<int>();
        foreach (MarkerSighting tag in tags.OrderByDescending(t => t.Margin))
        {
            int place = grid.PlaceOf(tag.Id, FromBelow ?? false);
            if (place < 0 || !seen.Add(place))
            {
                continue;
            }

            bool inside = tag.Corners.All(c => c.U >= 1 && c.V >= 1 && c.U <= image.Width - 2 && c.V <= image.Height - 2);
            if (inside)
            {
                corners.AddRange(tag.Corners.Select((c, k) => new Corner((4 * place) + k, c.U, c.V)));
            }
        }

        if (BorderBits == 2 && corners.Count > 0)
        {
            Sharpen(image, grid, corners);
        }

        string how = $"border of {BorderBits ?? 1} bit{(BorderBits == 2 ? "s" : "")}, tag 0 at the {(FromBelow == true ? "bottom" : "top")} left";
        return corners.Count < 4 ? BoardSighting.None : new([.. corners.OrderBy(c => c.Id)], how);
    }

    // Kalibr's grid has small black squares between the tags: each corner is a crossing of edges like a chessboard's, and is refined like one.
    private static void Sharpen(GrayImage image, AprilTagGrid grid, List<Corner> corners)
    {
        float[] uv = [.. corners.SelectMany(c => new[] { (float)c.U, (float)c.V })];
        double side = double.MaxValue;
        for (int i = 0; i + 3 < corners.Count; i += 4)
        {
            for (int k = 0; k < 4; k++)
            {
                Corner a = corners[i + k], b = corners[i + ((k + 1) % 4)];
                side = Math.Min(side, Math.Sqrt(((a.U - b.U) * (a.U - b.U)) + ((a.V - b.V) * (a.V - b.V))));
            }
        }

        int window = (int)Math.Clamp(0.6 * side * grid.Gap / grid.Spacing, 2, 6);
        _ = VisionNative.Refine(image.Handle, window, uv, corners.Count);
        for (int i = 0; i < corners.Count; i++)
        {
            if (Math.Abs(uv[2 * i] - corners[i].U) < 1.5 && Math.Abs(uv[(2 * i) + 1] - corners[i].V) < 1.5)
            {
                corners[i] = corners[i] with { U = uv[2 * i], V = uv[(2 * i) + 1] };
            }
        }
    }

    private static double? Misfit(AprilTagGrid grid, MarkerSighting[] tags, bool fromBelow)
    {
        var plane = new List<Vector3d>();
        var pixels = new List<(double U, double V)>();
        foreach (MarkerSighting tag in tags)
        {
            int place = grid.PlaceOf(tag.Id, fromBelow);
            if (place >= 0)
            {
                plane.AddRange(Enumerable.Range(0, 4).Select(k => grid.Points[(4 * place) + k]));
                pixels.AddRange(tag.Corners);
            }
        }

        return plane.Count < 12 ? null : PlaneFit.MedianDistance(plane, pixels);
    }

    private MarkerSighting[] Find(GrayImage image, int borderBits)
    {
        const int Capacity = 4096;
        int[] ids = new int[Capacity];
        float[] corners = new float[8 * Capacity];
        float[] margins = new float[Capacity];
        VisionNative.Status status = VisionNative.AprilTags(image.Handle, family, borderBits, Capacity, ids, corners, margins, out int count);
        return status switch
        {
            VisionNative.Status.Ok => [.. MarkerSighting.From(ids, corners, count, margins).Where(t => t.Margin > 15)],
            VisionNative.Status.Nothing => [],
            _ => throw new InvalidOperationException($"tag detection failed ({status}): {VisionNative.LastError}"),
        };
    }
}
