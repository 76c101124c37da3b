using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Benchmarks.Measuring;

/// <summary>Tells the kernel to forget a file's pages, so that the next read goes to the disk.</summary>
internal static partial class PageCacheNative
{
    // posix_fadvise(2): POSIX_FADV_DONTNEED.
    private const int DontNeed = 4;

    /// <summary>Drops what is clean of the file; the kernel may keep pages that are mapped.</summary>
    public static void Drop(SafeFileHandle file) => _ = Advise(file, 0, 0, DontNeed);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);
}
