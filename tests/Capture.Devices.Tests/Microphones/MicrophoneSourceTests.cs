using System.Runtime.InteropServices;
using Capture.Core.Time;
using Capture.Devices.Microphones;
using Capture.Episodes.Schema;

namespace Capture.Devices.Tests.Microphones;

/// <summary>The source against ALSA's file plugin: real libasound, no sound card. A plugin on a file does not pace; one on a FIFO is paced by its writer.</summary>
[NonParallelizable]
public sealed class MicrophoneSourceTests
{
    private const int PeriodBytes = 480 * 2 * 2;

    [Test]
    public void Sound_comes_sample_by_sample_as_it_is()
    {
        short[] sound = [.. Enumerable.Range(0, 4 * 48_000 * 2).Select(i => (short)((i * 2_654_435_761u) >> 16))];
        File.WriteAllBytes(Path.Combine(AlsaFiles.Folder, "sound.raw"), MemoryMarshal.AsBytes(sound.AsSpan()).ToArray());
        using RunningSource running = new(Source("filemic"), s => s.All.ForEach(x => x.KeepPayloads = true));
        RecordedSink sink = running.Sinks["room"];
        running.WaitFor(() => sink.Count >= 90, "90 periods");
        running.Stop();

        AudioPeriodStream stream = (AudioPeriodStream)sink.Stream;
        Assert.That((stream.SampleRateHz, stream.Channels, stream.PeriodFrames, stream.RateHz), Is.EqualTo((48_000, 2, 480, 100.0)));
        byte[] heard = [.. sink.Payloads.Take(90).SelectMany(p => p)];

        // A file gives its sound without being waited for, so the first second is passed over as a backlog; from a period's edge on it is complete.
        byte[] whole = MemoryMarshal.AsBytes(sound.AsSpan()).ToArray();
        int start = whole.AsSpan().IndexOf(heard);
        Assert.That(start, Is.GreaterThanOrEqualTo(0));
        Assert.That(start % (480 * 2 * 2), Is.Zero);
        Assert.That(start / (2 * 2), Is.LessThanOrEqualTo(48_000));
        for (int i = 0; i < 90; i++)
        {
            Assert.That((sink.Stamps[i].Sequence, sink.Stamps[i].Ticks!.Value.Value), Is.EqualTo(((long)i, i * 480L)));
        }
    }

    [TestCase(SampleWidth.S16, 16_000)]
    [TestCase(SampleWidth.S24, 96_000)]
    [TestCase(SampleWidth.S32, 192_000)]
    [TestCase(SampleWidth.F32, 44_100)]
    public void Every_sample_format_and_rate_is_recorded_bit_for_bit(SampleWidth samples, int rate)
    {
        int bytes = samples switch { SampleWidth.S16 => 2, SampleWidth.S24 => 3, _ => 4 };

        // The first sample of each frame counts frames, so that the place of what was heard is known.
        const int Seconds = 3;
        byte[] sound = new byte[rate * Seconds * 2 * bytes];
        for (int frame = 0; frame < rate * Seconds; frame++)
        {
            Span<byte> at = sound.AsSpan(frame * 2 * bytes, 2 * bytes);
            BitConverter.GetBytes(frame).AsSpan(0, bytes).CopyTo(at);
            BitConverter.GetBytes(frame * -7).AsSpan(0, bytes).CopyTo(at[bytes..]);
        }

        File.WriteAllBytes(AlsaFiles.File, sound);
        using RunningSource running = new(Source("filemic", s => s with { Samples = samples, SampleRateHz = rate }), s => s.All.ForEach(x => x.KeepPayloads = true));
        RecordedSink sink = running.Sinks["room"];
        running.WaitFor(() => sink.Count >= 50, "50 periods");
        running.Stop();
        var stream = (AudioPeriodStream)sink.Stream;
        Assert.That(stream.Format, Is.EqualTo(samples switch { SampleWidth.S16 => AudioSampleFormat.S16, SampleWidth.F32 => AudioSampleFormat.F32, _ => AudioSampleFormat.S32 }));
        Assert.That((stream.SignificantBits, stream.PeriodFrames), Is.EqualTo((samples == SampleWidth.S24 ? 24 : (int?)null, rate / 100)));
        byte[] heard = [.. sink.Payloads.Take(50).SelectMany(p => p)];
        byte[] narrow = samples == SampleWidth.S24 ? [.. heard.Where((_, i) => i % 4 != 0)] : heard;
        Assert.That(heard.Where((_, i) => samples == SampleWidth.S24 && i % 4 == 0), Is.All.Zero, "the lowest byte of a 24-bit sample");
        Assert.That(sound.AsSpan().IndexOf(narrow), Is.GreaterThanOrEqualTo(0));
    }

