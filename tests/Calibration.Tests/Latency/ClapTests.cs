using System.Runtime.InteropServices;
using System.Text.Json;
using Calibration.Detection;
using Calibration.Latency;
using Calibration.Latency.Claps;
using Calibration.Results;
using Calibration.Episodes;
using Calibration.Tests.Episodes;
using Calibration.Tests.Verbs;
using Capture.Episodes.Schema;

namespace Calibration.Tests.Latency;

/// <summary>
/// Rendered episodes of claps with a known lag of the camera. The exposure is short and the shutter global; the hands are two bright blocks. What this does not prove: real hands in real light, whose blur
/// makes the stop late.
/// </summary>
[NonParallelizable]
internal sealed class ClapTests
{
    private const int Width = 320;
    private const int Height = 240;
    private const int Period = 480;
    private const double Fps = 30;

    private string _folder = "";

    [SetUp]
    public void Make() => _folder = Directory.CreateTempSubdirectory("claps").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [TestCase(83.0, 1)]
    [TestCase(-21.5, 2)]
    [TestCase(310.0, 3)]
    public void A_click_with_a_lamp_gives_the_lag_within_its_interval(double lagMs, int seed)
    {
        CalibrationResult result = Run(Episode(Times(seed, 12), lagMs, seed, flash: true), 0);
        LagResult lag = result.Lags[0];
        TestContext.Out.WriteLine($"{lag.LagNs / 1e6:0.00} ± {lag.SigmaNs / 1e6:0.00} ms, {lag.Low95Ns / 1e6:0.00} to {lag.High95Ns / 1e6:0.00}");
        Assert.That(lagMs * 1e6, Is.InRange(lag.Low95Ns!.Value, lag.High95Ns!.Value));
        Assert.That(lag.High95Ns - lag.Low95Ns, Is.LessThan(20e6), "twelve claps say more than one picture of 33 ms");
    }

    [TestCase(83.0, 4)]
    [TestCase(-40.0, 5)]
    public void Hands_that_meet_give_the_lag_within_its_interval(double lagMs, int seed)
    {
        CalibrationResult result = Run(Episode(Times(seed, 12), lagMs, seed, flash: false), 0);
        LagResult lag = result.Lags[0];
        TestContext.Out.WriteLine($"{lag.LagNs / 1e6:0.00} ± {lag.SigmaNs / 1e6:0.00} ms, {lag.Low95Ns / 1e6:0.00} to {lag.High95Ns / 1e6:0.00}");
        Assert.That(lagMs * 1e6, Is.InRange(lag.Low95Ns!.Value, lag.High95Ns!.Value));
        Assert.That(lag.SigmaNs, Is.LessThan(6e6));
        Assert.That(result.Verdict.Sentences[1], Does.Contain("a motion that stops"));
    }

    [Test]
    public void The_way_of_the_sound_is_taken_out()
    {
        string episode = Episode(Times(1, 12), 83, 1, flash: true);
        Assert.That(Run(episode, 3.43).Lags[0].LagNs - Run(episode, 0).Lags[0].LagNs, Is.EqualTo(10_000_000).Within(1000));
    }

    [Test]
    public void Claps_that_are_not_seen_or_not_heard_are_refused_with_the_reason()
    {
        string unseen = Episode(Times(1, 10), 83, 1, flash: null);
        Assert.That(() => Run(unseen, 0), Throws.TypeOf<NoLagException>().With.Message.Contains("are not seen by front"));
        string few = Episode(Times(1, 2), 83, 1, flash: true, name: "few");
        Assert.That(() => Run(few, 0), Throws.TypeOf<NoLagException>().With.Message.Contains("hears 2 claps"));
    }

    [Test]
    public void A_beat_is_refused_for_it_fits_more_than_one_lag()
    {
        string beat = Episode([.. Enumerable.Range(0, 14).Select(i => 1 + (0.7 * i))], 83, 1, flash: true);
        Assert.That(() => Run(beat, 0), Throws.TypeOf<NoLagException>().With.Message.Contains("irregular times"));
    }

