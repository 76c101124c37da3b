using System.Globalization;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Devices.Discovery;
using Capture.Episodes.Schema;

namespace Capture.Devices.Microphones;

/// <summary>
/// A microphone behind ALSA. A row is one period; its ticks are the index of its first frame. Its host time is when its last frame came in: by the driver's stamp where a
/// card is read directly, and the read's return is kept beside it; behind a plugin, that return. The clock is one-way: index behind the period against that time.
/// </summary>
/// <remarks>
/// What an overrun, a stall or an unplugging cost is measured from the last frame before to the first one after it, by those same stamps; the index goes on behind exactly so
/// many frames, and so many are booked. Some plugins (file, on a pipe) block inside a read whatever the mode; then <see cref="ISource.Run"/> does not return until data come.
/// </remarks>
public sealed class MicrophoneSource(MicrophoneSettings settings, HostClock clock) : ReconnectingSource(settings.Name, clock)
{
    private const int WaitMs = 20;
    private static readonly Duration Silence = Duration.FromSeconds(2);

    // One long read may be a busy host; several in a row are the device's own pace.
    private const int WaitsInARow = 3;

    // A driver's stamp farther from the read than this is broken, not late.
    private static readonly Duration StampWithin = Duration.FromSeconds(2);

    private readonly SoundCards cards = new();
    private AlsaCapture? pcm;
    private AudioPeriodStream? stream;
    private IAudioPeriodSink? sink;
    private OneWayClock? deviceClock;
    private LocalIdentity? identity;
    private bool serialIsItsOwn;
    private byte[] period = [];
    private byte[] widened = [];
    private int filledFrames;
    private long nextFrame;
    private long sequence;
    private HostTime lastRead;
    private HostTime? lastFrameAt;
    private LossReason? hole;
    private bool backlog;
    private HostTime backlogSince;
    private long backlogFrames;
    private int waited;

    public override IReadOnlyList<StreamDescriptor> Streams => stream is null ? [] : [stream];

    private int FrameBytes => settings.Channels * pcm!.Wire.Bytes;

    // A local device costs nothing to look for, and should be back within two seconds of its return.
    protected override Duration LongestPause { get; } = Duration.FromMilliseconds(300);

    protected override void OpenDevice()
    {
        if (settings.SampleRateHz is < 1000 or > 768_000 || settings.Channels is < 1 or > 64 || settings.PeriodMs is < 1 or > 1000)
        {
            throw new DeviceException(DeviceTrouble.Unsupported, "rate, channels or period are out of range", settings.Device, "Rates from 1000 to 768000 Hz, 1–64 channels and periods of 1–1000 ms are possible.");
        }

        FoundCard? card = Card();
        identity = card?.Identity;
        serialIsItsOwn = identity is not null && cards.Find().Count(c => c.Identity.SameDevice(identity)) == 1;
        pcm = AlsaCapture.Open(settings, AlsaName(card));
        WireSample wire = pcm.Wire;
        period = new byte[pcm.PeriodFrames * FrameBytes];
        widened = wire.IsStoredAsRead ? period : new byte[pcm.PeriodFrames * settings.Channels * wire.StoredBytes];
        Duration length = Frames(pcm.PeriodFrames);
        ClockDomain domain = new(Name, ClockFeed.OneWay, settings.SampleRateHz, 64);
        deviceClock = new OneWayClock(domain, settings.Latency, new OneWayOptions { MaxDriftPpm = ClockAssumptions.SoundCardDriftPpm });
        stream = new AudioPeriodStream
        {
            Name = Name,
            Device = new DeviceIdentity(settings.Device, identity?.Model, identity?.ToString()),
            Clock = domain,
            StampSource = pcm.IsHardware ? StampSource.Kernel : StampSource.ReadReturn,
            StampInstant = StampInstant.FirstSample,
            KeepsReadTime = pcm.IsHardware,

            // The first frame of a row waits for the whole period on top of what is declared.
            Latency = settings.Latency is { } l ? new LatencyRange(l.Min + length, l.Max + length) : null,
            RateHz = (double)settings.SampleRateHz / pcm.PeriodFrames,
            Counted = false,
            MaxRowBytes = widened.Length,
            BytesPerSecond = (double)settings.SampleRateHz * settings.Channels * wire.StoredBytes,
            SampleRateHz = settings.SampleRateHz,
            Channels = settings.Channels,
            Format = wire.Stored,
            SignificantBits = settings.Samples == SampleWidth.S24 ? 24 : null,
            PeriodFrames = pcm.PeriodFrames,
        };
    }

