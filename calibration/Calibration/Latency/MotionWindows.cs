namespace Calibration.Latency;

/// <summary>Two samples of the slower stream, as they are: what happened between them is compared with the faster stream.</summary>
internal readonly record struct Window(int From, int To);

/// <summary>Cuts the slower stream into windows of about 0.3 s, centred on its samples.</summary>
internal static class MotionWindows
{
    /// <summary>Half a window. Over less, a step of a tracked pose is mostly noise; over more, quick motion is averaged away.</summary>
    public const long HalfNs = 150_000_000;

    private const int AtMost = 4_000;

    public static Window[] Of(long[] times)
    {
        var windows = new List<Window>();
        int from = 0;
        int to = 0;
        for (int k = 0; k < times.Length; k++)
        {
            while (from < k && times[from] < times[k] - HalfNs)
            {
                from++;
            }

            while (to + 1 < times.Length && times[to + 1] <= times[k] + HalfNs)
            {
                to++;
            }

            // With slow streams the window is the step itself.
            int first = from == k && k > 0 ? k - 1 : from;
            int last = Math.Max(to, Math.Min(k + 1, times.Length - 1));
            long span = times[last] - times[first];
            if (last > first && span <= 4 * HalfNs && span >= HalfNs / 3 && !(windows.Count > 0 && windows[^1] == new Window(first, last)))
            {
                windows.Add(new Window(first, last));
            }
        }

        int step = Math.Max(1, (windows.Count + AtMost - 1) / AtMost);
        return [.. windows.Where((_, i) => i % step == 0)];
    }
}
