using Capture.Core.Time;

namespace FirmwareBridge.Board;

/// <summary>
/// Raw counts of <see cref="Bits"/> bits to 64: each is taken as the count nearest to the newest one before it, so values may come slightly out of order.
/// Holds as long as neighbours are less than half a turn apart (32 bits at 1 MHz: 35 minutes).
/// </summary>
/// <param name="first">A raw count of this segment; it stays what it is.</param>
public struct TickUnwrapper(int bits, ulong first)
{
    private long _newest = unchecked((long)first);

    public readonly int Bits => bits;

    public DeviceTicks Unwrap(ulong raw)
    {
        int unused = 64 - bits;
        long step = unchecked((long)((raw - (ulong)_newest) << unused)) >> unused;
        long ticks = unchecked(_newest + step);
        if (step > 0)
        {
            _newest = ticks;
        }

        return new DeviceTicks(ticks);
    }
}
