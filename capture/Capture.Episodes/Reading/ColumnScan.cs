using Capture.Arrow;
using Capture.Episodes.Checksums;

namespace Capture.Episodes.Reading;

/// <summary>
/// One column of numbers of a whole stream, batch after batch, every checksum verified over every byte of its batch. Reads many batches at once into the same memory and allocates
/// nothing a batch, but on the first pass what is kept of each message. A batch's values hold until the next is asked for.
/// </summary>
/// <typeparam name="T">long, int, double … as the column's type is.</typeparam>
public sealed class ColumnScan<T>
    where T : unmanaged
{
    // Small enough to be still in the processor's second cache when the checksum and the caller's loop come over it.
    private const int WindowBytes = 256 * 1024;

    private readonly CheckedFile _file;
    private readonly ColumnLayout _layout;
    private byte[] _window = GC.AllocateUninitializedArray<byte>(WindowBytes);
    private long _windowAt;
    private int _windowFilled;
    private int _batch = -1;
    private int _valuesAt;
    private int _valuesLength;

    internal ColumnScan(CheckedFile file, ColumnLayout layout)
    {
        _file = file;
        _layout = layout;
    }

    /// <summary>The batch that <see cref="Values"/> are of.</summary>
    public int Batch => _batch;

    /// <summary>The column's values in this batch; what stands under a null means nothing.</summary>
    public ReadOnlySpan<T> Values => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(_window.AsSpan(_valuesAt, _valuesLength));

    /// <summary>Goes to the next batch; false behind the last.</summary>
    /// <exception cref="EpisodeException">The batch is damaged.</exception>
    public bool MoveNext()
    {
        if (_batch + 1 >= _file.Count)
        {
            return false;
        }

        _batch++;
        ReadOnlySpan<byte> bytes = Bytes(_file.BlockOf(_batch));
        try
        {
            if (ChecksumCheck.Of(_file.MessageOf(_batch, bytes), bytes) == ChecksumState.Wrong)
            {
                throw Damaged("its checksum does not match: bytes were changed after they were written", null);
            }

            ReadOnlySpan<byte> values = System.Runtime.InteropServices.MemoryMarshal.AsBytes(_layout.Values<T>(bytes, ArrowReadLimits.Default));
            _valuesAt = values.IsEmpty ? 0 : (int)System.Runtime.CompilerServices.Unsafe.ByteOffset(
                ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_window),
                ref System.Runtime.InteropServices.MemoryMarshal.GetReference(values));
            _valuesLength = values.Length;
            return true;
        }
        catch (ArrowFormatException e)
        {
            throw Damaged(e.Message.TrimEnd('.'), e);
        }
    }

    private ReadOnlySpan<byte> Bytes(ArrowBlock block)
    {
        int length = checked((int)block.Length);
        if (block.Offset < _windowAt || block.End > _windowAt + _windowFilled)
        {
            if (length > _window.Length)
            {
                _window = GC.AllocateUninitializedArray<byte>(length);
            }

            _windowAt = block.Offset;
            _windowFilled = _file.Read(block.Offset, _window.AsSpan(0, WholeBatches(block)));
            if (_windowFilled < length)
            {
                throw Damaged("it was cut while it was read", null);
            }
        }

        return _window.AsSpan((int)(block.Offset - _windowAt), length);
    }

    /// <summary>Bytes from a batch's begin to the end of the last one that fits the window whole.</summary>
    private int WholeBatches(ArrowBlock first)
    {
        long end = first.End;
        for (int i = _batch + 1; i < _file.Count && _file.BlockOf(i).End - first.Offset <= _window.Length; i++)
        {
            end = _file.BlockOf(i).End;
        }

        return (int)(end - first.Offset);
    }

    private EpisodeException Damaged(string what, Exception? inner) =>
        new(EpisodeProblem.Damaged, what, $"{_file.Path}, batch {_batch} at byte {_file.BlockOf(_batch).Offset}", "Restore the file from a copy; 'capture verify' lists every damaged batch.", inner);
}
