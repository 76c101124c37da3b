using System.Runtime.InteropServices;
using System.Text;
using Capture.Simulation.Rig;

namespace Capture.Simulation.Arms;

/// <summary>
/// The device's end of a pseudo-terminal in raw mode, with a symbolic link to the host's end. The host's end is also kept open here, so that hosts may come
/// and go without the device seeing a hang-up.
/// </summary>
public sealed class PseudoTerminal : IDisposable
{
    private readonly int _master;
    private readonly int _slave;
    private readonly string _link;

    public unsafe PseudoTerminal(string link)
    {
        _link = link;
        _master = Checked(LibcNative.OpenPseudoTerminal(LibcNative.ReadWrite | LibcNative.NoControllingTty | LibcNative.NonBlock | LibcNative.CloseOnExec), "posix_openpt");
        Checked(LibcNative.GrantPt(_master), "grantpt");
        Checked(LibcNative.UnlockPt(_master), "unlockpt");
        byte* name = stackalloc byte[128];
        Checked(LibcNative.PtsName(_master, name, 128), "ptsname_r");
        HostPath = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));
        _slave = Checked(LibcNative.Open(HostPath, LibcNative.ReadWrite | LibcNative.NoControllingTty | LibcNative.CloseOnExec, 0), "open " + HostPath);
        byte* termios = stackalloc byte[128];
        Checked(LibcNative.GetAttributes(_slave, termios), "tcgetattr");
        LibcNative.MakeRaw(termios);
        Checked(LibcNative.SetAttributes(_slave, LibcNative.TcsaNow, termios), "tcsetattr");
        File.Delete(link);
        File.CreateSymbolicLink(link, HostPath);
    }

    /// <summary>The host's end, /dev/pts/N.</summary>
    public string HostPath { get; }

    /// <summary>Bytes from the host; 0 when none came within the time.</summary>
    public int Read(Span<byte> into, int timeoutMs)
    {
        if (!LibcNative.WaitReadable(_master, timeoutMs))
        {
            return 0;
        }

        return Math.Max(0, LibcNative.Read(_master, into));
    }

    /// <summary>Bytes to the host. A host that does not read gets what its kernel holds (4 KiB); the rest is lost, as behind a real adapter.</summary>
    public void Write(ReadOnlySpan<byte> from)
    {
        while (from.Length > 0)
        {
            int written = LibcNative.Write(_master, from);
            if (written <= 0)
            {
                return;
            }

            from = from[written..];
        }
    }

    public void Dispose()
    {
        File.Delete(_link);
        _ = LibcNative.Close(_slave);
        _ = LibcNative.Close(_master);
    }

    private static int Checked(int result, string call) =>
        result >= 0 ? result : throw new IOException($"{call}: {Marshal.GetLastPInvokeErrorMessage()}");
}
