using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Capture.Episodes.Disk;

/// <summary>The kernel's files.</summary>
internal sealed class KernelDisk : IEpisodeDisk
{
    public static KernelDisk Instance { get; } = new();

    public IGrowingFile Create(string path) =>
        new KernelFile(File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite));

    public IGrowingFile Open(string path) =>
        new KernelFile(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite));

    public void CreateFolder(string path) => Directory.CreateDirectory(path);

    public bool TakesSeveralAtOnce => true;

    public void SyncFolder(string path) => DurableNames.Sync(path);

    public void Move(string from, string to, bool replace) => File.Move(from, to, replace);

    public void Delete(string path) => File.Delete(path);

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

        public int Sync() => Errno(LibcNative.FDataSync(handle));

        public int Truncate(long length) => Errno(LibcNative.FTruncate(handle, length));

        public int Allocate(long length) => Errno(LibcNative.FAllocate(handle, LibcNative.KeepSize, 0, length));

        public long FreeBytes()
        {
            LibcNative.StatVfs stat;
            return LibcNative.FStatVfs(handle, &stat) == 0 ? (long)Math.Min(stat.AvailableBlocks * stat.FragmentSize, long.MaxValue) : -1;
        }

        public void Dispose() => handle.Dispose();

        private static int Errno(int result) => result == 0 ? 0 : Marshal.GetLastPInvokeError();
    }
}
