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
