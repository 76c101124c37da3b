using System.Buffers;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Capture.Episodes.Reading;

/// <summary>
/// A sealed file as memory, under a count of those who use it: the owner, each window, each lease. The mapping goes when the last of them let go, so disposing the owner while
/// spans are out is safe. Only for sealed files, which nobody cuts: past the end of a file that was cut, a mapping kills the process.
/// </summary>
internal sealed class FileMap : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private FileMap(SafeFileHandle file, long length)
    {
        Length = length;
        _file = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        try
        {
            _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public long Length { get; }

    /// <summary>Maps a file; null for an empty one.</summary>
    /// <exception cref="IOException">It cannot be opened or mapped.</exception>
    public static FileMap? TryOpen(string path)
    {
        SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        long length = RandomAccess.GetLength(file);
        if (length > 0)
        {
            return new FileMap(file, length);
        }

        file.Dispose();
        return null;
    }

    /// <summary>A part of the file. Holds the mapping until it is disposed or nobody reaches it any more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It lies outside the file.</exception>
    public ReadOnlyMemory<byte> Window(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
        return new MapWindow(_view.SafeMemoryMappedViewHandle, offset, length).Memory;
    }

    /// <summary>Holds the mapping until it is disposed.</summary>
    public IDisposable Hold() => new MapWindow(_view.SafeMemoryMappedViewHandle, 0, 0);

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}

/// <summary>One reference to a mapping, and the bytes it was taken for.</summary>
internal sealed unsafe class MapWindow : MemoryManager<byte>
{
    private readonly SafeMemoryMappedViewHandle _map;
    private readonly byte* _first;
    private readonly int _length;
    private int _held;

    public MapWindow(SafeMemoryMappedViewHandle map, long offset, int length)
    {
        _map = map;
        _length = length;
        bool held = false;
        map.DangerousAddRef(ref held);
        _held = held ? 1 : 0;
        _first = (byte*)map.DangerousGetHandle() + offset;
    }

    // A span alone holds nothing: whoever lets both its batch and the stream go keeps a Hold meanwhile. While the stream lives, its own reference keeps the mapping.
#pragma warning disable CA2015
    ~MapWindow() => Dispose(disposing: false);
#pragma warning restore CA2015

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _held) == 0, this);
        return new Span<byte>(_first, _length);
    }

    public override MemoryHandle Pin(int elementIndex = 0) => new(_first + elementIndex, pinnable: this);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _held, 0) == 1)
        {
            _map.DangerousRelease();
        }

        if (disposing)
        {
            GC.SuppressFinalize(this);
        }
    }
}
