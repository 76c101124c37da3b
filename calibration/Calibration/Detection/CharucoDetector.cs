using Calibration.Solving;
using Calibration.Targets;
using Capture.Core.Geometry;

namespace Calibration.Detection;

/// <summary>Finds the inner corners of a ChArUco board, of which parts may be hidden.</summary>
/// <remarks>Each corner is predicted from the markers beside it, each by its own small homography, so that lens distortion hardly matters; then refined in the picture.</remarks>
internal sealed class CharucoDetector(CharucoBoard board)
{
    /// <summary>Whether the board is of the layout before OpenCV 4.6; null when it makes no difference (an odd number of rows) or is not known yet.</summary>
    public bool? OldLayout { get; private set; }

    /// <summary>Decides the layout over pictures: all markers must lie on one plane, and only in the right layout do they.</summary>
    public void FindLayout(IEnumerable<MarkerSighting[]> pictures)
    {
        if (board.Rows % 2 != 0)
        {
            OldLayout = false;
            return;
        }

        int votesForOld = 0, votesForNew = 0;
        foreach (MarkerSighting[] markers in pictures)
        {
            double? asNew = Misfit(markers, oldLayout: false), asOld = Misfit(markers, oldLayout: true);
            if (asNew is { } n && asOld is { } o)
            {
                (votesForOld, votesForNew) = o < n ? (votesForOld + 1, votesForNew) : (votesForOld, votesForNew + 1);
            }
        }

        OldLayout = votesForOld > votesForNew;
    }

    public MarkerSighting[] FindMarkers(GrayImage image)
    {
        const int Capacity = 4096;
        int[] ids = new int[Capacity];
        float[] corners = new float[8 * Capacity];
        VisionNative.Status status = VisionNative.Markers(image.Handle, board.Dictionary, Capacity, ids, corners, out int count);
        return status switch
        {
            VisionNative.Status.Ok => MarkerSighting.From(ids, corners, count),
            VisionNative.Status.BadAsk => throw new CalibrationException(
                CalibrationProblem.Asked, $"there is no dictionary '{board.Dictionary}'", $"target '{board.Text}'", "Name one of OpenCV's: 4x4_50, 5x5_100, 6x6_250, 7x7_1000, aruco_original, apriltag_36h11 …"),
            VisionNative.Status.Nothing => [],
            _ => throw new InvalidOperationException($"marker detection failed ({status}): {VisionNative.LastError}"),
        };
    }

    public BoardSighting Detect(GrayImage image, MarkerSighting[] markers)
    {
        bool old = OldLayout ?? false;
        int columns = board.Columns - 1;
        var sums = new Dictionary<int, (double U, double V, int Count, double Pixels)>();
        foreach (MarkerSighting marker in markers)
        {
            if (board.MarkerCorners(marker.Id, old) is not { } places || Homography.FitPixels(places, marker.Corners) is not { } toPixels)
            {
                continue;
            }

            double side = marker.MeanSide;
            for (int id = 0; id < board.Points.Count; id++)
            {
                Vector3d corner = board.Points[id];
                Vector3d middle = (places[0] + places[2]) / 2;
                if (Math.Max(Math.Abs(corner.X - middle.X), Math.Abs(corner.Y - middle.Y)) > 0.51 * board.Spacing)
                {
                    continue; // not a corner of this marker's own square
                }

                (double u, double v) = toPixels(corner);
                var sum = sums.GetValueOrDefault(id);
                sums[id] = (sum.U + u, sum.V + v, sum.Count + 1, sum.Pixels + side);
            }
        }

        // One point after the other: the room between the corner and the nearest marker sets the window.
        double gap = (board.Spacing - board.Marker) / 2 / board.Marker;
        var corners = new List<Corner>();
        Span<float> uv = stackalloc float[2];
        foreach ((int id, var sum) in sums.OrderBy(s => s.Key))
        {
            double u = sum.U / sum.Count, v = sum.V / sum.Count;
            double roomPixels = gap * sum.Pixels / sum.Count;
            int window = (int)Math.Clamp(roomPixels, 2, 10);
            uv[0] = (float)u;
            uv[1] = (float)v;
            if (u < window || v < window || u > image.Width - 1 - window || v > image.Height - 1 - window)
            {
                continue;
            }

            _ = VisionNative.Refine(image.Handle, window, uv, 1);
            if (Math.Abs(uv[0] - u) + Math.Abs(uv[1] - v) > 0 && Math.Abs(uv[0] - u) < window && Math.Abs(uv[1] - v) < window)
            {
                corners.Add(new(id, uv[0], uv[1]));
            }
        }

        return corners.Count < Math.Min(6, columns) ? BoardSighting.None : new(corners, board.Rows % 2 == 0 ? (old ? "layout before OpenCV 4.6" : "layout since OpenCV 4.6") : null);
    }

    // Median distance, in pixels, of the markers' corners from the plane that fits them best; null with too few markers to tell.
    private double? Misfit(MarkerSighting[] markers, bool oldLayout)
    {
        var plane = new List<Vector3d>();
        var pixels = new List<(double U, double V)>();
        foreach (MarkerSighting marker in markers)
        {
            if (board.MarkerCorners(marker.Id, oldLayout) is { } corners)
            {
                plane.AddRange(corners);
                pixels.AddRange(marker.Corners);
            }
        }

        return plane.Count < 12 ? null : PlaneFit.MedianDistance(plane, pixels);
    }
}

/// <summary>How well points of a plane and their pixels agree.</summary>
internal static class PlaneFit
{
    public static double? MedianDistance(IReadOnlyList<Vector3d> plane, IReadOnlyList<(double U, double V)> pixels)
    {
        if (Homography.FitPixels(plane, pixels) is not { } map)
        {
            return null;
        }

        double[] distances = [.. plane.Select((p, i) =>
        {
            (double u, double v) = map(p);
            return Math.Sqrt(((u - pixels[i].U) * (u - pixels[i].U)) + ((v - pixels[i].V) * (v - pixels[i].V)));
        }).Order()];
        return distances[distances.Length / 2];
    }
}

/// <summary>A marker or tag in a picture.</summary>
/// <param name="Corners">Four, clockwise from its own top left, pixels.</param>
public sealed record MarkerSighting(int Id, IReadOnlyList<(double U, double V)> Corners)
{
    /// <summary>How sure the decoder is, in its own unit; 0 where it does not say.</summary>
    public double Margin { get; init; }

    internal double MeanSide => Enumerable.Range(0, 4).Average(k => Math.Sqrt(Square(Corners[k].U - Corners[(k + 1) % 4].U) + Square(Corners[k].V - Corners[(k + 1) % 4].V)));

    internal static MarkerSighting[] From(int[] ids, float[] corners, int count, float[]? margins = null) =>
        [.. Enumerable.Range(0, count).Select(i => new MarkerSighting(
            ids[i],
            [.. Enumerable.Range(0, 4).Select(k => ((double)corners[(8 * i) + (2 * k)], (double)corners[(8 * i) + (2 * k) + 1]))])
        { Margin = margins?[i] ?? 0 })];

    private static double Square(double x) => x * x;
}
