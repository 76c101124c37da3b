using Calibration.Tables;

namespace Calibration.Latency;

/// <summary>Turning and moving speed of pose streams, and where two of them fit.</summary>
internal static class PoseActivity
{
    /// <summary>Peaks of the signal that tells the lag best: turning speed, which does not ask where on the body a tracker sits, or moving speed.</summary>
    public static (List<Peak> Peaks, string Signal) Peaks(PoseStream slow, PoseStream fast, Window[] windows, long mostNs)
    {
        List<Peak> turning = Of(slow, fast, windows, mostNs, Turning);
        List<Peak> moving = Of(slow, fast, windows, mostNs, Moving);
        return Best(turning) >= Best(moving) - 0.05 ? (turning, "found by turning speed") : (moving, "found by moving speed");
    }

    private static double Best(List<Peak> peaks) => peaks.Count == 0 ? -1 : peaks[0].Correlation;

    private static List<Peak> Of(PoseStream slow, PoseStream fast, Window[] windows, long mostNs, Func<PoseStream, int, int, double> speed)
    {
        (long, double)[] points = [.. windows.Select(w => (
            (slow.TimesNs[w.From] + slow.TimesNs[w.To]) / 2,
            speed(slow, w.From, w.To)))];
        int from = 0;
        int to = 0;
        double Fast(long at)
        {
            // The grid ascends: two fingers follow it.
            while (from + 1 < fast.Count && fast.TimesNs[from + 1] <= at - MotionWindows.HalfNs)
            {
                from++;
            }

            while (to + 1 < fast.Count && fast.TimesNs[to] < at + MotionWindows.HalfNs)
            {
                to++;
            }

            long span = fast.TimesNs[to] - fast.TimesNs[from];
            return to > from && span <= 3 * MotionWindows.HalfNs && fast.TimesNs[from] <= at && fast.TimesNs[to] >= at ? speed(fast, from, to) : double.NaN;
        }

        return ActivityCorrelation.Peaks(points, Fast, fast.TimesNs[0], fast.TimesNs[^1], mostNs);
    }

    private static double Turning(PoseStream s, int from, int to) =>
        (s.Poses[from].Rotation.Inverse() * s.Poses[to].Rotation).Angle / ((s.TimesNs[to] - s.TimesNs[from]) * 1e-9);

    private static double Moving(PoseStream s, int from, int to) =>
        (s.Poses[to].Translation - s.Poses[from].Translation).Length / ((s.TimesNs[to] - s.TimesNs[from]) * 1e-9);
}
