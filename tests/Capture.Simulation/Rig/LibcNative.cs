using System.Runtime.InteropServices;

namespace Capture.Simulation.Rig;

/// <summary>The few calls of the C library that .NET does not offer: pseudo-terminals, FIFOs, absolute sleeps. Each returns −1 on error with errno set, unless said otherwise.</summary>
internal static partial class LibcNative
{
    public const int ClockMonotonic = 1;
    public const int TimerAbsolute = 1;
    public const int Eintr = 4;
    public const int Enxio = 6;
    public const int Eagain = 11;
    public const int Eexist = 17;
    public const int Eio = 5;
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int NoControllingTty = 0x100;
    public const int NonBlock = 0x800;
    public const int CloseOnExec = 0x80000;
    public const short PollIn = 1;
    public const int TcsaNow = 0;
    public const int SigTerm = 15;

    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct PollFd
    {
        public int Fd;
        public short Events;
        public short Returned;
    }

    /// <summary>Returns the error number itself, 0 when the time has come.</summary>
    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    public static partial int ClockNanosleep(int clock, int flags, in TimeSpec request, nint remain);

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    public static partial int OpenPseudoTerminal(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    public static partial int GrantPt(int fd);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    public static partial int UnlockPt(int fd);

    /// <summary>Returns 0 or the error number.</summary>
    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    public static unsafe partial int PtsName(int fd, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeFifo(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static unsafe partial nint ReadRaw(int fd, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint WriteRaw(int fd, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static unsafe partial int PollRaw(PollFd* fds, nuint count, int timeoutMs);

    /// <summary>termios is 60 bytes on x86-64 glibc; the buffer given is 128.</summary>
    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    public static unsafe partial int GetAttributes(int fd, byte* termios);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    public static unsafe partial int SetAttributes(int fd, int actions, byte* termios);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    public static unsafe partial void MakeRaw(byte* termios);

    public static unsafe int Read(int fd, Span<byte> into)
    {
        fixed (byte* p = into)
        {
            return (int)ReadRaw(fd, p, (nuint)into.Length);
        }
    }

    public static unsafe int Write(int fd, ReadOnlySpan<byte> from)
    {
        fixed (byte* p = from)
        {
            return (int)WriteRaw(fd, p, (nuint)from.Length);
        }
    }

    /// <summary>True when there is something to read (or the other end is gone) within the time.</summary>
    public static unsafe bool WaitReadable(int fd, int timeoutMs)
    {
        var one = new PollFd { Fd = fd, Events = PollIn };
        return PollRaw(&one, 1, timeoutMs) > 0;
    }
}
