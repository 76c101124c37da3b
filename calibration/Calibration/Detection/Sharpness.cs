using Calibration.Targets;

namespace Calibration.Detection;

/// <summary>How sharp a picture is where it matters: the width of the target's own edges.</summary>
internal static class Sharpness
{
    /// <summary>Median width in pixels over which an edge goes from 10 % to 90 % of its step; null when no edge is long enough to measure.</summary>
    /// <remarks>The profile is read across the middle of the line between two neighbouring corners, where only two areas meet.</remarks>
    public static double? EdgeWidth(GrayImage image, Target target, IReadOnlyList<Corner> corners)
    {
        var byId = corners.ToDictionary(c => c.Id);
        var widths = new List<double>();
        ReadOnlySpan<byte> pixels = image.Pixels();
        foreach ((int from, int to) in target.Edges)
        {
            if (byId.TryGetValue(from, out Corner a) && byId.TryGetValue(to, out Corner b) && Across(pixels, image.Width, image.Height, a, b) is { } width)
            {
                widths.Add(width);
            }
        }

        widths.Sort();
        return widths.Count == 0 ? null : widths[widths.Count / 2];
    }

    private static double? Across(ReadOnlySpan<byte> pixels, int width, int height, Corner a, Corner b)
    {
        double du = b.U - a.U, dv = b.V - a.V, length = Math.Sqrt((du * du) + (dv * dv));
        if (length < 8)
        {
            return null;
        }

        const int Steps = 81;
        double reach = Math.Min(0.4 * length, 30);
        double nu = -dv / length, nv = du / length, mu = (a.U + b.U) / 2, mv = (a.V + b.V) / 2;
        Span<double> profile = stackalloc double[Steps];
        for (int i = 0; i < Steps; i++)
        {
            double t = reach * ((2.0 * i / (Steps - 1)) - 1);
            double u = mu + (t * nu), v = mv + (t * nv);
            if (u < 1 || v < 1 || u > width - 2 || v > height - 2)
            {
                return null;
            }

            int x = (int)u, y = (int)v;
            double fu = u - x, fv = v - y;
            int at = (y * width) + x;
            profile[i] = ((1 - fv) * (((1 - fu) * pixels[at]) + (fu * pixels[at + 1]))) + (fv * (((1 - fu) * pixels[at + width]) + (fu * pixels[at + width + 1])));
        }

        double first = 0, last = 0;
        for (int i = 0; i < 8; i++)
        {
            first += profile[i] / 8;
            last += profile[Steps - 1 - i] / 8;
        }

        double step = last - first;
        if (Math.Abs(step) < 20)
        {
            return null;
        }

        // The last point below 10 % before the first one above 90 %.
        int low = -1, high = -1;
        for (int i = 0; i < Steps && high < 0; i++)
        {
            double fraction = (profile[i] - first) / step;
            low = fraction <= 0.1 ? i : low;
            high = fraction >= 0.9 ? i : high;
        }

        return low >= 0 && high > low ? (high - low) * 2 * reach / (Steps - 1) : null;
    }
}
