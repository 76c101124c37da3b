using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Devices.Microphones;

/// <summary>
/// A microphone behind ALSA. A row is one period; its ticks are the index of its first frame, its host time the return of the read that completed it.
/// The clock is one-way: index behind the period against that return.
/// </summary>
/// <remarks>Some plugins (file, on a pipe) block inside a read whatever the mode; then <see cref="ISource.Run"/> does not return until data come.</remarks>
public sealed class MicrophoneSource(MicrophoneSettings settings, HostClock clock) : ReconnectingSource(settings.Name, clock)
{
    private const int WaitMs = 20;
    private static readonly Duration Silence = Duration.FromSeconds(2);

    // One long read may be a busy host; several in a row are the device's own pace.
    private const int WaitsInARow = 3;
    private static readonly Duration DrainAtMost = Duration.FromSeconds(1);

    private AlsaCapture? pcm;
    private AudioPeriodStream? stream;
    private IAudioPeriodSink? sink;
    private OneWayClock? deviceClock;
    private byte[] period = [];
    private int filledFrames;
    private long nextFrame;
    private long sequence;
    private HostTime lastRead;

    public override IReadOnlyList<StreamDescriptor> Streams => stream is null ? [] : [stream];

    private int FrameBytes => settings.Channels * AlsaCapture.BytesPerSample(settings.Format);

    protected override void OpenDevice()
    {
        if (settings.SampleRateHz is < 1000 or > 768_000 || settings.Channels is < 1 or > 64 || settings.PeriodMs is < 1 or > 1000)
        {
            throw new DeviceException(DeviceTrouble.Unsupported, "rate, channels or period are out of range", settings.Device, "Rates from 1000 to 768000 Hz, 1–64 channels and periods of 1–1000 ms are possible.");
        }

        pcm = AlsaCapture.Open(settings);
        period = new byte[pcm.PeriodFrames * FrameBytes];
        Duration length = new(pcm.PeriodFrames * 1_000_000_000L / settings.SampleRateHz);
        ClockDomain domain = new(Name, ClockFeed.OneWay, settings.SampleRateHz, 64);
        deviceClock = new OneWayClock(domain, settings.Latency);
        stream = new AudioPeriodStream
        {
            Name = Name,
            Device = new DeviceIdentity(settings.Device, null, null),
            Clock = domain,
            StampSource = StampSource.ReadReturn,
            StampInstant = StampInstant.FirstSample,

            // The first frame of a row waits for the whole period on top of what is declared.
            Latency = settings.Latency is { } l ? new LatencyRange(l.Min + length, l.Max + length) : null,
            RateHz = (double)settings.SampleRateHz / pcm.PeriodFrames,
            Counted = false,
            MaxRowBytes = period.Length,
            BytesPerSecond = (double)settings.SampleRateHz * FrameBytes,
            SampleRateHz = settings.SampleRateHz,
            Channels = settings.Channels,
            Format = settings.Format,
            PeriodFrames = pcm.PeriodFrames,
        };
    }

    protected override IStreamSink[] AttachSinks(ISinkFactory sinks)
    {
        sink = sinks.Open(stream!);
        return [sink];
    }

    protected override HostTime LastHeard(HostTime now) => lastRead;

    protected override string? ReadWhileConnected()
    {
        lastRead = Clock.Now;
        int started = pcm!.Start();
        if (started < 0 && !TryRestart(started))
        {
            return AlsaNative.Explain(started);
        }

        Drain();
        while (!Stopping)
        {
            int ready = pcm.Wait(WaitMs);
            int got = ready is < 0 and not AlsaNative.EAgain ? ready : Read();
            HostTime now = Clock.Now;
            TickIfDue(now);
            if (got > 0)
            {
                Advance(got, now);
            }
            else if (got is AlsaNative.EPipe or AlsaNative.EIo or AlsaNative.EStrPipe)
            {
                if (!TryRestart(got))
                {
                    return AlsaNative.Explain(got);
                }
            }
            else if (got is not (0 or AlsaNative.EAgain))
            {
                return AlsaNative.Explain(got);
            }
            else if (now - lastRead > Silence)
            {
                return "no sound came in time";
            }
            else if (ready > 0)
            {
                // The plugin says that data are there and gives none: do not spin.
                Pause(Duration.FromMilliseconds(2));
            }
        }

        return null;
    }

