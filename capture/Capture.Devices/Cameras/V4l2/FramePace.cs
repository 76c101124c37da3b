using Capture.Core.Time;

namespace Capture.Devices.Cameras.V4l2;

/// <summary>
/// Tells a pause from a pace: a camera that leaves frames out by itself does not count them, but its stamps show a hole. A camera that became slower (in the dark, by its own
/// exposure) is believed after a few frames.
/// </summary>
internal sealed class FramePace(double rateHz)
{
    private const double HoleFrom = 1.75;
    private const int BelieveAfter = 3;

    private double usual = 1e9 / rateHz;
    private HostTime? last;
    private int slow;

    /// <summary>Takes the stamp of the next frame; true where it comes after a hole.</summary>
    public bool IsHoleBefore(HostTime stamp)
    {
        double interval = last is { } l ? (stamp - l).Nanoseconds : usual;
        last = stamp;
        if (interval <= HoleFrom * usual)
        {
            slow = 0;
            usual += (interval - usual) / 16;
            return false;
        }

        if (++slow >= BelieveAfter)
        {
            usual = interval;
            slow = 0;
            return false;
        }

        return true;
    }

    /// <summary>The next frame is no neighbour of the last one.</summary>
    public void Break() => last = null;
}
