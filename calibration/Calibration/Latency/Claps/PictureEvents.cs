using Calibration.Episodes;
using Capture.Media.Jpeg;

namespace Calibration.Latency.Claps;

/// <summary>What a picture shows at a clap.</summary>
internal enum PictureSign
{
    /// <summary>A lamp lights up between two pictures.</summary>
    Flash,

    /// <summary>Something that moved comes to a stop: hands that meet.</summary>
    Stop,
}

/// <summary>One event: it happened after one picture and before the next.</summary>
/// <param name="BestNs">Where between them it most likely was.</param>
/// <param name="Strength">How much of the picture took part: hands that part and come to rest again are weaker than hands that meet.</param>
internal readonly record struct PictureEvent(long AfterNs, long BeforeNs, long BestNs, double Strength);

/// <summary>
/// Looks for lamps that light up and motions that stop, in pictures decoded at an eighth of their size. A lamp is a rise of brightness in one picture alone, with nothing of the kind before and after; a stop
/// ends a change that lasted over two pictures or more.
/// </summary>
internal sealed class PictureEvents
{
    private const int Scale = 8;
    private const int Noise = 6;
    private const int MostChange = 60;
    private const double Alone = 0.3;
    private const double Stopped = 0.35;
    private const int LongestStop = 3;
    private const double AboveUsual = 6;
    private const double LeastOfLargest = 0.15;

    private PictureEvents(List<PictureEvent> flashes, List<PictureEvent> stops, long intervalNs) => (Flashes, Stops, IntervalNs) = (flashes, stops, intervalNs);

    public IReadOnlyList<PictureEvent> Flashes { get; }

    public IReadOnlyList<PictureEvent> Stops { get; }

    public long IntervalNs { get; }

    /// <exception cref="CalibrationException">Too few pictures can be decoded.</exception>
    public static PictureEvents Find(CameraPictures camera)
    {
        var times = new List<long>();
        var change = new List<double>();
        var rise = new List<double>();
        using var decoder = new JpegDecoder();
        byte[] before = [], now = [];
        for (int row = 0; row < camera.TimesNs.Length; row++)
        {
            if (!Decode(decoder, camera.Bytes(row), ref now, out int count))
            {
                continue;
            }

            double moved = 0, brighter = 0;
            if (before.Length == now.Length)
            {
                for (int i = 0; i < count; i++)
                {
                    int d = now[i] - before[i], size = Math.Abs(d);
                    moved += size > Noise ? Math.Min(size, MostChange) : 0;
                    brighter += d > Noise ? Math.Min(d, MostChange) : 0;
                }
            }

            times.Add(camera.TimesNs[row]);
            change.Add(moved);
            rise.Add(brighter);
            (before, now) = (now, before.Length == now.Length ? before : new byte[now.Length]);
        }

        if (times.Count < 30)
        {
            throw new CalibrationException(CalibrationProblem.Data, $"{times.Count} of its {camera.TimesNs.Length} pictures can be decoded here, and 30 are the least", camera.Name, "Record JPEG pictures (format: mjpeg), for half a minute.");
        }

        long interval = camera.IntervalNs;
        return new PictureEvents(FlashesOf(times, rise, interval), StopsOf(times, change, interval), interval);
    }

    private static bool Decode(JpegDecoder decoder, byte[] jpeg, ref byte[] pixels, out int count)
    {
        count = 0;
        if (!decoder.TryReadHeader(jpeg, out JpegHeader header, out _))
        {
            return false;
        }

        JpegHeader small = JpegDecoder.Scaled(header, Scale);
        count = small.WidthPx * small.HeightPx;
        pixels = pixels.Length == count ? pixels : new byte[count];
        return decoder.TryDecode(jpeg, JpegPixels.Gray, Scale, pixels, out _, out _);
    }

    private static List<PictureEvent> FlashesOf(List<long> times, List<double> rise, long interval)
    {
        double least = Threshold(rise);
        var found = new List<PictureEvent>();
        for (int k = 2; k < times.Count - 1; k++)
        {
            if (rise[k] > least && rise[k - 1] < Alone * rise[k] && rise[k + 1] < Alone * rise[k] && times[k] - times[k - 1] < 2 * interval)
            {
                found.Add(new PictureEvent(times[k - 1], times[k], (times[k - 1] / 2) + (times[k] / 2), rise[k]));
            }
        }

        return found;
    }

    private static List<PictureEvent> StopsOf(List<long> times, List<double> change, long interval)
    {
        double least = Threshold(change);
        var found = new List<PictureEvent>();
        for (int k = 3; k < times.Count; k++)
        {
            // k is the first picture that hardly differs from the one before; the motion was at its fastest shortly before that.
            double fastest = Math.Max(change[k - 1], change[k - 2]);
            if (change[k] > Stopped * fastest || fastest < least || change[k - 2] < Stopped * fastest || times[k] - times[k - 3] > (LongestStop + 1) * interval)
            {
                continue;
            }

            // Only a part of the last interval was moved in: the part of the way that it was expected to make. Hands that meet do not slow down before.
            bool wasPart = change[k - 1] < change[k - 2];
            double part = Math.Min(1, change[k - 1] / Math.Max(change[k - 2], 1e-9));
            long from = times[k - 2], to = times[k - 1];

            // Where the last interval was moved through whole, the stop may have come early in the next one, which then shows a small rest of motion.
            double rest = wasPart ? 0 : Math.Min(1, change[k] / Math.Max(change[k - 1], 1e-9));
            found.Add(new PictureEvent(from, times[k], from + (long)(part * (to - from)) + (long)(rest * (times[k] - to)), fastest));

            // The same stop is not found once more in the next picture.
            k += LongestStop - 1;
        }

        return found;
    }

    private static double Threshold(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        double usual = sorted[sorted.Length / 2], largest = sorted[^Math.Max(1, sorted.Length / 500)];
        return Math.Max(AboveUsual * usual, LeastOfLargest * largest);
    }
}
