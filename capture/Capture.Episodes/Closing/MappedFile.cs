using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace Capture.Episodes.Closing;

/// <summary>
/// A sealed file as memory, so that the close of a recording touches the columns it needs and not the pictures beside them. Only for a file that this
/// process alone may cut: past the end of a file that was cut, a mapping kills the process.
/// </summary>
internal sealed unsafe class MappedFile : MemoryManager<byte>
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly int _length;
    private byte* _first;

    private MappedFile(string path, int length)
    {
        _length = length;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _first);
        _first += _view.PointerOffset;
    }

    /// <summary>Maps a file; null for one that is empty or does not fit a span.</summary>
    public static MappedFile? TryOpen(string path)
    {
        long length = new FileInfo(path).Length;
        return length is > 0 and <= int.MaxValue ? new MappedFile(path, (int)length) : null;
    }

    public override Span<byte> GetSpan() => new(_first, _length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(_first + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (_first != null)
        {
            _first = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}
