using Calibration.Detection;
using Calibration.Solving;
using Calibration.Targets;
using Capture.Core.Geometry;

namespace Calibration.Episodes;

/// <summary>
/// Which of a recording's pictures to calibrate from. The rule:
/// <list type="number">
/// <item>sharp: edges at most 1.5 times as wide as the median picture's;</item>
/// <item>still: no corner moved by more than half a pixel (in the mean over the target) since the picture before and until the one after; where fewer than <see cref="FewStill"/> pictures are, the slower half;</item>
/// <item>spread: first the one in which the target is largest, then always the one whose outer corners lie furthest (root mean square, as a part of the picture's width) from those of every picture
/// taken so far, until <see cref="MostViews"/> are taken or none is further than <see cref="LeastApart"/>.</item>
/// </list>
/// Pictures of one moment of rest lie on top of each other: the third rule takes one of them, so the noise of the views taken is independent.
/// </summary>
public sealed class ViewChoice
{
    public const int MostViews = 40;
    public const int FewStill = 20;
    public const double StillPixels = 0.5;
    public const double LeastApart = 0.03;

    private const double SharpFactor = 1.5;
    private const long NeighbourNs = 300_000_000;

    private readonly IReadOnlyList<DetectedImage> _images;
    private readonly IReadOnlyList<Target> _targets;
    private readonly double?[] _movedPixels;

    private ViewChoice(IReadOnlyList<DetectedImage> images, IReadOnlyList<Target> targets)
    {
        (_images, _targets) = (images, targets);
        _movedPixels = [.. Enumerable.Range(0, images.Count).Select(Moved)];
        bool[] good = Good(out int candidates);
        Candidates = candidates;
        Chosen = Spread(good);
    }

    /// <summary>Indexes of the pictures taken, in order of time.</summary>
    public IReadOnlyList<int> Chosen { get; }

    /// <summary>Pictures that passed the first two rules.</summary>
    public int Candidates { get; }

    /// <summary>How far the target moved between a picture and its neighbours, pixels; null where there is no neighbour to tell.</summary>
    public double? MovedPixels(int image) => _movedPixels[image];

    /// <summary>In one line, for the settings of a result.</summary>
    public string Sentence => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{_images.Count} pictures looked at, {_images.Count(Shows)} with the target, {Candidates} sharp and still, {Chosen.Count} far enough from each other taken");

    /// <param name="images">In order of time.</param>
    public static ViewChoice Of(IReadOnlyList<DetectedImage> images, IReadOnlyList<Target> targets) => new(images, targets);

    /// <summary>Part of the picture's 10 × 8 cells in which the pictures taken show a corner.</summary>
    public double Coverage()
    {
        var cells = new HashSet<(int, int)>();
        foreach (DetectedImage image in Chosen.Select(i => _images[i]))
        {
            foreach (Corner corner in image.Sightings.SelectMany(s => s.Corners))
            {
                cells.Add(((int)Math.Clamp(corner.U / image.Width * 10, 0, 9), (int)Math.Clamp(corner.V / image.Height * 8, 0, 7)));
            }
        }

        return cells.Count / 80.0;
    }

    /// <summary>How far the corners of two pictures lie apart, pixels, in the mean of the target that is furthest; null where they have no target in common.</summary>
    public static double? Apart(DetectedImage a, DetectedImage b)
    {
        double? most = null;
        for (int t = 0; t < a.Sightings.Count; t++)
        {
            var there = b.Sightings[t].Corners.ToDictionary(c => c.Id);
            double[] ways = [.. a.Sightings[t].Corners.Where(c => there.ContainsKey(c.Id)).Select(c => Math.Sqrt(Square(c.U - there[c.Id].U) + Square(c.V - there[c.Id].V)))];
            if (ways.Length >= 4)
            {
                most = Math.Max(most ?? 0, ways.Average());
            }
        }

        return most;
    }

    private static bool Shows(DetectedImage image) => image.Sightings.Any(s => s.Corners.Count >= 8);

