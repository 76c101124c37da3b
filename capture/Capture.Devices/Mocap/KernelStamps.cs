using Capture.Core.Time;

namespace Capture.Devices.Mocap;

/// <summary>Turns the kernel's CLOCK_REALTIME stamps into host time, also across steps of that clock.</summary>
/// <remarks>
/// REALTIME − MONOTONIC changes by steps alone: what slews one slews the other (time(7), adjtimex(2)). So every stamp is followed by a bracketed reading of both, and a difference that its bracket excludes is a step. It
/// happened after the last reading of the old difference and before the first of the new one. A stamp is of the difference under which it lies within that one's time, and before its read returned. Where two
/// fit, which takes a read that returned later than the size of the step, the later instant is taken: an arrival that is said too late makes an exchange longer and its bound wider, and never wrong.
/// </remarks>
internal sealed class KernelStamps
{
    private const int Remembered = 4;
    private const long GoodBracketNs = 10_000;
    private const int MostReadings = 3;

    /// <summary>Less is rounding.</summary>
    private const long LeastStepNs = 1_000;
    private static readonly Duration OldestStamp = Duration.FromSeconds(10);

    private readonly HostClock _clock;

    // The newest first.
    private readonly Difference[] _differences = new Difference[Remembered];
    private int _known = 1;
    private HostTime _lastReading;

    public KernelStamps(HostClock clock)
    {
        _clock = clock;
        HostClockReading first = Narrowest();
        _lastReading = first.MonotonicBefore;
        _differences[0] = Difference.Of(first, since: new HostTime(long.MinValue));
    }

    /// <param name="realtimeNanoseconds">The kernel's stamp; 0 for none.</param>
    /// <param name="returned">When the read returned; the answer where the stamp is of no use.</param>
    public HostTime ToHost(long realtimeNanoseconds, HostTime returned)
    {
        if (realtimeNanoseconds == 0)
        {
            return returned;
        }

        Look();
        HostTime best = returned - OldestStamp;
        bool any = false;
        for (int i = 0; i < _known; i++)
        {
            ref readonly Difference difference = ref _differences[i];
            HostTime stamp = difference.ToHost(realtimeNanoseconds);
            if (stamp >= best && difference.Held(stamp) && stamp <= returned + difference.Uncertainty)
            {
                best = stamp;
                any = true;
            }
        }

        return any && best < returned ? best : returned;
    }

    private void Look()
    {
        HostClockReading reading = Narrowest();
        ref Difference newest = ref _differences[0];
        var read = Difference.Of(reading, since: _lastReading);
        if (read.LowNs > newest.HighNs + LeastStepNs || read.HighNs < newest.LowNs - LeastStepNs)
        {
            newest = newest with { Until = reading.MonotonicAfter };
            _known = Math.Min(_known + 1, Remembered);
            Array.Copy(_differences, 0, _differences, 1, _known - 1);
            _differences[0] = read;
        }
        else
        {
            newest = newest.With(read);
        }

        _lastReading = reading.MonotonicBefore;
    }

    private HostClockReading Narrowest()
    {
        HostClockReading best = _clock.ReadAll();
        for (int i = 1; i < MostReadings && Bracket(best) > GoodBracketNs; i++)
        {
            HostClockReading next = _clock.ReadAll();
            best = Bracket(next) < Bracket(best) ? next : best;
        }

        return best;
    }

    private static long Bracket(in HostClockReading reading) => (reading.MonotonicAfter - reading.MonotonicBefore).Nanoseconds;

    /// <summary>REALTIME − MONOTONIC between two steps, ns: from <c>LowNs</c> to <c>HighNs</c>, for all that is known. It held at most from <c>Since</c> to <c>Until</c>.</summary>
    private readonly record struct Difference(long LowNs, long HighNs, HostTime Since, HostTime Until)
    {
        public Duration Uncertainty => new((HighNs - LowNs + 1) / 2);

        public static Difference Of(in HostClockReading reading, HostTime since) => new(
            reading.RealtimeNanoseconds - reading.MonotonicAfter.Nanoseconds,
            reading.RealtimeNanoseconds - reading.MonotonicBefore.Nanoseconds,
            since,
            new HostTime(long.MaxValue));

        public HostTime ToHost(long realtimeNanoseconds) => new(realtimeNanoseconds - LowNs - ((HighNs - LowNs) / 2));

        public bool Held(HostTime stamp) => stamp.Nanoseconds + Uncertainty.Nanoseconds >= Since.Nanoseconds && stamp.Nanoseconds - Uncertainty.Nanoseconds <= Until.Nanoseconds;

        // What both allow; where rounding leaves nothing, the newer one.
        public Difference With(in Difference newer)
        {
            long low = Math.Max(LowNs, newer.LowNs);
            long high = Math.Min(HighNs, newer.HighNs);
            return low <= high ? this with { LowNs = low, HighNs = high } : this with { LowNs = newer.LowNs, HighNs = newer.HighNs };
        }
    }
}
