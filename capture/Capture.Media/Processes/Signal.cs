using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Capture.Media.Processes;

/// <summary>Wakes a thread that waits for pipes. Neither side allocates, locks or blocks.</summary>
public sealed class Signal : IDisposable
{
    private readonly SafeFileHandle _handle;

    /// <exception cref="MediaException">The process has no file descriptor left.</exception>
    public Signal()
    {
        int fd = PipeNative.NewEvent();
        _handle = fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw new MediaException("This process has no file descriptor left: raise its limit (ulimit -n).");
    }

    internal nint Descriptor => _handle.IsClosed ? -1 : _handle.DangerousGetHandle();

    /// <summary>Any thread: whoever waits goes on.</summary>
    public void Set()
    {
        Span<byte> one = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(one, 1);
        PipeNative.Write(Descriptor, one);
    }

    /// <summary>The waiting thread: takes note.</summary>
    internal void Clear()
    {
        Span<byte> count = stackalloc byte[8];
        PipeNative.Read(Descriptor, count);
    }

    public void Dispose() => _handle.Dispose();
}
