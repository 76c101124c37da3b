using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FirmwareBridge.Tests.Serial;

/// <summary>A pseudo-terminal whose master the test holds.</summary>
internal sealed partial class Pty : IDisposable
{
    private readonly FileStream _master;

    public Pty()
    {
        const int readWriteNoTty = 0x102;
        int fd = OpenMaster(readWriteNoTty);
        byte[] name = new byte[64];
        Assert.That(fd, Is.GreaterThan(0), "no pseudo-terminals here");
        Assert.That((Grant(fd), Unlock(fd), SlaveName(fd, name, (nuint)name.Length)), Is.EqualTo((0, 0, 0)));
        SlavePath = System.Text.Encoding.ASCII.GetString(name).TrimEnd('\0');
        _master = new FileStream(new SafeFileHandle(fd, ownsHandle: true), FileAccess.ReadWrite, bufferSize: 0);
    }

    public string SlavePath { get; }

    public byte[] Read(int count)
    {
        byte[] bytes = new byte[count];
        _master.ReadExactly(bytes);
        return bytes;
    }

    public void Write(byte[] bytes) => _master.Write(bytes);

    public void Dispose() => _master.Dispose();

    [LibraryImport("libc", EntryPoint = "posix_openpt")]
    private static partial int OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt")]
    private static partial int Grant(int fd);

    [LibraryImport("libc", EntryPoint = "unlockpt")]
    private static partial int Unlock(int fd);

    [LibraryImport("libc", EntryPoint = "ptsname_r")]
    private static partial int SlaveName(int fd, byte[] name, nuint length);
}
