using System.Runtime.InteropServices;

namespace Capture.Media.Processes;

/// <summary>poll(2), read(2), write(2), fcntl(2) and eventfd(2): pipes that are waited for together, with a limit, and never block. Values: Linux.</summary>
internal static unsafe partial class PipeNative
{
    public const short PollIn = 1;
    public const short PollOut = 4;

    private const int GetFlags = 3;
    private const int SetFlags = 4;
    private const int NonBlocking = 0x800;
    private const int SetPipeSize = 1031;
    private const int EIntr = 4;
    private const int EAgain = 11;
    private const int CloseOnExec = 0x80000;

    /// <summary>Reads what is there: bytes, 0 where nothing is, −1 at the end (or where the pipe is broken).</summary>
    public static int Read(nint fd, Span<byte> target)
    {
        fixed (byte* data = target)
        {
            nint got = ReadCall((int)fd, data, (nuint)target.Length);
            return got > 0 ? (int)got : got < 0 && Marshal.GetLastPInvokeError() is EAgain or EIntr ? 0 : -1;
        }
    }

    /// <summary>Writes what there is room for: bytes, 0 where there is none, −1 where nobody reads any more.</summary>
    public static int Write(nint fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* data = bytes)
        {
            nint put = WriteCall((int)fd, data, (nuint)bytes.Length);
            return put >= 0 ? (int)put : Marshal.GetLastPInvokeError() is EAgain or EIntr ? 0 : -1;
        }
    }

    /// <summary>Waits until one of them can be had, or for so long. Negative descriptors are left out.</summary>
    public static void Wait(Span<PollEntry> entries, int timeoutMs)
    {
        fixed (PollEntry* first = entries)
        {
            // An interrupted wait is a short one.
            _ = Poll(first, (nuint)entries.Length, timeoutMs);
        }
    }

    /// <summary>From now on calls on this end return at once. The other end is not touched.</summary>
    public static void NeverBlock(nint fd) => _ = Control((int)fd, SetFlags, Control((int)fd, GetFlags, 0) | NonBlocking);

    /// <summary>Asks for a larger pipe: fewer switches between two processes for one picture. It stays as it is where the host forbids it.</summary>
    public static void Enlarge(nint fd, int bytes) => _ = Control((int)fd, SetPipeSize, bytes);

    /// <summary>A counter that a poll can wait for; negative where the process has no descriptor left.</summary>
    public static int NewEvent() => Event(0, NonBlocking | CloseOnExec);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadCall(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteCall(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollEntry* entries, nuint count, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int fd, int command, int argument);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int Event(uint initial, int flags);
}

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public int Descriptor;
    public short Events;
    public short Returned;
}
