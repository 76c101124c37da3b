using System.Globalization;
using Calibration.Latency;
using Calibration.Tables;

namespace Calibration.HandEye;

/// <summary>Chooses pairs out of two streams whose lag is known.</summary>
internal static class StreamPairs
{
    private const double WorthATurn = 0.35;
    private const double LeastTurnRad = 2 * Math.PI / 180;
    private const double LeastWayM = 0.005;

    /// <summary>The robot's poses at the target's stamps; of all of them those that differ from the ones before, evenly over the recording.</summary>
    public static PosePair[] Choose(PoseStream robot, PoseStream target, LagEstimate lag, int most)
    {
        long epoch = target.TimesNs[0];
        long shift = epoch - lag.LagNs - robot.TimesNs[0];
        var sampler = new PoseSampler(robot with { TimesNs = [.. robot.TimesNs.Select(t => t - robot.TimesNs[0])] });
        double rate = 1 - ((lag.RatePpm ?? 0) * 1e-6);
        long middle = (target.TimesNs[0] / 2) + (target.TimesNs[^1] / 2) - epoch;
        var pairs = new List<PosePair>();
        for (int i = 0; i < target.Count; i++)
        {
            double since = target.TimesNs[i] - epoch - middle;
            if (sampler.TrySample((since * rate) + middle + shift, out MovingPose r))
            {
                pairs.Add(new PosePair(r.Pose, target.Poses[i], string.Create(CultureInfo.InvariantCulture, $"t = {target.TimesNs[i] / 1e9:0.000} s")));
            }
        }

        var apart = new List<PosePair>();
        foreach (PosePair pair in pairs)
        {
            if (apart.Count == 0
                || (apart[^1].Robot.Rotation.Inverse() * pair.Robot.Rotation).Angle + (WorthATurn * (apart[^1].Robot.Translation - pair.Robot.Translation).Length) > LeastTurnRad
                || (apart[^1].Robot.Translation - pair.Robot.Translation).Length > LeastWayM * 4)
            {
                apart.Add(pair);
            }
        }

        return [.. Enumerable.Range(0, Math.Min(most, apart.Count)).Select(i => apart[(int)((long)i * apart.Count / Math.Min(most, apart.Count))])];
    }
}
