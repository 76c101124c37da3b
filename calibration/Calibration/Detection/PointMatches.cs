namespace Calibration.Detection;

/// <summary>A point of the scene that two pictures show, pixels.</summary>
internal readonly record struct PointMatch(double Ua, double Va, double Ub, double Vb);

/// <summary>Finds points that two pictures have in common, and which of them one motion explains.</summary>
internal static class PointMatches
{
    /// <summary>Points a picture at most: more cost time and say the same.</summary>
    private const int Most = 800;

    // Lowe's: the second best must be clearly farther.
    private const float Ratio = 0.75f;

    public static PointMatch[] Find(GrayImage a, GrayImage b)
    {
        float[] uv = new float[4 * Most];
        return VisionNative.Matches(a.Handle, b.Handle, Most, Ratio, Most, uv, out int count) switch
        {
            VisionNative.Status.Ok => [.. Enumerable.Range(0, count).Select(i => new PointMatch(uv[4 * i], uv[(4 * i) + 1], uv[(4 * i) + 2], uv[(4 * i) + 3]))],
            VisionNative.Status.Nothing => [],
            _ => throw new InvalidOperationException($"points cannot be matched: {VisionNative.LastError}"),
        };
    }

    /// <summary>Which pairs one rigid motion between the two cameras explains, whatever the calibration says of it.</summary>
    /// <param name="xyxy">Per pair x, y in a and x, y in b at distance 1.</param>
    /// <param name="threshold">In the same unit.</param>
    public static bool[] OneMotion(double[] xyxy, double threshold)
    {
        int count = xyxy.Length / 4;
        byte[] inside = new byte[count];
        VisionNative.Status status = VisionNative.OneMotion(xyxy, count, threshold, inside, out _);
        return status is VisionNative.Status.Ok or VisionNative.Status.Nothing
            ? [.. inside.Select(i => i != 0)]
            : throw new InvalidOperationException($"the motion cannot be sought: {VisionNative.LastError}");
    }
}
