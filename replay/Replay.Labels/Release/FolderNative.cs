using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Replay.Labels.Release;

/// <summary>What .NET has no call for: a second name that never replaces one, and a folder made durable.</summary>
internal static partial class FolderNative
{
    // errno of Linux.
    private const int Exists = 17;

    // O_RDONLY | O_DIRECTORY | O_CLOEXEC of Linux on x86-64 and arm64 differ in O_DIRECTORY; without it they are the same.
    private const int ReadOnlyCloseOnExec = 0x80000;

    /// <summary>Gives a file a second name (link(2)); false when the name is taken.</summary>
    public static bool TryLink(string from, string to)
    {
        if (Link(from, to) == 0)
        {
            return true;
        }

        int error = Marshal.GetLastPInvokeError();
        return error == Exists ? false : throw new IOException($"{to}: the name cannot be given ({Marshal.GetPInvokeErrorMessage(error)}).");
    }

    /// <summary>Makes the names in a folder durable (fsync(2)).</summary>
    public static void Sync(string folder)
    {
        using SafeFileHandle handle = Open(folder, ReadOnlyCloseOnExec);
        if (handle.IsInvalid || FSync(handle) != 0)
        {
            throw new IOException($"{folder}: the folder cannot be synced ({Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}).");
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Link(string from, string to);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle handle);
}
