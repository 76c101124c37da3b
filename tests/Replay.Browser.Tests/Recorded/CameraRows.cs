using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Capture.Media.Jpeg;
using Capture.Simulation.Cameras;
using JpegDecoder = Capture.Media.Jpeg.JpegDecoder;

namespace Replay.Browser.Tests.Recorded;

/// <summary>A camera's recorded rows: the times in force, and the number that stands in each stored picture.</summary>
internal sealed class CameraRows
{
    private const int WidthPx = 640;
    private const int HeightPx = 480;

    public CameraRows(EpisodeReader episode, string name, IReadOnlyDictionary<long, long> exposures)
    {
        Name = name;
        Exposures = exposures;
        EpisodeStream stream = episode.Stream(name);
        Assert.That(stream.Times, Is.Not.Null, $"{name}: a sealed episode has final times");
        TimesNs = stream.ReadTimes();
        Frames = [.. stream.ReadAll().SelectMany(Codes)];
        Assert.That(Frames, Has.Length.EqualTo(TimesNs.Length));
        Assert.That(Frames, Is.Unique);
    }

    public string Name { get; }

    /// <summary>When each row happened, by the times in force; ns of episode time.</summary>
    public long[] TimesNs { get; }

    /// <summary>The number in each row's picture.</summary>
    public long[] Frames { get; }

    /// <summary>True middle of the exposure by number; ns of CLOCK_MONOTONIC.</summary>
    public IReadOnlyDictionary<long, long> Exposures { get; }

    /// <summary>The latest row that is not after an instant; −1 before the first. By looking at every row: nothing is assumed of their order.</summary>
    public int RowAt(long timeNs)
    {
        int found = -1;
        for (int row = 0; row < TimesNs.Length; row++)
        {
            if (TimesNs[row] <= timeNs && (found < 0 || TimesNs[row] >= TimesNs[found]))
            {
                found = row;
            }
        }

        return found;
    }

    /// <summary>The longest time between a row around an instant and the next one: one period, or more where frames were lost. ns.</summary>
    public long PeriodAround(long timeNs)
    {
        int row = RowAt(timeNs);
        return Enumerable.Range(Math.Max(1, row), 2).Where(r => r < TimesNs.Length).Select(r => TimesNs[r] - TimesNs[r - 1]).DefaultIfEmpty(0).Max();
    }

    private static long[] Codes(RecordBatch batch)
    {
        ArrowColumn pictures = batch.Column(CameraFrameSchema.Data);
        using var decoder = new JpegDecoder();
        byte[] pixels = new byte[WidthPx * HeightPx];
        long[] codes = new long[batch.Rows];
        for (int row = 0; row < batch.Rows; row++)
        {
            bool decoded = decoder.TryDecode(pictures.Bytes(row), JpegPixels.Gray, 1, pixels, out _, out string? reason);
            Assert.That(decoded, Is.True, reason);
            Assert.That(FrameCode.TryReadGray(pixels, WidthPx, HeightPx, out _, out uint frame), Is.True, $"the number in the picture of row {row} cannot be read");
            codes[row] = frame;
        }

        return codes;
    }
}