    protected override IStreamSink[] AttachSinks(ISinkFactory sinks)
    {
        sink = sinks.Open(stream!);
        return [sink];
    }

    protected override HostTime LastHeard(HostTime now) => lastRead;

    /// <summary>
    /// Sound that was there before anybody waited for it. Periods that had to be waited for end it, and so does a second of sound: a device that never lets wait (a
    /// plugin on a file) is taken as it is from there. After a hole there is none: the sound begins when the device does.
    /// </summary>
    protected override bool PassOverBacklog()
    {
        if (!backlog)
        {
            if (pcm!.Start() < 0 || hole is not null)
            {
                return false;
            }

            (backlog, backlogFrames, waited, backlogSince) = (true, 0, 0, Clock.Now);
        }

        int ready = pcm!.Wait(WaitMs);
        int got = ready is < 0 and not AlsaNative.EAgain ? ready : Read();
        if (got < 0 && got != AlsaNative.EAgain)
        {
            return false;
        }

        filledFrames = got > 0 ? (filledFrames + got) % pcm.PeriodFrames : filledFrames;
        if (filledFrames == 0 && got > 0)
        {
            HostTime now = Clock.Now;
            waited = (now - backlogSince) > Frames(pcm.PeriodFrames) / 2 ? waited + 1 : 0;
            backlogSince = now;
            backlogFrames += pcm.PeriodFrames;
        }

        return waited < WaitsInARow && backlogFrames < settings.SampleRateHz;
    }

