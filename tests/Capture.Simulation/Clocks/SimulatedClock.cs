namespace Capture.Simulation.Clocks;

/// <summary>The numbers of one device clock. True time is nanoseconds of the host's CLOCK_MONOTONIC, or of any axis in simulated time.</summary>
/// <param name="Name">Names the clock in the truth.</param>
/// <param name="EpochNs">True time at which the clock shows <paramref name="OffsetNs"/>.</param>
/// <param name="OffsetNs">What the clock shows at the epoch, ns of its own.</param>
/// <param name="Ppm">Constant rate error, parts per million; positive runs fast.</param>
/// <param name="WanderNs">Amplitude of the slow wander, ns.</param>
/// <param name="WanderPeriodNs">Period of the wander, ns; ignored when the amplitude is 0.</param>
/// <param name="WanderPhase">Phase of the wander at the epoch, rad.</param>
/// <param name="TickHz">Ticks per second of the device.</param>
/// <param name="WidthBits">Bits of the counter that the device shows, 1 … 64.</param>
public sealed record ClockParameters(
    string Name, long EpochNs, long OffsetNs, double Ppm, double WanderNs, long WanderPeriodNs, double WanderPhase, long TickHz, int WidthBits = 64)
{
    /// <summary>A clock drawn from a seed: rate within ±<paramref name="maxPpm"/>, wander of a crystal in a room (period 60–180 s).</summary>
    public static ClockParameters Draw(
        ulong seed, string name, long epochNs, long tickHz, double maxPpm = 50, double maxWanderNs = 60_000, double maxOffsetSeconds = 5_000, int widthBits = 64)
    {
        Xoshiro256 random = Xoshiro256.For(seed, "clock/" + name);
        return new ClockParameters(
            name, epochNs,
            OffsetNs: (long)(random.Between(1, Math.Max(1.001, maxOffsetSeconds)) * 1e9),
            Ppm: random.Between(-maxPpm, maxPpm),
            WanderNs: random.Between(0.2, 1) * maxWanderNs,
            WanderPeriodNs: (long)(random.Between(60, 180) * 1e9),
            WanderPhase: random.Between(0, 2 * Math.PI),
            tickHz, widthBits);
    }
}

/// <summary>
/// A device clock as an exact function of true time t. With s = t − epoch (ns):
/// <code>
/// deviceNs(t) = offset + s + floor( s · ppm · 1e-6 + A · (sin(2π · (s mod P) / P + φ) − sin φ) )
/// ticks(t)    = floor( deviceNs(t) · tickHz / 1e9 )            (integers; counted from 0 without wrapping)
/// raw(t)      = ticks(t) mod 2^width
/// </code>
/// deviceNs never runs backwards as long as |ppm| · 1e-6 + 2πA/P is below 1, which the constructor demands.
/// </summary>
public sealed class SimulatedClock
{
    private const long Billion = 1_000_000_000;
    private readonly double _sinPhase;

    public SimulatedClock(ClockParameters parameters)
    {
        Parameters = parameters;
        if (parameters.TickHz is <= 0 or > 100 * Billion)
        {
            throw new ArgumentOutOfRangeException(nameof(parameters), parameters.TickHz, "The tick rate is 1 Hz … 100 GHz.");
        }

        if (parameters.WidthBits is < 1 or > 64)
        {
            throw new ArgumentOutOfRangeException(nameof(parameters), parameters.WidthBits, "The width is 1 … 64 bits.");
        }

        double slope = Math.Abs(parameters.Ppm) * 1e-6;
        if (parameters.WanderNs != 0)
        {
            slope += 2 * Math.PI * Math.Abs(parameters.WanderNs) / parameters.WanderPeriodNs;
        }

        if (!(slope < 0.5))
        {
            throw new ArgumentOutOfRangeException(nameof(parameters), slope, "Rate error and wander together stay below 0.5: a clock does not run backwards.");
        }

        _sinPhase = Math.Sin(parameters.WanderPhase);
    }

    public ClockParameters Parameters { get; }

    public long TickHz => Parameters.TickHz;

    /// <summary>What the clock shows at true time <paramref name="trueTimeNs"/>, ns of its own.</summary>
    public long DeviceNsAt(long trueTimeNs)
    {
        long s = trueTimeNs - Parameters.EpochNs;
        double g = s * Parameters.Ppm * 1e-6;
        if (Parameters.WanderNs != 0)
        {
            double turn = (s % Parameters.WanderPeriodNs) / (double)Parameters.WanderPeriodNs;
            g += Parameters.WanderNs * (Math.Sin((2 * Math.PI * turn) + Parameters.WanderPhase) - _sinPhase);
        }

        return Parameters.OffsetNs + s + (long)Math.Floor(g);
    }

    /// <summary>Ticks at a true time, counted without wrapping.</summary>
    public long TicksAt(long trueTimeNs)
    {
        Int128 product = (Int128)DeviceNsAt(trueTimeNs) * TickHz;
        Int128 ticks = product / Billion;
        return (long)(product < 0 && ticks * Billion != product ? ticks - 1 : ticks);
    }

    /// <summary>Ticks as the device shows them: the low <see cref="ClockParameters.WidthBits"/> bits.</summary>
    public ulong RawTicksAt(long trueTimeNs) => Wrap(TicksAt(trueTimeNs));

    /// <summary>The low bits of a tick count that does not wrap.</summary>
    public ulong Wrap(long ticks) => Parameters.WidthBits == 64 ? (ulong)ticks : (ulong)ticks & ((1UL << Parameters.WidthBits) - 1);

    /// <summary>The first true time at which the clock has reached <paramref name="ticks"/> (not wrapped).</summary>
    public long TrueTimeAt(long ticks)
    {
        double deviceNs = ticks * (1e9 / TickHz);
        double guess = Parameters.EpochNs + ((deviceNs - Parameters.OffsetNs) / (1 + (Parameters.Ppm * 1e-6)));
        // The wander moves the answer by at most 4 amplitudes; a double of this size is good to about a microsecond after 100 days.
        long reach = (long)(4 * Math.Abs(Parameters.WanderNs)) + 16_384 + (2 * Billion / TickHz);
        long low = (long)guess - reach;
        long high = (long)guess + reach;
        while (TicksAt(low) >= ticks)
        {
            low -= reach;
        }

        while (TicksAt(high) < ticks)
        {
            high += reach;
        }

        while (high - low > 1)
        {
            long middle = low + ((high - low) / 2);
            if (TicksAt(middle) >= ticks)
            {
                high = middle;
            }
            else
            {
                low = middle;
            }
        }

        return high;
    }

    /// <summary>The same crystal after a reset at <paramref name="trueTimeNs"/>: it counts from 0 again, with the rate and wander of before.</summary>
    public SimulatedClock RestartedAt(long trueTimeNs)
    {
        long s = trueTimeNs - Parameters.EpochNs;
        double turn = Parameters.WanderNs == 0 ? 0 : (s % Parameters.WanderPeriodNs) / (double)Parameters.WanderPeriodNs;
        return new SimulatedClock(Parameters with { EpochNs = trueTimeNs, OffsetNs = 0, WanderPhase = Parameters.WanderPhase + (2 * Math.PI * turn) });
    }
}
