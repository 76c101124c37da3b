using System.Globalization;
using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.SyncCheck;

/// <summary>What is heard over a stretch: how loud it is, and when something clicks. The first channel.</summary>
internal sealed class Sound
{
    private const long HopNs = 10_000_000;
    private const long ClickGapNs = 60_000_000;
    private const double ClickFactor = 8;

    private Sound(long[] from, long[] to, double[] level, long[] clicks) => (From, To, Level, Clicks) = (from, to, level, clicks);

    public long[] From { get; }

    public long[] To { get; }

    /// <summary>Root mean square of each interval, full scale is 1; a click counts as what is around it.</summary>
    public double[] Level { get; }

    /// <summary>Onsets, ns of episode time.</summary>
    public long[] Clicks { get; }

    public static Sound Read(EpisodeStream stream, long fromNs, long toNs)
    {
        int channels = Number(stream, MetadataKeys.AudioChannels, 1);
        double sampleNs = 1e9 / Number(stream, MetadataKeys.AudioRate, 48_000);
        long[] times = stream.ReadTimes();
        int hop = Math.Max((int)(HopNs / sampleNs), 1);
        int tick = Math.Max((int)(1_000_000 / sampleNs), 1);
        var from = new List<long>();
        var to = new List<long>();
        var level = new List<double>();
        var sharp = new List<(long At, double Energy)>();
        double before = 0;
        for (int b = 0; b < stream.Batches; b++)
        {
            int first = (int)stream.FirstRow(b);
            int rows = stream.RowsOf(b);
            if (rows == 0 || times[first + rows - 1] < fromNs || times[first] > toNs)
            {
                continue;
            }

            ArrowColumn samples = stream.ReadBatch(b).Column(AudioPeriodSchema.Samples);
            int frames = ((FixedSizeListType)samples.Field.Type).Size / channels;
            for (int row = 0; row < rows; row++)
            {
                long start = times[first + row];
                if (start < fromNs || start > toNs)
                {
                    continue;
                }

                int at = row * frames * channels;
                for (int i = 0; i + hop <= frames || i == 0; i += hop)
                {
                    int n = Math.Min(hop, frames - i);
                    double sum = 0;
                    for (int k = i; k < i + n; k++)
                    {
                        double v = Sample(samples.Item, at + (k * channels));
                        sum += v * v;
                    }

                    from.Add(start + (long)(i * sampleNs));
                    to.Add(start + (long)((i + n) * sampleNs));
                    level.Add(Math.Sqrt(sum / n));
                }

                // The second difference lets a click through and holds a motor's hum back.
                for (int i = 0; i + tick <= frames; i += tick)
                {
                    double peak = 0;
                    int onset = i;
                    double a = before;
                    for (int k = i; k < i + tick; k++)
                    {
                        double v = Sample(samples.Item, at + (k * channels));
                        double step = Math.Abs(v - a);
                        if (step > peak)
                        {
                            (peak, onset) = (step, k);
                        }

                        a = v;
                    }

                    before = a;
                    sharp.Add((start + (long)(onset * sampleNs), peak));
                }
            }
        }

        return new Sound([.. from], [.. to], WithoutClicks(level), FindClicks(sharp));
    }

    private static long[] FindClicks(List<(long At, double Energy)> sharp)
    {
        if (sharp.Count < 100)
        {
            return [];
        }

        double[] sorted = [.. sharp.Select(s => s.Energy).Order()];
        double threshold = ClickFactor * Math.Max(sorted[(int)(sorted.Length * 0.9)], 1e-4);
        var clicks = new List<long>();
        long last = long.MinValue / 2;
        foreach ((long at, double energy) in sharp)
        {
            if (energy > threshold)
            {
                if (at - last > ClickGapNs)
                {
                    clicks.Add(at);
                }

                last = at;
            }
        }

        return [.. clicks];
    }

    // A running median of five takes what lasts shorter than three intervals away.
    private static double[] WithoutClicks(List<double> level)
    {
        double[] quiet = new double[level.Count];
        double[] five = new double[5];
        for (int i = 0; i < quiet.Length; i++)
        {
            for (int k = 0; k < 5; k++)
            {
                five[k] = level[Math.Clamp(i + k - 2, 0, level.Count - 1)];
            }

            Array.Sort(five);
            quiet[i] = five[2];
        }

        return quiet;
    }

    private static double Sample(ArrowColumn items, int index) => items.Field.Type switch
    {
        IntType { BitWidth: 16 } => items.Values<short>()[index] / 32768.0,
        IntType => items.Values<int>()[index] / 2147483648.0,
        _ => items.Values<float>()[index],
    };

    private static int Number(EpisodeStream stream, string key, int otherwise) =>
        int.TryParse(stream.Schema.Metadata.Find(key), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0 ? value : otherwise;
}
