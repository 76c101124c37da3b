using Capture.Core.Geometry;

namespace Calibration.Rigs;

/// <summary>A first guess of how late one camera stamps behind another, from the board's motion that both saw.</summary>
/// <remarks>The speed of turning does not depend on who looks: the curves of both cameras have one shape, shifted by the lag. The answer is refined in the adjustment, on pixels.</remarks>
internal static class LagSearch
{
    private const double ReachSeconds = 2;

    private const double StepSeconds = 0.002;

    /// <summary>Correlation below which no lag is believed.</summary>
    private const double LeastCorrelation = 0.8;

    /// <param name="a">Stamp (s) and T_camera_board, in order of time.</param>
    /// <returns>Seconds, positive when b is late; null when the motion tells nothing.</returns>
    public static double? Find(IReadOnlyList<(double Time, Pose Pose)> a, IReadOnlyList<(double Time, Pose Pose)> b)
    {
        (double Time, double Speed)[] fast = Speeds(a), slow = Speeds(b);
        if (fast.Length < 20 || slow.Length < 20)
        {
            return null;
        }

        (double Correlation, double Lag) best = (-1, 0);
        for (double lag = -ReachSeconds; lag <= ReachSeconds; lag += StepSeconds)
        {
            double? c = Correlation(fast, slow, lag);
            best = c > best.Correlation ? (c.Value, lag) : best;
        }

        return best.Correlation >= LeastCorrelation ? best.Lag : null;
    }

    private static (double Time, double Speed)[] Speeds(IReadOnlyList<(double Time, Pose Pose)> track)
    {
        var speeds = new List<(double, double)>();
        for (int i = 1; i + 1 < track.Count; i++)
        {
            double step = track[i + 1].Time - track[i - 1].Time;
            if (step is > 0 and < 0.5)
            {
                speeds.Add(((track[i + 1].Time + track[i - 1].Time) / 2, (track[i + 1].Pose.Rotation * track[i - 1].Pose.Rotation.Inverse()).Angle / step));
            }
        }

        return [.. speeds];
    }

    private static double? Correlation((double Time, double Speed)[] a, (double Time, double Speed)[] b, double lag)
    {
        double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
        int n = 0, j = 0;
        foreach ((double time, double speed) in b)
        {
            double t = time - lag;
            while (j + 1 < a.Length && a[j + 1].Time < t)
            {
                j++;
            }

            if (j + 1 >= a.Length || a[j].Time > t || a[j + 1].Time - a[j].Time > 0.5)
            {
                continue;
            }

            double x = a[j].Speed + ((a[j + 1].Speed - a[j].Speed) * (t - a[j].Time) / (a[j + 1].Time - a[j].Time));
            (sa, sb, saa, sbb, sab, n) = (sa + x, sb + speed, saa + (x * x), sbb + (speed * speed), sab + (x * speed), n + 1);
        }

        double va = saa - (sa * sa / Math.Max(1, n)), vb = sbb - (sb * sb / Math.Max(1, n));
        return n < Math.Max(20, b.Length / 2) || va <= 0 || vb <= 0 ? null : (sab - (sa * sb / n)) / Math.Sqrt(va * vb);
    }
}
