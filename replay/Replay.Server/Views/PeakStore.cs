using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Replay.Server.Episodes;

namespace Replay.Server.Views;

/// <summary>
/// The smallest and largest sample of every <see cref="ChunkFrames"/> frames of a sound's first channel: 8 bytes for 64 frames. Extended as the file grows.
/// One thread at a time; what <see cref="Take"/> returns is safe to read beside it.
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

    public long Bytes => _min.Bytes + _max.Bytes;

    public Peaks Take(CancellationToken cancel)
    {
        int perRow = _format is null ? 0 : (_format.PeriodFrames + ChunkFrames - 1) / ChunkFrames;
        for (; _format is not null && _batches < _stream.Batches; _batches++)
        {
            cancel.ThrowIfCancellationRequested();
            RecordBatch batch = _stream.ReadBatch(_batches);
            ArrowColumn samples = batch.Column(AudioPeriodSchema.Samples);
            Span<float> min = _min.Extend(batch.Rows * perRow);
            Span<float> max = _max.Extend(batch.Rows * perRow);
            float[] values = new float[_format.PeriodFrames];
            for (int row = 0; row < batch.Rows; row++)
            {
                _format.ReadFirstChannel(samples, row, values);
                for (int chunk = 0; chunk < perRow; chunk++)
                {
                    ReadOnlySpan<float> part = values.AsSpan(chunk * ChunkFrames, Math.Min(ChunkFrames, values.Length - (chunk * ChunkFrames)));
                    (float low, float high) = (part[0], part[0]);
                    foreach (float value in part)
                    {
                        low = Math.Min(low, value);
                        high = Math.Max(high, value);
                    }

                    min[(row * perRow) + chunk] = low;
                    max[(row * perRow) + chunk] = high;
                }
            }
        }

        return new Peaks(perRow, _min.Snapshot, _max.Snapshot);
    }
}
