using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Capture.Media.Jpeg;

namespace Capture.Episodes.SyncCheck;

/// <summary>
/// How much a camera's picture changes from frame to frame: the mean change of the luma of pictures decoded at an eighth of their size, where a pixel is the mean of 64 and moves smoothly. What changes
/// all the time whether anything moves or not (a clock in the picture, a lamp that flickers) is left out, and a pixel counts at most <see cref="MostChange"/>: what matters is where something moves.
/// </summary>
internal sealed class ImageMotion
{
    private const int Scale = 8;
    private const int MostChange = 32;
    private const int Noise = 2;
    private const double AlwaysShare = 0.35;
    private const int AlwaysChange = 24;

    private ImageMotion(long[] from, long[] to, double[] change) => (From, To, Change) = (from, to, change);

    /// <summary>Times of the earlier frame of each pair.</summary>
    public long[] From { get; }

    public long[] To { get; }

    /// <summary>Luma levels (0 to 255) a pixel.</summary>
    public double[] Change { get; }

    /// <summary>Reads the frames of a stretch; one that cannot be decoded breaks the row, as a gap does.</summary>
    public static ImageMotion Read(EpisodeStream camera, long fromNs, long toNs)
    {
        long[] times = camera.ReadTimes();
        double period = 1e9 / (camera.Info.RateHz ?? 30);
        var from = new List<long>();
        var to = new List<long>();
        var changes = new List<byte[]>();
        using var decoder = new JpegDecoder();
        byte[] now = [];
        byte[] before = [];
        long? beforeAt = null;
        int pixels = 0;
        for (int b = 0; b < camera.Batches; b++)
        {
            int first = (int)camera.FirstRow(b);
            int rows = camera.RowsOf(b);
            if (rows == 0 || times[first + rows - 1] < fromNs || times[first] > toNs)
            {
                continue;
            }

            ArrowColumn data = camera.ReadBatch(b).Column(CameraFrameSchema.Data);
            for (int i = 0; i < rows; i++)
            {
                long at = times[first + i];
                if (at < fromNs || at > toNs || !Decode(decoder, data.Bytes(i), ref now, out int count))
                {
                    beforeAt = null;
                    continue;
                }

                if (beforeAt is { } earlier && count == pixels && at > earlier && at - earlier < 2.5 * period)
                {
                    from.Add(earlier);
                    to.Add(at);
                    changes.Add(Difference(before, now, count));
                }

                (before, now, beforeAt, pixels) = (now, before.Length == now.Length ? before : new byte[now.Length], at, count);
            }
        }

        return new ImageMotion([.. from], [.. to], Mean(changes, pixels));
    }

    private static bool Decode(JpegDecoder decoder, ReadOnlySpan<byte> jpeg, ref byte[] pixels, out int count)
    {
        count = 0;
        if (!decoder.TryReadHeader(jpeg, out JpegHeader header, out _))
        {
            return false;
        }

        JpegHeader scaled = JpegDecoder.Scaled(header, Scale);
        count = scaled.WidthPx * scaled.HeightPx;
        if (pixels.Length < count)
        {
            pixels = new byte[count];
        }

        return decoder.TryDecode(jpeg, JpegPixels.Gray, Scale, pixels, out _, out _);
    }

    private static byte[] Difference(byte[] a, byte[] b, int count)
    {
        byte[] difference = new byte[count];
        for (int i = 0; i < count; i++)
        {
            difference[i] = (byte)Math.Abs(a[i] - b[i]);
        }

        return difference;
    }

    private static double[] Mean(List<byte[]> changes, int pixels)
    {
        int[] often = new int[pixels];
        List<byte[]> whole = [.. changes.Where(c => c.Length == pixels)];
        foreach (byte[] change in whole)
        {
            for (int i = 0; i < pixels; i++)
            {
                often[i] += change[i] >= AlwaysChange ? 1 : 0;
            }
        }

        double most = whole.Count * AlwaysShare;
        return [.. changes.Select(change =>
        {
            long sum = 0;
            int kept = 0;
            for (int i = 0; i < Math.Min(change.Length, pixels); i++)
            {
                if (often[i] < most)
                {
                    sum += change[i] > Noise ? Math.Min((int)change[i], MostChange) : 0;
                    kept++;
                }
            }

            return kept == 0 ? 0 : sum / (double)kept;
        })];
    }
}
