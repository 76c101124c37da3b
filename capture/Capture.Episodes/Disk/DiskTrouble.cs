using System.Runtime.InteropServices;

namespace Capture.Episodes.Disk;

/// <summary>Turns what the file system says into what a user can act on.</summary>
internal static class DiskTrouble
{
    private const int HResultDiskFull = LibcNative.Enospc;

    public static EpisodeException Explain(Exception e, string where) => e switch
    {
        EpisodeException already => already,
        UnauthorizedAccessException => new EpisodeException(EpisodeProblem.Disk, "permission to write is missing", where, "Give this user the right to write there, or choose another folder.", e),
        _ when IsFull(e) => Full(where, e),
        _ => new EpisodeException(EpisodeProblem.Disk, $"it cannot be written ({e.Message.TrimEnd('.')})", where, "Check the disk and the mount, or choose another folder.", e),
    };

    public static EpisodeException Full(string where, Exception? e = null) =>
        new(EpisodeProblem.Disk, "the disk is full", where, "Free space on it, or choose a folder on another disk.", e);

    public static bool IsFull(Exception e) => e is IOException && (e.HResult is HResultDiskFull or LibcNative.Edquot || (e.HResult & 0xFFFF) == 0x70);

    public static bool IsFull(int errno) => errno is LibcNative.Enospc or LibcNative.Edquot or LibcNative.Efbig;

    /// <summary>Throws what an errno means for a file; nothing for 0.</summary>
    public static void ThrowIf(int errno, string path)
    {
        if (errno != 0)
        {
            throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(errno)}", IsFull(errno) ? HResultDiskFull : errno);
        }
    }
}
