using Capture.Arrow;
using Capture.Episodes.Schema;
using Replay.Server.Episodes;
using Replay.Server.Hosting;

namespace Replay.Server.Views;

/// <summary>Sound for the player (whole periods) and for the eye (peaks).</summary>
internal static class SoundView
{
    private const long MaxSoundBytes = 64L << 20;

    // Below this many chunks a bucket, chunks would show as steps: the samples themselves are read.
    private const int MinChunksPerBucket = 16;

    /// <summary>Periods that overlap the window, as they lie on disk.</summary>
    public static IResult Sound(OpenStream stream, HttpContext context)
    {
        SoundFormat format = SoundFormat.Of(stream);
        TimedRows rows = stream.Rows(context.RequestAborted)!;
        TimeWindow window = TimeWindow.Read(context.Request.Query, rows, format.PeriodNs);
        (int first, int end) = Overlapping(rows, window, format);
        FixedSizeListType list = (FixedSizeListType)ArrowType.FixedSizeList(format.Item, format.PeriodFrames * format.Channels);
        long bytes = (long)(end - first) * list.Size * (format.Item is IntType { BitWidth: 16 } ? 2 : 4);
        if (bytes > MaxSoundBytes)
        {
            throw ApiException.TooLarge($"{bytes} bytes of sound lie between 'from' and 'to'", stream.Name, $"Ask for at most {MaxSoundBytes} bytes at once.");
        }

        var schema = new ArrowSchema(
            [
                new ArrowField("sequence", ArrowType.Int64),
                new ArrowField("segment", ArrowType.Int32),
                new ArrowField("time_ns", ArrowType.Int64),
                new ArrowField(AudioPeriodSchema.Samples, list),
            ],
            ArrowMetadata.Of(
                ("replay.time_version", rows.TimeVersion),
                (MetadataKeys.AudioRate, stream.Schema.Metadata.Find(MetadataKeys.AudioRate)!),
                (MetadataKeys.AudioChannels, stream.Schema.Metadata.Find(MetadataKeys.AudioChannels)!),
                (MetadataKeys.AudioPeriodFrames, stream.Schema.Metadata.Find(MetadataKeys.AudioPeriodFrames)!)));
        var batches = new BatchCursor(stream);
        return new ArrowAnswer(schema, end - first, builder =>
        {
            var samples = builder.Column<FixedSizeListColumn>(3);
            return number =>
            {
                int row = first + number;
                builder.Column<Int64Column>(0).Append(rows.Sequence.Span[row]);
                builder.Column<Int32Column>(1).Append(rows.Segment.Span[row]);
                builder.Column<Int64Column>(2).Append(rows.Time.Span[row]);
                (RecordBatch batch, int at) = batches.Row(row);
                CopyPeriod(batch.Column(AudioPeriodSchema.Samples), at, samples);
            };
        });
    }

    /// <summary>Smallest and largest sample per bucket, of the first channel.</summary>
    public static IResult Peaks(OpenStream stream, HttpContext context)
    {
        SoundFormat format = SoundFormat.Of(stream);
        TimedRows rows = stream.Rows(context.RequestAborted)!;
        TimeWindow window = TimeWindow.Read(context.Request.Query, rows, format.PeriodNs);
        (int first, int end) = Overlapping(rows, window, format);
        var buckets = new PeakBuckets(window);
        if (window.BucketNs >= MinChunksPerBucket * format.FrameNs(PeakStore.ChunkFrames))
        {
            AddChunks(buckets, rows, stream.Peaks(context.RequestAborted), format, first, end);
        }
        else
        {
            AddSamples(buckets, rows, new BatchCursor(stream), format, first, end, context.RequestAborted);
        }

        return buckets.Answer(rows.TimeVersion);
    }

    private static (int First, int End) Overlapping(TimedRows rows, TimeWindow window, SoundFormat format)
    {
        long from = window.FromNs > long.MinValue + format.PeriodNs ? window.FromNs - format.PeriodNs + 1 : window.FromNs;
        return window.FromNs == window.ToNs ? (0, 0) : rows.Between(from, window.ToNs);
    }

    private static void AddChunks(PeakBuckets buckets, TimedRows rows, PeakStore.Peaks peaks, SoundFormat format, int first, int end)
    {
        for (int row = first; row < end; row++)
        {
            long time = rows.Time.Span[row];
            for (int chunk = 0; chunk < peaks.PerRow; chunk++)
            {
                int at = (row * peaks.PerRow) + chunk;
                buckets.Add(time + format.FrameNs(chunk * PeakStore.ChunkFrames), peaks.Min.Span[at], peaks.Max.Span[at]);
            }
        }
    }

    private static void AddSamples(PeakBuckets buckets, TimedRows rows, BatchCursor batches, SoundFormat format, int first, int end, CancellationToken cancel)
    {
        float[] values = new float[format.PeriodFrames];
        for (int row = first; row < end; row++)
        {
            cancel.ThrowIfCancellationRequested();
            (RecordBatch batch, int at) = batches.Row(row);
            format.ReadFirstChannel(batch.Column(AudioPeriodSchema.Samples), at, values);
            for (int i = 0; i < values.Length; i++)
            {
                buckets.Add(rows.Time.Span[row] + format.FrameNs(i), values[i], values[i]);
            }
        }
    }

    private static void CopyPeriod(ArrowColumn from, int row, FixedSizeListColumn to)
    {
        (int start, int count) = from.Items(row);
        switch (from.Item.Field.Type)
        {
            case IntType { BitWidth: 16 }:
                to.Append(from.Item.Values<short>().Slice(start, count));
                break;
            case IntType:
                to.Append(from.Item.Values<int>().Slice(start, count));
                break;
            default:
                to.Append(from.Item.Values<float>().Slice(start, count));
                break;
        }
    }

    /// <summary>Rows of a stream one after the other, each batch read once.</summary>
    private sealed class BatchCursor(OpenStream stream)
    {
        private RecordBatch? _batch;
        private int _firstRow;

        public (RecordBatch Batch, int Row) Row(int row)
        {
            if (_batch is null || row < _firstRow || row >= _firstRow + _batch.Rows)
            {
                (_batch, _firstRow) = stream.BatchWith(row);
            }

            return (_batch, row - _firstRow);
        }
    }
}
