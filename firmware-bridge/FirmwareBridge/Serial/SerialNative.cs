using System.Runtime.InteropServices;

namespace FirmwareBridge.Serial;

/// <summary>
/// The C library's calls on a terminal. Numbers are those of Linux on x86-64 and arm64 (asm-generic/ioctls.h, termbits.h).
/// All return −1 and set errno on failure, unless said otherwise.
/// </summary>
internal static unsafe partial class SerialNative
{
    internal const int O_RDWR = 0x2;
    internal const int O_NOCTTY = 0x100;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;

    internal const short POLLIN = 0x1;
    internal const short POLLOUT = 0x4;
    internal const short POLLERR = 0x8;
    internal const short POLLHUP = 0x10;
    internal const short POLLNVAL = 0x20;

    internal const int LOCK_EX = 2;
    internal const int LOCK_NB = 4;

    internal const nuint TCFLSH = 0x540B;
    internal const nuint TIOCEXCL = 0x540C;
    internal const nuint TIOCNXCL = 0x540D;
    internal const nuint TIOCGSERIAL = 0x541E;
    internal const nuint TIOCSSERIAL = 0x541F;
    internal const nuint TCGETS2 = 0x802C542A;
    internal const nuint TCSETS2 = 0x402C542B;
    internal const nint TCIOFLUSH = 2;

    internal const uint CS8 = 0x30;
    internal const uint CREAD = 0x80;
    internal const uint CLOCAL = 0x800;
    internal const uint BOTHER = 0x1000;
    internal const int InputBaudShift = 16;
    internal const int VTIME = 5;
    internal const int VMIN = 6;

    internal const uint ASYNC_LOW_LATENCY = 1u << 13;

    internal const int EPERM = 1;
    internal const int ENOENT = 2;
    internal const int EINTR = 4;
    internal const int EIO = 5;
    internal const int ENXIO = 6;
    internal const int EAGAIN = 11;
    internal const int EACCES = 13;
    internal const int EBUSY = 16;
    internal const int ENODEV = 19;
    internal const int ENOTTY = 25;

    /// <summary>struct termios2 of the kernel: 44 bytes. Unlike termios it carries the baud rate as a number.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Termios2
    {
        internal uint InputFlags;
        internal uint OutputFlags;
        internal uint ControlFlags;
        internal uint LocalFlags;
        internal byte LineDiscipline;
        internal fixed byte ControlCharacters[19];
        internal uint InputSpeed;
        internal uint OutputSpeed;
    }

    /// <summary>The start of struct serial_struct (72 bytes on 64-bit machines); what follows is passed back as it came.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    internal struct SerialStruct
    {
        internal int Type;
        internal int Line;
        internal uint Port;
        internal int Irq;
        internal uint Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollFd
    {
        internal int Fd;
        internal short Events;
        internal short Returned;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    internal static partial int Lock(SerialPortHandle fd, int operation);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Ioctl(SerialPortHandle fd, nuint request, void* argument);

    /// <summary>For the handle's own release, when it no longer counts as open.</summary>
    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int IoctlRaw(int fd, nuint request, void* argument);

    /// <returns>Bytes read; 0 at the end of the line.</returns>
    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(SerialPortHandle fd, byte* to, nuint length);

    /// <returns>Bytes taken, possibly fewer than given.</returns>
    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(SerialPortHandle fd, byte* from, nuint length);

    /// <returns>Descriptors with events; 0 after the timeout.</returns>
    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollFd* fds, nuint count, int timeoutMilliseconds);
}
