using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Capture.Episodes.Disk;

/// <summary>
/// The advisory lock (flock(2)) that a recorder holds on <c>.recording</c> for its life, so that recovery keeps its hands off. The kernel drops it with
/// the process, however that ends.
/// </summary>
internal sealed class RecordingLock : IDisposable
{
    public const string Name = ".recording";

    private const int Attempts = 10;
    private const int AttemptPauseMs = 10;

    private readonly SafeFileHandle _handle;
    private readonly string _path;

    private RecordingLock(SafeFileHandle handle, string path)
    {
        _handle = handle;
        _path = path;
    }

    /// <summary>Takes the lock, or returns null when someone else holds it.</summary>
    public static RecordingLock? TryTake(string folder)
    {
        string path = Path.Combine(folder, Name);
        if (!File.Exists(path))
        {
            File.WriteAllBytes(path, []);
        }

        // Not through File.OpenHandle: .NET takes flocks of its own and would be in the way of this one.
        SafeFileHandle handle = LibcNative.Open(path, LibcNative.OpenReadCloexec);
        if (handle.IsInvalid)
        {
            string reason = Marshal.GetLastPInvokeErrorMessage();
            handle.Dispose();
            throw new IOException($"{path}: it cannot be opened ({reason}).");
        }

        // Whoever asks IsHeld has the lock for a moment: a recorder that starts just then must not be turned away.
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (LibcNative.FLock(handle, LibcNative.LockExclusive | LibcNative.LockNonblocking) == 0)
            {
                return new RecordingLock(handle, path);
            }

            Thread.Sleep(AttemptPauseMs);
        }

        handle.Dispose();
        return null;
    }

    /// <summary>Whether a live process holds the folder. Leaves nothing behind.</summary>
    public static bool IsHeld(string folder)
    {
        string path = Path.Combine(folder, Name);
        if (!File.Exists(path))
        {
            return false;
        }

        using SafeFileHandle handle = LibcNative.Open(path, LibcNative.OpenReadCloexec);
        return !handle.IsInvalid
            && LibcNative.FLock(handle, LibcNative.LockShared | LibcNative.LockNonblocking) != 0
            && Marshal.GetLastPInvokeError() == LibcNative.Eagain;
    }

    /// <summary>Removes the file and gives the lock back.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(_path);
        }
        catch (IOException)
        {
            // It is only a name; the lock itself goes with the handle.
        }

        _handle.Dispose();
    }
}
