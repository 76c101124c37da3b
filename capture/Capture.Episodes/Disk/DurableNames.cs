using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Capture.Episodes.Disk;

/// <summary>Names in folders, for which .NET has no call: making them durable, and a second name that never replaces one.</summary>
public static class DurableNames
{
    /// <summary>Makes the names in a folder durable (fsync(2)).</summary>
    /// <exception cref="IOException">It cannot be synced.</exception>
    public static void Sync(string folder)
    {
        using SafeFileHandle handle = LibcNative.Open(folder, LibcNative.OpenReadCloexec);
        if (handle.IsInvalid || LibcNative.FSync(handle) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            throw new IOException($"{folder}: the folder could not be synced ({Marshal.GetPInvokeErrorMessage(errno)}).", errno);
        }
    }

    /// <summary>Gives a file a second name (link(2)); false when the name is taken.</summary>
    /// <exception cref="IOException">The name cannot be given.</exception>
    public static bool TryLink(string from, string to)
    {
        if (LibcNative.Link(from, to) == 0)
        {
            return true;
        }

        int errno = Marshal.GetLastPInvokeError();
        return errno == LibcNative.Eexist ? false : throw new IOException($"{to}: the name cannot be given ({Marshal.GetPInvokeErrorMessage(errno)}).", errno);
    }
}
