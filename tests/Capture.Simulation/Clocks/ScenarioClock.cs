namespace Capture.Simulation.Clocks;

/// <summary>
/// The clock of a scenario: a <see cref="SimulatedClock"/> as the live rig has them, whose rate walks at random besides, and which suffers mishaps. A boot is one life of the counter;
/// its oscillator (phase) runs on through steps, its count jumps.
/// </summary>
internal sealed class ScenarioClock
{
    private const long GridNs = 100_000_000;
    private readonly SimulatedClock _base;
    private readonly double[] _walkNs;
    private readonly long _startNs;

    /// <param name="startNs">True time from which the walk begins.</param>
    public ScenarioClock(ClockParameters parameters, Xoshiro256 random, double walkPpm, long startNs, long durationNs)
    {
        _base = new SimulatedClock(parameters);
        _startNs = startNs;
        _walkNs = new double[(durationNs / GridNs) + 40];
        double rate = 0;
        for (int i = 1; i < _walkNs.Length; i++)
        {
            _walkNs[i] = _walkNs[i - 1] + (rate * GridNs);
            rate += random.Normal() * walkPpm * 1e-6 * Math.Sqrt(GridNs / 60e9);
        }
    }

    /// <summary>What the oscillator has counted at a true time, ns of its own: continuous, whatever the counter shows.</summary>
    public double PhaseAt(long trueNs)
    {
        double at = Math.Clamp((trueNs - _startNs) / (double)GridNs, 0, _walkNs.Length - 1.001);
        int i = (int)at;
        return _base.DeviceNsAt(trueNs) + _walkNs[i] + ((at - i) * (_walkNs[i + 1] - _walkNs[i]));
    }

    /// <summary>The true time at which the oscillator had counted <paramref name="phase"/>; to a nanosecond or two.</summary>
    public long TrueTimeOf(double phase, long near)
    {
        for (int i = 0; i < 4; i++)
        {
            near += (long)Math.Round(phase - PhaseAt(near));
        }

        return near;
    }
}
