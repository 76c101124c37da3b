using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Capture.Episodes.Disk;

/// <summary>Wakes one waiting thread from any other, through an eventfd: no lock, nothing allocated, never blocks the one who wakes.</summary>
internal sealed unsafe class WakeUp : IDisposable
{
    private readonly SafeFileHandle _event;

    public WakeUp()
    {
        _event = LibcNative.EventFd(0, LibcNative.EfdNonblockCloexec);
        if (_event.IsInvalid)
        {
            throw new IOException($"The kernel gives no eventfd ({Marshal.GetLastPInvokeErrorMessage()}). Raise the limit of open files (ulimit -n).");
        }
    }

    public void Signal()
    {
        ulong one = 1;

        // Fails only when the counter stands at its maximum: then the waiter is awake already.
        _ = LibcNative.Write(_event, &one, sizeof(ulong));
    }

    /// <summary>Waits for a signal or the time-out; takes all signals given so far.</summary>
    public void Wait(int timeoutMs)
    {
        var poll = new LibcNative.PollFd { File = (int)_event.DangerousGetHandle(), Events = LibcNative.PollIn };
        if (LibcNative.Poll(&poll, 1, timeoutMs) > 0)
        {
            ulong count;
            _ = LibcNative.Read(_event, &count, sizeof(ulong));
        }
    }

    public void Dispose() => _event.Dispose();
}
