using System.Runtime.InteropServices;
using System.Text;

namespace Capture.Devices.Tests;

/// <summary>A pseudo-terminal whose master end plays the device.</summary>
internal sealed unsafe partial class PseudoTerminal : IDisposable
{
    private const int ReadWriteNoTty = 2 | 0x100;
    private int master;

    public PseudoTerminal()
    {
        master = PosixOpenPt(ReadWriteNoTty);
        byte* name = stackalloc byte[128];
        Assert.That(master, Is.GreaterThanOrEqualTo(0));
        Assert.That(GrantPt(master), Is.Zero);
        Assert.That(UnlockPt(master), Is.Zero);
        Assert.That(PtsName(master, name, 128), Is.Zero);
        Path = Encoding.ASCII.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));
    }

    public string Path { get; }

    /// <summary>Reads what is there within the time; 0 when nothing came, −1 when the other end is closed.</summary>
    public int Read(byte[] buffer, int milliseconds)
    {
        PollFd fd = new() { Fd = master, Events = 1 };
        if (Poll(&fd, 1, milliseconds) <= 0)
        {
            return 0;
        }

        fixed (byte* at = buffer)
        {
            nint got = ReadFd(master, at, (nuint)buffer.Length);
            return got > 0 ? (int)got : -1;
        }
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            fixed (byte* at = bytes)
            {
                nint put = WriteFd(master, at, (nuint)bytes.Length);
                if (put <= 0)
                {
                    return;
                }

                bytes = bytes[(int)put..];
            }
        }
    }

    public void Dispose()
    {
        int fd = Interlocked.Exchange(ref master, -1);
        if (fd >= 0)
        {
            _ = CloseFd(fd);
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt")]
    private static partial int PosixOpenPt(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt")]
    private static partial int GrantPt(int fd);

    [LibraryImport("libc", EntryPoint = "unlockpt")]
    private static partial int UnlockPt(int fd);

    [LibraryImport("libc", EntryPoint = "ptsname_r")]
    private static partial int PtsName(int fd, byte* name, nuint length);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint ReadFd(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint WriteFd(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseFd(int fd);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(PollFd* fds, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFd
    {
        public int Fd;
        public short Events;
        public short Returned;
    }
}
