using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Capture.Episodes.Disk;

/// <summary>Calls into the C library. Each returns −1 on failure, with errno in <see cref="Marshal.GetLastPInvokeError"/>.</summary>
internal static unsafe partial class LibcNative
{
    public const int Eintr = 4;
    public const int Eagain = 11;
    public const int Eexist = 17;
    public const int Enospc = 28;
    public const int Edquot = 122;
    public const int Efbig = 27;

    /// <summary>eventfd(2): EFD_NONBLOCK | EFD_CLOEXEC.</summary>
    public const int EfdNonblockCloexec = 0x800 | 0x80000;

    /// <summary>open(2): O_RDONLY | O_DIRECTORY | O_CLOEXEC (x86-64 and arm64 differ in O_DIRECTORY, which is therefore left out).</summary>
    public const int OpenReadCloexec = 0x80000;

    public const int LockShared = 1;
    public const int LockExclusive = 2;
    public const int LockNonblocking = 4;

    public const short PollIn = 1;

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint PWrite(SafeFileHandle file, byte* bytes, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int FTruncate(SafeFileHandle file, long length);

    /// <summary>fallocate(2): FALLOC_FL_KEEP_SIZE.</summary>
    public const int KeepSize = 1;

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    public static partial int FAllocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "fstatvfs", SetLastError = true)]
    public static partial int FStatVfs(SafeFileHandle file, StatVfs* stat);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string from, string to);

    /// <summary>Returns the error itself, not −1.</summary>
    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    public static partial int PosixFallocate(SafeFileHandle file, long offset, long length);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int FLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial SafeFileHandle EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle file, void* bytes, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle file, void* bytes, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollFd* files, nuint count, int timeoutMs);

    /// <summary>struct pollfd of poll(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollFd
    {
        public int File;
        public short Events;
        public short Returned;
    }

    /// <summary>struct statvfs of statvfs(3), 64-bit glibc and musl: what is read of it, and the room that the call fills.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    public struct StatVfs
    {
        [FieldOffset(8)]
        public ulong FragmentSize;

        /// <summary>Blocks that an ordinary user may take.</summary>
        [FieldOffset(32)]
        public ulong AvailableBlocks;
    }
}
