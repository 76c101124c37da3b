using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Replay.Server.Episodes;

namespace Replay.Server.Views;

/// <summary>
/// The smallest and largest sample of every <see cref="ChunkFrames"/> frames of a sound's first channel: 8 bytes for 64 frames. Extended as the file grows.
/// One thread at a time; what <see cref="Take"/> returned is safe to read beside it.
/// </summary>
internal sealed class PeakStore
{
    public const int ChunkFrames = 64;

    private readonly EpisodeStream _stream;
    private readonly SoundFormat? _format;
    private readonly GrowingColumn<float> _min = new();
    private readonly GrowingColumn<float> _max = new();
    private int _batches;

    public PeakStore(EpisodeStream stream)
    {
        _stream = stream;
        _format = SoundFormat.Of(stream.Schema);
    }

    /// <summary>Chunks of every row; the last of a row may be shorter.</summary>
    /// <param name="PerRow">Chunks a row: row r begins with chunk r × PerRow.</param>
    internal readonly record struct Peaks(int PerRow, ReadOnlyMemory<float> Min, ReadOnlyMemory<float> Max);

    private int PerRow => _format is null ? 0 : (_format.PeriodFrames + ChunkFrames - 1) / ChunkFrames;

    public long Bytes => _min.Bytes + _max.Bytes;

    /// <summary>The peaks of all rows read so far.</summary>
    public Peaks Take() => new(PerRow, _min.Snapshot, _max.Snapshot);

    /// <summary>Reads the next batch that was not read yet; false when there is none.</summary>
    public bool Advance()
    {
        if (_format is null || _batches == _stream.Batches)
        {
            return false;
        }

        RecordBatch batch = _stream.ReadBatch(_batches);
        ArrowColumn samples = batch.Column(AudioPeriodSchema.Samples);
        Span<float> min = _min.Extend(batch.Rows * PerRow);
        Span<float> max = _max.Extend(batch.Rows * PerRow);
        float[] values = new float[_format.PeriodFrames];
        for (int row = 0; row < batch.Rows; row++)
        {
            _format.ReadFirstChannel(samples, row, values);
            for (int chunk = 0; chunk < PerRow; chunk++)
            {
                ReadOnlySpan<float> part = values.AsSpan(chunk * ChunkFrames, Math.Min(ChunkFrames, values.Length - (chunk * ChunkFrames)));
                (float low, float high) = (part[0], part[0]);
                foreach (float value in part)
                {
                    low = Math.Min(low, value);
                    high = Math.Max(high, value);
                }

                min[(row * PerRow) + chunk] = low;
                max[(row * PerRow) + chunk] = high;
            }
        }

        _batches++;
        return true;
    }
}