    [Test]
    public void Twenty_four_bits_in_four_bytes_lose_what_lies_above_them()
    {
        WireSample wide = WireSample.For(SampleWidth.S24).Single(w => w.Bytes == 4);
        byte[] stored = new byte[8];
        wide.Widen([0x01, 0x02, 0x83, 0x5A, 0xFF, 0xFF, 0x7F, 0xFF], stored);
        Assert.That(MemoryMarshal.Cast<byte, int>(stored).ToArray(), Is.EqualTo(new[] { unchecked((int)0x8302_0100), 0x7FFF_FF00 }));
    }

    [Test]
    public void Paced_sound_has_times_at_its_pace_and_the_loop_allocates_nothing()
    {
        using PacedSound paced = new(AlsaFiles.Fifo);
        using RunningSource running = new(Source("fifomic", s => s with { Latency = new LatencyRange(Duration.Zero, Duration.FromMilliseconds(30)) }));
        RecordedSink sink = running.Sinks["room"];
        running.MeasureAllocation(sink, 50, 250);
        running.WaitFor(() => sink.Count >= 300, "3 s of sound");
        running.Stop();

        Assert.That(running.Allocated, Is.Zero);
        SampleStamp a = sink.Stamps[100];
        SampleStamp b = sink.Stamps[299];
        Assert.That((b.Estimate - a.Estimate).TotalMilliseconds, Is.EqualTo(1990).Within(25), "gross: the machine may be busy");
        Assert.That((b.HostTime - b.Estimate).TotalMilliseconds, Is.InRange(9.5, 60), "a period and the delivery");
        Assert.That(((AudioPeriodStream)sink.Stream).Latency, Is.EqualTo(new LatencyRange(Duration.FromMilliseconds(10), Duration.FromMilliseconds(40))));
    }

    [Test]
    public void A_device_that_does_not_exist_is_named()
    {
        _ = AlsaFiles.Folder;
        using MicrophoneSource source = Source("hw:CARD=NoSuchCard");
        DeviceException e = Assert.Throws<DeviceException>(source.Open)!;
        Assert.That(e.Trouble, Is.EqualTo(DeviceTrouble.NotFound));
        Assert.That(e.Message, Does.Contain("hw:CARD=NoSuchCard").And.Contain("arecord -L"));
    }

    [Test]
    public void A_rate_that_the_device_does_not_have_is_refused()
    {
        _ = AlsaFiles.Folder;
        using MicrophoneSource source = Source("fixedmic");
        DeviceException e = Assert.Throws<DeviceException>(source.Open)!;
        Assert.That(e.Trouble, Is.EqualTo(DeviceTrouble.Unsupported));
        Assert.That(e.Message, Does.Contain("48000 Hz"));
    }

    private static MicrophoneSource Source(string device, Func<MicrophoneSettings, MicrophoneSettings>? change = null)
    {
        MicrophoneSettings settings = new() { Name = "room", Device = device, SampleRateHz = 48_000, Channels = 2, Samples = SampleWidth.S16 };
        return new MicrophoneSource(change?.Invoke(settings) ?? settings, HostClock.System);
    }

    /// <summary>Writes 10 ms of sound every 10 ms, on an absolute schedule.</summary>
    private sealed class PacedSound : IDisposable
    {
        private readonly FileStream fifo;
        private readonly Thread thread;
        private volatile bool ended;

        public PacedSound(string path)
        {
            // Opened for reading too, so that opening does not wait for the other end.
            fifo = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0);
            thread = new Thread(Write) { IsBackground = true };
            thread.Start();
        }

        public void Dispose()
        {
            ended = true;
            thread.Join(1000);
            fifo.Dispose();
        }

        private void Write()
        {
            byte[] period = new byte[PeriodBytes];
            HostTime next = HostClock.System.Now;
            while (!ended)
            {
                fifo.Write(period);
                next += Duration.FromMilliseconds(10);
                Duration left = next - HostClock.System.Now;
                if (left > Duration.Zero)
                {
                    Thread.Sleep((int)Math.Ceiling(left.TotalMilliseconds));
                }
            }
        }
    }
}
