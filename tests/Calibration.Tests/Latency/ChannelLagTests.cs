using Calibration.HandEye;
using Calibration.Latency;
using Calibration.Tables;

namespace Calibration.Tests.Latency;

/// <summary>Commands against motion. What this does not prove: that a joint under load follows with one delay at all speeds; the gain and what is left over tell when it does not.</summary>
internal sealed class ChannelLagTests
{
    [Test]
    public void Motion_behind_its_command_is_found([Values(45, -45, 1500)] int lagMs, [Values(30, 100)] int stateHz)
    {
        ChannelStream command = Joints("command", 100, 25, 0, 3, 1);
        ChannelStream state = Joints("state", stateHz, 25, lagMs / 1000.0, 4, 0.97);
        LagEstimate found = ChannelLagSolver.Solve(command, state);
        TestContext.Out.WriteLine($"{found.LagNs / 1e6:0.00} ± {found.SigmaNs / 1e6:0.00} ms");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.LagNs / 1e6, Is.EqualTo(lagMs).Within(Math.Max(0.3, 5 * found.SigmaNs / 1e6)));
            Assert.That(found.SigmaNs, Is.LessThan(1e6));
            Assert.That(found.Judgement, Is.EqualTo(Judgement.Good), string.Join("; ", found.Reasons));
        }
    }

    [Test]
    public void Streams_without_a_channel_in_common_are_refused()
    {
        ChannelStream a = Joints("a", 100, 10, 0, 1, 1);
        ChannelStream b = Joints("b", 100, 10, 0, 1, 1);
        Assert.That(() => ChannelLagSolver.Solve(a, b with { Channels = ["other", "things"], Values = [.. b.Values.Select(v => v[..2])] }), Throws.TypeOf<NoLagException>().With.Message.Contains("none in common"));
    }

    [Test]
    public void Joints_at_rest_are_refused()
    {
        ChannelStream a = Joints("a", 100, 10, 0, 1, 1);
        Assert.That(() => ChannelLagSolver.Solve(a, a with { Values = [.. a.Values.Select(v => v.Select(_ => 1.0).ToArray())] }), Throws.TypeOf<NoLagException>());
    }

    private static ChannelStream Joints(string name, double hz, double seconds, double lagS, int seed, double gain)
    {
        var random = new Random(seed);
        double Noise() => (random.NextDouble() - 0.5) * 0.004;
        int n = (int)(hz * seconds);
        return new ChannelStream(
            name, ["shoulder", "elbow", "wrist"],
            [.. Enumerable.Range(0, n).Select(i => (long)(1e9 * (100 + (i / hz) + lagS)))],
            [.. Enumerable.Range(0, n).Select(i => i / hz).Select(t => new[]
            {
                (gain * ((0.5 * Math.Sin(1.3 * t)) + (0.2 * Math.Sin(5.1 * t)))) + Noise(),
                (gain * ((0.3 * Math.Sin((2.2 * t) + 1)) + (0.3 * Math.Sin((0.37 * t * t) + 2)))) + Noise(),
                0.7 + Noise(),
            })],
            []);
    }
}
