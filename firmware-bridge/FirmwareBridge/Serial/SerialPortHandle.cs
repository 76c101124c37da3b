using Microsoft.Win32.SafeHandles;

namespace FirmwareBridge.Serial;

/// <summary>An open terminal. Closing gives the exclusive claim back first: on a pseudo-terminal it would outlive us.</summary>
internal sealed class SerialPortHandle : SafeHandleMinusOneIsInvalid
{
    internal SerialPortHandle(int fd)
        : base(ownsHandle: true) => SetHandle(fd);

    protected override unsafe bool ReleaseHandle()
    {
        _ = SerialNative.IoctlRaw((int)handle, SerialNative.TIOCNXCL, null);
        return SerialNative.Close((int)handle) == 0;
    }
}
