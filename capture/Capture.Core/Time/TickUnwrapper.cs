namespace Capture.Core.Time;

/// <summary>What became of one reading of a wrapping counter.</summary>
public enum UnwrapStatus
{
    /// <summary>The first reading since the start or the last reset.</summary>
    First,

    /// <summary>Later than, or equal to, all before it.</summary>
    Forward,

    /// <summary>Slightly older than the newest: overtaken on the way.</summary>
    Reordered,

    /// <summary>
    /// So much host time passed that the counter may have wrapped unseen: the value is a guess that should not be used.
    /// Begin a new segment, or give the reading a rate to count wraps by.
    /// </summary>
    Ambiguous,

    /// <summary>More bits than the counter has.</summary>
    OutOfRange,
}

/// <summary>
/// Turns a wrapping counter of 1 to 64 bits into a 64-bit one. One thread; allocates nothing.
/// </summary>
/// <remarks>
/// Serial-number arithmetic (RFC 1982): the difference to the newest reading is taken as the nearest one. It is right while less than half a turn passed in
/// either direction. Host time since the newest reading, widened by the drift and the delivery's jitter, says whether that is so. With a nominal rate, longer pauses are counted in
/// whole turns as long as the widened interval leaves one answer.
/// </remarks>
public sealed class TickUnwrapper
{
    private readonly int _widthBits;
    private readonly double _ticksPerNanosecond;
    private readonly long _jitterNanoseconds;
    private readonly double _reorderTicks;
    private DeviceTicks _newest;
    private HostTime _newestAt;
    private bool _any;

    /// <param name="widthBits">1–64: 11 for a USB frame number, 15 for Dynamixel's 32,768 ms, 64 for none.</param>
    /// <param name="tickRateHz">Nominal; 0 when unknown: then only the nearest difference is taken and nothing is reported as ambiguous.</param>
    /// <param name="jitter">How much later one reading may be delivered than another; also how far back a reordered one may lie.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public TickUnwrapper(int widthBits, double tickRateHz = 0, Duration? jitter = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(widthBits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(widthBits, 64);
        if (!(tickRateHz >= 0 && double.IsFinite(tickRateHz)))
        {
            throw new ArgumentOutOfRangeException(nameof(tickRateHz), tickRateHz, "A tick rate must be 0 (unknown) or a positive number of hertz.");
        }

        Duration allowed = jitter ?? Duration.FromMilliseconds(100);
        if (allowed < Duration.Zero)
        {
            throw new ArgumentOutOfRangeException(nameof(jitter), jitter, "The jitter must not be negative.");
        }

        _widthBits = widthBits;
        _ticksPerNanosecond = tickRateHz / 1e9;
        _jitterNanoseconds = allowed.Nanoseconds;
        _reorderTicks = tickRateHz > 0 ? (_jitterNanoseconds * _ticksPerNanosecond * 1.001) + 1 : double.PositiveInfinity;
    }

    /// <summary>The newest unwrapped count.</summary>
    public DeviceTicks Newest => _newest;

    /// <summary>The device began anew: the next reading is the first.</summary>
    public void Reset() => _any = false;

    /// <summary>Unwraps one reading.</summary>
    /// <param name="raw">The counter as read, below 2^width.</param>
    /// <param name="host">When it reached the host.</param>
    /// <param name="ticks">The 64-bit count; for the first reading, <paramref name="raw"/> itself. Not to be used unless First, Forward or Reordered.</param>
    public UnwrapStatus Unwrap(ulong raw, HostTime host, out DeviceTicks ticks)
    {
        ticks = default;
        if (_widthBits < 64 && raw >> _widthBits != 0)
        {
            return UnwrapStatus.OutOfRange;
        }

        if (!_any)
        {
            _any = true;
            _newest = ticks = new DeviceTicks((long)raw);
            _newestAt = host;
            return UnwrapStatus.First;
        }

        // Sign extension of the difference modulo 2^width: the nearest one.
        int unused = 64 - _widthBits;
        long step = (long)((raw - (ulong)_newest.Value) << unused) >> unused;
        if (_ticksPerNanosecond > 0 && _widthBits < 62)
        {
            double turn = Math.ScaleB(1, _widthBits);
            double elapsed = (host - _newestAt).Nanoseconds;
            double expected = elapsed * _ticksPerNanosecond;
            double tolerance = ((_jitterNanoseconds + (Math.Abs(elapsed) * 0.001)) * _ticksPerNanosecond) + 1;
            double turns = Math.Round((expected - step) / turn);
            double distance = Math.Abs(step + (turns * turn) - expected);

            // Two answers fit, or none does: time and counter do not belong together.
            if (distance > tolerance || turn - distance <= tolerance)
            {
                ticks = _newest + step;
                return UnwrapStatus.Ambiguous;
            }

            step += (long)(turns * turn);
        }

        ticks = _newest + step;
        if (step < 0)
        {
            return -step <= _reorderTicks ? UnwrapStatus.Reordered : UnwrapStatus.Ambiguous;
        }

        _newest = ticks;
        _newestAt = host;
        return UnwrapStatus.Forward;
    }
}
