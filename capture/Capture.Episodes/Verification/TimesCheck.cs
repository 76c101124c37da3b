using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Verification;

/// <summary>
/// Holds final times against the rows of their stream, batch by batch as those come: one for one, by sequence, and never stepping back within a segment.
/// </summary>
internal sealed class TimesCheck(FinalTimes times, string place, List<Finding> findings)
{
    private int _batch = -1;
    private int _row;
    private RecordBatch? _read;
    private ArrowColumn _sequences = null!;
    private ArrowColumn _times = null!;
    private long _rows;
    private long _skipped;
    private long _unpaired;
    private long _backwards;
    private int? _segment;
    private long _time;
    private bool _broken;

    /// <summary>Takes the next rows of the stream.</summary>
    public void Take(ReadOnlySpan<long> sequences, ReadOnlySpan<int> segments)
    {
        for (int i = 0; i < sequences.Length && !_broken; i++)
        {
            _rows++;
            while (Next() && _sequences.Values<long>()[_row] != sequences[i])
            {
                // Rows of a damaged batch: there are times for them.
                _skipped++;
            }

            if (_read is null)
            {
                _unpaired++;
                continue;
            }

            long time = _times.Values<long>()[_row];
            _backwards += _segment == segments[i] && time < _time ? 1 : 0;
            (_segment, _time) = (segments[i], time);
        }
    }

    /// <summary>Says what was found.</summary>
    /// <param name="whole">Whether all rows of the stream came.</param>
    public void Finish(bool whole)
    {
        if (_broken)
        {
            return;
        }

        if (_unpaired > 0 || (whole && (_skipped > 0 || times.Rows != _rows)))
        {
            findings.Add(new Finding(FindingSeverity.Error, place, $"its {times.Rows} rows are not the {_rows} rows of the stream, one for one"));
        }

        if (_backwards > 0)
        {
            findings.Add(new Finding(FindingSeverity.Warning, place, $"{_backwards} rows happened before the row above them"));
        }
    }

    private bool Next()
    {
        try
        {
            _row++;
            while (_read is null || _row >= _read.Rows)
            {
                if (_batch + 1 >= times.Batches)
                {
                    _read = null;
                    return false;
                }

                _read = times.ReadBatch(++_batch);
                _sequences = _read.Column(CommonColumns.Sequence);
                _times = _read.Column(CommonColumns.EpisodeTime);
                _row = 0;
            }

            return true;
        }
        catch (EpisodeException e)
        {
            findings.Add(new Finding(FindingSeverity.Error, place, e.Message));
            _broken = true;
            _read = null;
            return false;
        }
    }
}