    [Test]
    public void The_verb_says_it_and_names_a_stream_that_is_no_microphone()
    {
        string episode = Episode(Times(1, 12), 83, 1, flash: true);
        (int exit, string output, string errors) = MotionVerbTests.Run("latency", "--clap", $"{episode}:room", $"{episode}:front", "--distance", "0", "--json");
        Assert.That(exit, Is.Zero, errors);
        Assert.That(JsonDocument.Parse(output).RootElement.GetProperty("lags")[0].GetProperty("lag_ns").GetInt64(), Is.EqualTo(83_000_000).Within(7_000_000));
        (exit, _, errors) = MotionVerbTests.Run("latency", "--clap", $"{episode}:front", $"{episode}:room");
        Assert.That(exit, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("room is no camera").Or.Contain("holds no sound"));
    }

    private static CalibrationResult Run(string episode, double distance) =>
        ClapCalibration.Run(new EpisodeSource(episode, "room", null), new EpisodeSource(episode, "front", null), 2_000_000_000, distance, []);

    // Irregular, about one a second.
    private static double[] Times(int seed, int count)
    {
        var random = new Random(seed);
        double t = 1;
        return [.. Enumerable.Range(0, count).Select(_ => t += 0.6 + (0.7 * random.NextDouble()))];
    }

    /// <param name="flash">A lamp at each clap, or hands; null: neither.</param>
    private string Episode(double[] claps, double lagMs, int seed, bool? flash, string name = "day")
    {
        using var episode = new RecordedEpisode(_folder, name);
        ICameraFrameSink front = episode.Camera("front", Width, Height, Fps);
        IAudioPeriodSink room = episode.Sound("room", Period);
        episode.Arm();
        double length = claps[^1] + 1;
        var random = new Random(seed);
        double phase = random.NextDouble() / Fps;
        short[] samples = new short[Period];
        int frame = 0;
        for (long p = 0; p * Period / 48_000.0 < length; p++)
        {
            double from = p * Period / 48_000.0;
            for (int i = 0; i < Period; i++)
            {
                double t = from + (i / 48_000.0), value = 0.01 * Math.Sin(2 * Math.PI * 180 * t);
                foreach (double clap in claps)
                {
                    double since = t - clap;
                    value += since is >= 0 and < 0.05 ? 0.6 * Math.Exp(-since / 0.004) * Math.Cos(2 * Math.PI * 2200 * since) : 0;
                }

                samples[i] = (short)(32767 * Math.Clamp(value + (0.004 * (random.NextDouble() - 0.5)), -1, 1));
            }

            room.Append(episode.At(from), MemoryMarshal.AsBytes(samples.AsSpan()));
            while (phase + (frame / Fps) < from + 0.01)
            {
                double t = phase + (frame++ / Fps);
                front.Append(episode.At(t + (lagMs / 1e3)), Picture(t, claps, flash, random), keyFrame: true);
            }

            episode.Pace();
        }

        return episode.Finish();
    }

    private static byte[] Picture(double t, double[] claps, bool? flash, Random random)
    {
        byte[] pixels = new byte[Width * Height];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)(70 + (i / Width / 8) + random.Next(5));
        }

        void Fill(double left, int top, int width, int height, byte value)
        {
            for (int y = top; y < top + height; y++)
            {
                for (int x = Math.Max(0, (int)left); x < Math.Min(Width, (int)left + width); x++)
                {
                    // Hands have fingers: what moves in them changes the picture all over.
                    pixels[(y * Width) + x] = (byte)(value - (40 * ((x - (int)left) / 10 % 2)));
                }
            }
        }

        if (flash == true && claps.Any(c => t >= c && t - c < 0.1))
        {
            Fill(200, 60, 30, 30, 250);
        }
        else if (flash == false)
        {
            // They come together ever faster within 0.2 s, rest for 0.12 s, and part slowly.
            double apart = 90;
            foreach (double c in claps)
            {
                double since = t - c;
                apart = since is > -0.2 and < 0 ? 90 * (1 - Math.Pow(1 + (since / 0.2), 2)) : since is >= 0 and < 0.12 ? 0 : since is >= 0.12 and < 0.42 ? 90 * Math.Pow(Math.Sin(Math.PI / 2 * (since - 0.12) / 0.3), 2) : apart;
            }

            Fill(160 - apart - 50, 80, 50, 90, 220);
            Fill(160 + apart, 80, 50, 90, 220);
        }

        using GrayImage image = GrayImage.FromPixels(pixels, Width, Height);
        return image.ToJpeg(Width, 85);
    }
}
