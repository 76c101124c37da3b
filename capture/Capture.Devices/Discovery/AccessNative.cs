using System.Runtime.InteropServices;

namespace Capture.Devices.Discovery;

/// <summary>access(2): asks for permission without opening. Opening a serial port raises DTR, and that restarts many boards.</summary>
internal static partial class AccessNative
{
    // unistd.h
    private const int ReadWrite = 4 | 2;

    // errno.h
    private const int PermissionDenied = 13;

    /// <summary>True unless the kernel says that this user may not read and write the node.</summary>
    public static bool MayReadWrite(string path) =>
        Access(path, ReadWrite) == 0 || Marshal.GetLastPInvokeError() != PermissionDenied;

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);
}
