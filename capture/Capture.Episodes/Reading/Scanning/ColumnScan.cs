using System.Runtime.InteropServices;
using Capture.Arrow;
using Capture.Episodes.Checksums;

namespace Capture.Episodes.Reading.Scanning;

/// <summary>
/// One column of numbers of a whole stream, batch after batch, every checksum verified over every byte of its batch. Other threads read and check ahead, one for each further
/// processor; nothing is allocated a batch. A batch's values hold until the next is asked for. One thread may use it.
/// </summary>
/// <typeparam name="T">long, int, double … as the column's type is.</typeparam>
public sealed class ColumnScan<T>
    where T : unmanaged
{
    // One in the caller's hands, and one for each processor up to four: reading is bound by memory, which more of them do not make faster.
    private static readonly int s_windows = 1 + Math.Min(Environment.ProcessorCount, 4);

    private readonly CheckedFile _file;
    private readonly ColumnLayout _layout;
    private readonly ScanWindow[] _windows;
    private BatchPattern? _pattern;
    private int _current;
    private int _ahead;
    private int _aimed;
    private int _batch = -1;
    private int _valuesAt;
    private int _valuesLength;

    internal ColumnScan(CheckedFile file, ColumnLayout layout)
    {
        _file = file;
        _layout = layout;
        _windows = [.. Enumerable.Range(0, s_windows).Select(_ => new ScanWindow(file))];
    }

    /// <summary>The batch that <see cref="Values"/> are of.</summary>
    public int Batch => _batch;

    /// <summary>The column's values in this batch; what stands under a null means nothing.</summary>
    public ReadOnlySpan<T> Values => _valuesLength == 0 ? [] : MemoryMarshal.Cast<byte, T>(_windows[_current].Bytes.Slice(_valuesAt, _valuesLength));

    /// <summary>Goes to the next batch; false behind the last.</summary>
    /// <exception cref="EpisodeException">The batch is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public bool MoveNext()
    {
        _valuesLength = 0;
        if (_batch + 1 >= _file.Count)
        {
            return false;
        }

        _batch++;
        ScanWindow window = Reach();
        BatchVerdict verdict = window.VerdictOf(_batch);
        if (verdict == BatchVerdict.Unknown)
        {
            verdict = Decode(window.BytesOf(_batch));
        }

        if (verdict == BatchVerdict.Wrong)
        {
            throw Damaged("its checksum does not match: bytes were changed after they were written");
        }

        _valuesAt = window.PlaceOf(_batch) + _pattern!.ValuesAt;
        _valuesLength = _pattern.ValuesLength;
        ReadAhead();
        return true;
    }

    /// <summary>The window that the current batch lies in, read.</summary>
    private ScanWindow Reach()
    {
        if (_batch >= _aimed)
        {
            Aim(_windows[_current]);
        }
        else if (_batch == _windows[_current].End)
        {
            _current = (_current + 1) % _windows.Length;
            _ahead--;
        }

        ScanWindow window = _windows[_current];
        window.Finish();
        return window;
    }

    /// <summary>Gives every free window to another thread; not before a batch was decoded that the next can be held against.</summary>
    private void ReadAhead()
    {
        while (_ahead < _windows.Length - 1 && _aimed < _file.Count)
        {
            _ahead++;
            ScanWindow window = _windows[(_current + _ahead) % _windows.Length];
            Aim(window);
            ThreadPool.UnsafeQueueUserWorkItem(window, preferLocal: false);
        }
    }

    private void Aim(ScanWindow window)
    {
        window.Aim(_aimed, _pattern);
        _aimed = window.End;
    }

    private BatchVerdict Decode(ReadOnlySpan<byte> bytes)
    {
        ArrowBlock block = _file.BlockOf(_batch);
        if (bytes.Length < block.Length)
        {
            throw Damaged("it was cut while it was read");
        }

        try
        {
            if (_pattern?.Fits(block, _file.RowsOf(_batch), bytes) != true)
            {
                ArrowMessage message = _file.MessageOf(_batch, bytes);
                if (ChecksumCheck.Of(message, bytes) == ChecksumState.Wrong)
                {
                    return BatchVerdict.Wrong;
                }

                _pattern = BatchPattern.Of<T>(message, _file.RowsOf(_batch), bytes, _layout);
                return BatchVerdict.Right;
            }

            return _pattern.IsRight(bytes) ? BatchVerdict.Right : BatchVerdict.Wrong;
        }
        catch (ArrowFormatException e)
        {
            throw Damaged(e.Message.TrimEnd('.'), e);
        }
    }

    private EpisodeException Damaged(string what, Exception? inner = null) =>
        new(EpisodeProblem.Damaged, what, $"{_file.Path}, batch {_batch} at byte {_file.BlockOf(_batch).Offset}", "Restore the file from a copy; 'capture verify' lists every damaged batch.", inner);
}
