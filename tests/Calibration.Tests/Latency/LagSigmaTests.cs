using Calibration.Latency;

namespace Calibration.Tests.Latency;

/// <summary>
/// Are σ of lag and rate right? 200 recordings. What this does not prove: that σ holds a tracker's own filter, which delays every motion alike and looks like a lag.
/// </summary>
internal sealed class LagSigmaTests
{
    [Test]
    public void Sigma_of_lag_and_rate_is_right()
    {
        const int Seeds = 200;
        double[] pooled = new double[2];
        int[] inside = new int[2];
        for (int seed = 0; seed < Seeds; seed++)
        {
            var motion = new SimulatedMotion(1_000 + seed) { RotationNoiseRad = 0.004, PositionNoiseM = 0.002 };
            LagEstimate found = PoseLagSolver.Solve(motion.Seen("a", 58.9, 45), motion.Seen("b", 11.7, 45, lagS: 0.037, ratePpm: 100, otherPlace: true), new LagOptions(MostLagNs: 1_000_000_000));
            double[] deviations = [(found.LagNs - 37e6) / found.SigmaNs, (found.RatePpm!.Value - 100) / found.RateSigmaPpm!.Value];
            for (int i = 0; i < 2; i++)
            {
                pooled[i] += deviations[i] * deviations[i];
                inside[i] += Math.Abs(deviations[i]) <= 1 ? 1 : 0;
            }
        }

        double reach = 3.29 * Math.Sqrt(2.0 * Seeds);
        TestContext.Out.WriteLine($"chi-square {pooled[0]:0} and {pooled[1]:0} of {Seeds} ± {reach:0}; inside 1 sigma {100.0 * inside[0] / Seeds:0} and {100.0 * inside[1] / Seeds:0} %");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(pooled, Is.All.EqualTo(Seeds).Within(reach));
            Assert.That(inside.Select(i => (double)i / Seeds), Is.All.InRange(0.55, 0.80));
        }
    }
}