    protected override bool TryReconnect(Duration lostFor)
    {
        pcm = AlsaCapture.Open(settings);
        Bridge(lostFor);
        return true;
    }

    protected override void Disconnect()
    {
        pcm?.Dispose();
        pcm = null;
    }

    /// <summary>
    /// Passes over sound that was there before anybody waited for it: its arrival is not known. Periods that had to be waited for end it, and so does a
    /// second of sound: a device that never lets wait (a plugin on a file) is taken as it is from there.
    /// </summary>
    private void Drain()
    {
        HostTime begun = Clock.Now;
        HostTime before = begun;
        long drained = 0;
        int waited = 0;
        while (!Stopping && before - begun < DrainAtMost && drained < settings.SampleRateHz)
        {
            int ready = pcm!.Wait(WaitMs);
            int got = ready is < 0 and not AlsaNative.EAgain ? ready : Read();
            HostTime now = Clock.Now;
            TickIfDue(now);
            if (got < 0 && got != AlsaNative.EAgain)
            {
                break;
            }

            filledFrames = got > 0 ? (filledFrames + got) % pcm.PeriodFrames : filledFrames;
            if (filledFrames == 0 && got > 0)
            {
                long periodNs = pcm.PeriodFrames * 1_000_000_000L / settings.SampleRateHz;
                waited = (now - before).Nanoseconds > periodNs / 2 ? waited + 1 : 0;
                if (waited == WaitsInARow)
                {
                    break;
                }

                drained += pcm.PeriodFrames;
                before = now;
            }
        }

        filledFrames = 0;
        lastRead = Clock.Now;
    }

    private int Read() => pcm!.Read(period.AsSpan(filledFrames * FrameBytes), pcm.PeriodFrames - filledFrames);

    private void Advance(int frames, HostTime now)
    {
        lastRead = now;
        filledFrames += frames;
        if (filledFrames < pcm!.PeriodFrames)
        {
            return;
        }

        filledFrames = 0;
        DeviceTicks first = new(nextFrame);
        nextFrame += pcm.PeriodFrames;
        deviceClock!.Add(new ClockArrival(new DeviceTicks(nextFrame), now, Segment));
        HostTime firstArrival = now - new Duration(pcm.PeriodFrames * 1_000_000_000L / settings.SampleRateHz);
        SampleStamp stamp = new(sequence++, Segment, first, now, deviceClock.Estimate(first, firstArrival).Instant);
        sink!.Append(stamp, period);
        sink.ReportClockSigma(deviceClock.CurrentSigma);
    }

    private bool TryRestart(int error)
    {
        HostTime before = lastRead;
        if (pcm!.Restart() < 0)
        {
            return false;
        }

        HostTime now = Clock.Now;
        long lost = Bridge(now - before);
        LossReason reason = error == AlsaNative.EPipe ? LossReason.Overrun : LossReason.IntervalGap;
        sink!.Book(new Loss(now, LossStage.Device, reason, LossEvidence.Interval, lost, null));
        lastRead = now;
        return true;
    }

    /// <summary>
    /// Carries the index over a hole by the host's clock. The hole's length is known to a buffer's length at best, so what follows is a segment of its own.
    /// </summary>
    private long Bridge(Duration hole)
    {
        long lost = Math.Max(filledFrames, (long)Math.Round(hole.TotalSeconds * settings.SampleRateHz) + filledFrames);
        filledFrames = 0;
        nextFrame += lost;
        BeginSegment();
        deviceClock!.BeginSegment(Segment);
        return lost;
    }
}