    private bool[] Good(out int candidates)
    {
        double[] widths = [.. _images.SelectMany(i => i.Sightings).Select(s => s.EdgeWidth).OfType<double>().Order()];
        double widest = widths.Length == 0 ? double.PositiveInfinity : SharpFactor * widths[widths.Length / 2];
        int[] sharp = [.. Enumerable.Range(0, _images.Count).Where(i => Shows(_images[i]) && _images[i].Sightings.All(s => s.EdgeWidth is not { } w || w <= widest))];
        int[] kept = [.. sharp.Where(i => _movedPixels[i] <= StillPixels)];
        if (kept.Length < FewStill)
        {
            kept = [.. sharp.OrderBy(i => _movedPixels[i] ?? double.PositiveInfinity).Take(Math.Max(kept.Length, Math.Min(sharp.Length, Math.Max(FewStill, sharp.Length / 2))))];
        }

        bool[] good = new bool[_images.Count];
        foreach (int i in kept)
        {
            good[i] = true;
        }

        candidates = kept.Length;
        return good;
    }

    private double? Moved(int image)
    {
        double? most = null;
        foreach (int other in (int[])[image - 1, image + 1])
        {
            if (other < 0 || other >= _images.Count || (_images[image].Source.StampNs is { } a && _images[other].Source.StampNs is { } b && Math.Abs(a - b) > NeighbourNs))
            {
                continue;
            }

            if (Apart(_images[image], _images[other]) is { } way)
            {
                most = Math.Max(most ?? 0, way);
            }
        }

        return most;
    }

    private int[] Spread(bool[] good)
    {
        var candidates = Enumerable.Range(0, _images.Count).Where(i => good[i]).Select(i => (Index: i, Place: Outline(_images[i]))).Where(c => c.Place is not null).ToList();
        if (candidates.Count == 0)
        {
            return [];
        }

        var chosen = new List<int>();
        double[] nearest = [.. candidates.Select(_ => double.PositiveInfinity)];
        int next = Enumerable.Range(0, candidates.Count).MaxBy(k => Area(candidates[k].Place!.Value.Corners));
        while (chosen.Count < MostViews && next >= 0 && nearest[next] > LeastApart)
        {
            chosen.Add(candidates[next].Index);
            (int Target, double[] Corners) taken = candidates[next].Place!.Value;
            for (int k = 0; k < candidates.Count; k++)
            {
                nearest[k] = Math.Min(nearest[k], candidates[k].Place!.Value.Target == taken.Target ? Apart(candidates[k].Place!.Value.Corners, taken.Corners) : 1);
            }

            next = Enumerable.Range(0, candidates.Count).MaxBy(k => nearest[k]);
        }

        return [.. chosen.Order()];
    }

    // Where the four outer points of the target are (also those out of view), as parts of the picture's width.
    private (int Target, double[] Corners)? Outline(DetectedImage image)
    {
        int t = Enumerable.Range(0, _targets.Count).MaxBy(k => image.Sightings[k].Corners.Count);
        IReadOnlyList<Corner> seen = image.Sightings[t].Corners;
        IReadOnlyList<Vector3d> points = _targets[t].Points;
        if (Homography.FitPixels([.. seen.Select(c => points[c.Id])], [.. seen.Select(c => (c.U, c.V))]) is not { } map)
        {
            return null;
        }

        double left = points.Min(p => p.X), right = points.Max(p => p.X), top = points.Min(p => p.Y), bottom = points.Max(p => p.Y);
        Vector3d[] outer = [new(left, top, 0), new(right, top, 0), new(right, bottom, 0), new(left, bottom, 0)];
        return (t, [.. outer.Select(map).SelectMany(p => new[] { p.U / image.Width, p.V / image.Width })]);
    }

    private static double Area(double[] p) =>
        Math.Abs((p[0] * p[3]) - (p[2] * p[1]) + (p[2] * p[5]) - (p[4] * p[3]) + (p[4] * p[7]) - (p[6] * p[5]) + (p[6] * p[1]) - (p[0] * p[7]));

    private static double Apart(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => Square(x - y)).Sum() / 4);

    private static double Square(double x) => x * x;
}
