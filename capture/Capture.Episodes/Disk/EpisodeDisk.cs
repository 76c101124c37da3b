using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Capture.Episodes.Disk;

/// <summary>Where a recorder's stream files go: the kernel's files, or a test's that fill up, fail and stall.</summary>
internal interface IEpisodeDisk
{
    /// <summary>Creates a file that must not exist yet.</summary>
    IGrowingFile Create(string path);
}

/// <summary>A file that only grows. Calls return 0 or an errno and allocate nothing.</summary>
internal interface IGrowingFile : IDisposable
{
    /// <summary>Writes all bytes at an offset, or returns why not; some may have been written then.</summary>
    int Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Makes what was written durable.</summary>
    int Sync();

    /// <summary>Cuts off what a failed write left.</summary>
    int Truncate(long length);
}

/// <summary>The kernel's files.</summary>
internal sealed class KernelDisk : IEpisodeDisk
{
    public static KernelDisk Instance { get; } = new();

    public IGrowingFile Create(string path) =>
        new KernelFile(File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite));

    /// <summary>Opens a file that exists, to add its end to it.</summary>
    public static IGrowingFile Open(string path) =>
        new KernelFile(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite));

    private sealed unsafe class KernelFile(SafeFileHandle handle) : IGrowingFile
    {
        public int Write(ReadOnlySpan<byte> bytes, long offset)
        {
            fixed (byte* first = bytes)
            {
                nuint done = 0;
                while (done < (nuint)bytes.Length)
                {
                    nint written = LibcNative.PWrite(handle, first + done, (nuint)bytes.Length - done, offset + (long)done);
                    if (written < 0)
                    {
                        int errno = Marshal.GetLastPInvokeError();
                        if (errno != LibcNative.Eintr)
                        {
                            return errno;
                        }
                    }
                    else if (written == 0)
                    {
                        return LibcNative.Enospc;
                    }
                    else
                    {
                        done += (nuint)written;
                    }
                }
            }

            return 0;
        }

        public int Sync() => LibcNative.FDataSync(handle) == 0 ? 0 : Marshal.GetLastPInvokeError();

        public int Truncate(long length) => LibcNative.FTruncate(handle, length) == 0 ? 0 : Marshal.GetLastPInvokeError();

        public void Dispose() => handle.Dispose();
    }
}