    protected override string? ReadWhileConnected()
    {
        backlog = false;

        // What was begun before a hole is lost with it, and counted there.
        filledFrames = hole is null ? 0 : filledFrames;
        lastRead = Clock.Now;
        int started = pcm!.Start();
        if (started < 0 && !Restart(started))
        {
            return AlsaNative.Explain(started);
        }

        while (!Stopping)
        {
            int ready = pcm.Wait(WaitMs);
            bool stamped = StampBeforeRead(out long available, out HostTime stamp);
            int got = ready is < 0 and not AlsaNative.EAgain ? ready : Read();
            HostTime now = Clock.Now;
            TickIfDue(now);
            if (got > 0)
            {
                // The stamp is that of the last frame available; what was read ends before it.
                HostTime at = stamped && available >= got && stamp - now < StampWithin && now - stamp < StampWithin ? stamp - Frames(available - got) : now;
                Advance(got, at, now);
            }
            else if (got is AlsaNative.EPipe or AlsaNative.EIo or AlsaNative.EStrPipe)
            {
                if (!Restart(got))
                {
                    return $"the microphone was unplugged, or its stream broke off ({AlsaNative.Explain(got)})";
                }
            }
            else if (got is not (0 or AlsaNative.EAgain))
            {
                return got == AlsaNative.ENoDev ? "the microphone was unplugged" : AlsaNative.Explain(got);
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

        if (hole is { } open)
        {
            // Told to stop before the first frame behind it came: the hole reaches to the end.
            HostTime end = Clock.Now;
            sink!.Book(new Loss(end, LossStage.Device, open, LossEvidence.Interval, LostUntil(end), null));
            hole = null;
        }

        return null;
    }

    protected override bool TryReconnect(Duration lostFor)
    {
        FoundCard? card = null;
        if (identity is not null && (card = cards.FindAgain(identity, serialIsItsOwn, settings.Device)) is null)
        {
            return false;
        }

        pcm = AlsaCapture.Open(settings, AlsaName(card));
        hole = LossReason.IntervalGap;
        return true;
    }

    /// <summary>What the absence cost is booked with the first period after it, when its length is known.</summary>
    protected override (long? Count, LossEvidence Evidence, long? FirstSequence) LostDuring(StreamDescriptor stream, Duration away) =>
        hole is null ? base.LostDuring(stream, away)
        : Stopping ? (LostUntil(Clock.Now), LossEvidence.Interval, null)
        : (0, LossEvidence.Interval, null);

    protected override void Disconnect()
    {
        pcm?.Dispose();
        pcm = null;
    }

    private Duration Frames(long count) => new(count * 1_000_000_000L / settings.SampleRateHz);

    private FoundCard? Card()
    {
        if (!settings.Device.StartsWith("usb:", StringComparison.Ordinal))
        {
            return cards.Behind(settings.Device);
        }

        LocalAddress address = LocalAddress.Parse(settings.Device, out string? problem)
            ?? throw new DeviceException(DeviceTrouble.NotFound, problem!, settings.Device, "List the microphones with: capture devices");
        return cards.Resolve(address);
    }

    /// <summary>ALSA's name for the card where it is now; the device and the plugin stay those of the settings.</summary>
    private string AlsaName(FoundCard? card)
    {
        if (card is null)
        {
            return settings.Device;
        }

        if (settings.Device.StartsWith("usb:", StringComparison.Ordinal))
        {
            return string.Create(CultureInfo.InvariantCulture, $"hw:{card.Number},{card.Devices[0]}");
        }

        int colon = settings.Device.IndexOf(':', StringComparison.Ordinal);
        int comma = settings.Device.IndexOf(',', StringComparison.Ordinal);
        string rest = comma < 0 ? "" : settings.Device[comma..];
        return string.Create(CultureInfo.InvariantCulture, $"{settings.Device[..colon]}:CARD={card.Number}{rest}");
    }

    private int Read() => pcm!.Read(period.AsSpan(filledFrames * FrameBytes), pcm.PeriodFrames - filledFrames);

    private bool StampBeforeRead(out long available, out HostTime stamp)
    {
        available = 0;
        long ns = 0;
        bool stamped = pcm!.IsHardware && pcm.TryStamp(out available, out ns);
        stamp = new HostTime(ns);
        return stamped;
    }

    private void Advance(int frames, HostTime at, HostTime now)
    {
        lastRead = now;
        if (hole is { } reason)
        {
            Bridge(at - Frames(frames), reason, now);
        }

        // Two stamps of a late driver may come in the wrong order; a frame cannot come in before the one in front of it.
        at = lastFrameAt is { } last && at < last ? last : at;
        lastFrameAt = at;
        filledFrames += frames;
        if (filledFrames < pcm!.PeriodFrames)
        {
            return;
        }

        filledFrames = 0;
        DeviceTicks first = new(nextFrame);
        nextFrame += pcm.PeriodFrames;
        deviceClock!.Add(new ClockArrival(new DeviceTicks(nextFrame), at, Segment));
        SampleStamp stamp = new(sequence++, Segment, first, at, deviceClock.Estimate(first, at - Frames(pcm.PeriodFrames)).Instant) { ReadTime = now };
        if (!pcm.Wire.IsStoredAsRead)
        {
            pcm.Wire.Widen(period, widened);
        }

        sink!.Append(stamp, widened);
        sink.ReportClockSigma(deviceClock.CurrentSigma);
    }

    private bool Restart(int error)
    {
        if (pcm!.Restart() < 0)
        {
            return false;
        }

        // Overruns in a row are one hole: no frame came between them.
        hole ??= error == AlsaNative.EPipe ? LossReason.Overrun : LossReason.IntervalGap;
        return true;
    }

    /// <summary>
    /// Carries the index over a hole, from the last frame before it to the first one behind it. A stamp is no better than the driver's, so what follows is a segment of its own.
    /// </summary>
    private void Bridge(HostTime firstFrameAt, LossReason reason, HostTime now)
    {
        hole = null;
        if (lastFrameAt is null)
        {
            filledFrames = 0;
            return;
        }

        long lost = LostUntil(firstFrameAt);
        filledFrames = 0;
        nextFrame += lost;
        BeginSegment();
        deviceClock!.BeginSegment(Segment);
        sink!.Book(new Loss(now, LossStage.Device, reason, LossEvidence.Interval, lost, null));
    }

    /// <summary>Frames between the last one that came and an instant, and those of a period that was begun before: they are lost with it.</summary>
    private long LostUntil(HostTime end)
    {
        double rate = settings.SampleRateHz / (1 + ((deviceClock!.DriftPpm ?? 0) * 1e-6));
        return lastFrameAt is { } last ? filledFrames + Math.Max(0, (long)Math.Round((end - last).TotalSeconds * rate)) : 0;
    }
}
