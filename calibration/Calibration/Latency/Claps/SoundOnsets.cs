using System.Globalization;
using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Calibration.Latency.Claps;

/// <summary>When something claps or clicks: sharp rises out of what was heard before. The first channel of a microphone.</summary>
internal static class SoundOnsets
{
    private const double TickS = 1e-3;
    private const long QuietNs = 250_000_000;

    // How far above the loudest of what went before, and at least so far below the loudest clap.
    private const double Rise = 6;
    private const double LeastOfLoudest = 0.15;
    private const int BeforeTicks = 100;
    private const int JustBeforeTicks = 3;
    private const double OnsetShare = 0.25;

    /// <summary>Instants of episode time, ns.</summary>
    /// <exception cref="CalibrationException">The stream is no microphone.</exception>
    public static long[] Find(EpisodeStream stream)
    {
        if (stream.Info.Kind != StreamKinds.AudioPeriod)
        {
            throw new CalibrationException(CalibrationProblem.Data, $"its kind '{stream.Info.Kind}' holds no sound", stream.Info.Name, "Name a microphone first, then the camera: --clap EPISODE:room EPISODE:front.");
        }

        (long[] at, double[] sharp) = Sharpness(stream);
        if (sharp.Length < 2 * BeforeTicks)
        {
            return [];
        }

        double[] sorted = [.. sharp.Order()];
        double loudest = sorted[^Math.Max(1, sorted.Length / 5000)];
        var onsets = new List<long>();
        long last = long.MinValue / 2;
        for (int i = BeforeTicks; i < sharp.Length; i++)
        {
            if (sharp[i] < LeastOfLoudest * loudest)
            {
                continue;
            }

            double before = 0;
            for (int k = i - BeforeTicks; k < i - JustBeforeTicks; k++)
            {
                before = Math.Max(before, sharp[k]);
            }

            if (sharp[i] > Rise * before && at[i] - last > QuietNs)
            {
                onsets.Add(at[i]);
                last = at[i];
            }
            else if (at[i] - last <= QuietNs)
            {
                // The echo of a clap is no clap; two in a row are one.
                last = Math.Max(last, at[i] - (QuietNs / 2));
            }
        }

        return [.. onsets];
    }

    // Per tick the steepest step between two samples, and when it began: a clap is steep, a voice and a motor are not.
    private static (long[] At, double[] Sharp) Sharpness(EpisodeStream stream)
    {
        int channels = Number(stream, MetadataKeys.AudioChannels, 1), rate = Number(stream, MetadataKeys.AudioRate, 48_000);
        int tick = Math.Max(1, (int)(rate * TickS));
        double sampleNs = 1e9 / rate;
        long[] times = stream.ReadTimes();
        var at = new List<long>();
        var sharp = new List<double>();
        double before = 0;
        int row = 0;
        double[] steps = new double[tick];
        foreach (RecordBatch batch in stream.ReadAll())
        {
            ArrowColumn samples = batch.Column(AudioPeriodSchema.Samples);
            int size = ((FixedSizeListType)samples.Field.Type).Size, frames = size / channels;
            for (int r = 0; r < batch.Rows; r++, row++)
            {
                for (int i = 0; i < frames; i += tick)
                {
                    int end = Math.Min(frames, i + tick), first = i;
                    double peak = 0;
                    for (int k = i; k < end; k++)
                    {
                        double v = Sample(samples.Item, (r * size) + (k * channels)), step = Math.Abs(v - before);
                        before = v;
                        peak = Math.Max(peak, step);
                        steps[k - i] = step;
                    }

                    while (first < end - 1 && steps[first - i] < OnsetShare * peak)
                    {
                        first++;
                    }

                    at.Add(times[row] + (long)(first * sampleNs));
                    sharp.Add(peak);
                }
            }
        }

        return ([.. at], [.. sharp]);
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
