using Microsoft.Win32.SafeHandles;

namespace Capture.Episodes.Disk;

/// <summary>
/// Space put aside in the episode's folder so that footers, ledger and manifest can still be written on a full disk. It grows with
/// the footers and is given back when the recording stops.
/// </summary>
internal sealed class DiskReserve : IDisposable
{
    public const string Name = ".reserve";

    private const long Step = 256 * 1024;
    private readonly string _path;
    private SafeFileHandle? _handle;
    private long _size;

    private DiskReserve(string path, SafeFileHandle handle)
    {
        _path = path;
        _handle = handle;
    }

    /// <summary>Creates the reserve. Throws <see cref="EpisodeException"/> when the disk has no room for it.</summary>
    public static DiskReserve Create(string folder, long bytes)
    {
        string path = Path.Combine(folder, Name);
        var reserve = new DiskReserve(path, File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite));
        if (!reserve.Ensure(bytes))
        {
            reserve.Dispose();
            throw DiskTrouble.Full(folder);
        }

        return reserve;
    }

    /// <summary>Grows the reserve to at least so many bytes; false when the disk does not give them. Allocates nothing.</summary>
    public bool Ensure(long bytes)
    {
        if (_handle is null || bytes <= _size)
        {
            return true;
        }

        long size = (bytes + Step - 1) / Step * Step;
        if (LibcNative.PosixFallocate(_handle, 0, size) != 0)
        {
            return false;
        }

        _size = size;
        return true;
    }

    /// <summary>Gives the space back.</summary>
    public void Dispose()
    {
        _handle?.Dispose();
        _handle = null;
        try
        {
            File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A disk that turned read-only keeps it; recovery removes it.
        }
    }
}
