using System.Globalization;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;
using Capture.Media.Processes;
using Capture.Media.Video;

namespace Capture.Devices.Cameras.Ffmpeg;

/// <summary>
/// Whatever ffmpeg reads, as a camera. What happens now is stamped when it comes out of ffmpeg, and marked so. What was recorded carries its own times: they are the device's ticks; played in real
/// time they are fitted against arrivals like those of any camera, played fast they are laid on the host's clock as they are.
/// </summary>
public sealed class FfmpegCameraSource(FfmpegCameraSettings settings, HostClock clock) : ReconnectingSource(settings.Name, clock)
{
    private const int WaitMs = 20;
    private const int NanosecondsPerSecond = 1_000_000_000;
    private static readonly Duration PressedPause = Duration.FromMilliseconds(2);

    private ArrivalClock? arrivals;
    private FfmpegInput? input;
    private FfmpegProcess? process;
    private NutPipe? pipe;
    private NutVideo? video;
    private OneWayClock? deviceClock;
    private CameraFrameStream? stream;
    private ICameraFrameSink? sink;
    private HostTime lastPicture;
    private HostTime began;
    private long sequence;
    private long? firstTicks;
    private long? lastTicks;
    private bool needsKeyFrame = true;

    public override IReadOnlyList<StreamDescriptor> Streams => stream is null ? [] : [stream];

    private bool IsLive => settings.Pace == InputPace.Live;

    protected override void OpenDevice()
    {
        input = new FfmpegInput(settings, Clock);
        Start(onlyFirst: !IsLive);
        byte[] first = input.First(process!, pipe!, waiting: null)!;
        Describe(first);
        if (!IsLive)
        {
            // It plays from its beginning when the recording begins.
            Disconnect();
        }
    }

    protected override IStreamSink[] AttachSinks(ISinkFactory sinks)
    {
        sink = sinks.Open(stream!);
        return [sink];
    }

    protected override HostTime LastHeard(HostTime now) => lastPicture;

    protected override bool PassOverBacklog() => IsLive && (pipe!.TryTake(out _) || pipe.Fill());

    protected override string? ReadWhileConnected()
    {
        if (IsLive)
        {
            return Read();
        }

        try
        {
            Start(onlyFirst: false);
            return Read();
        }
        catch (DeviceException e)
        {
            // Anew would be from its beginning.
            EndOfFile(e.Message);
            return null;
        }
    }

    private string? Read()
    {
        lastPicture = Clock.Now;
        while (!Stopping)
        {
            bool moved = pipe!.Fill();
            HostTime now = Clock.Now;
            while (!Stopping && pipe.TryTake(out NutFrame frame))
            {
                Deliver(frame, now);
                while (settings.Pace == InputPace.Fast && sink!.IsPressed && Pause(PressedPause))
                {
                    // It can wait; what it would lose now, nobody has to lose.
                }
            }

            TickIfDue(now);
            if (pipe.Ended)
            {
                process!.WaitForEnd(Duration.FromMilliseconds(500));
                string? words = process.LastWords ?? (pipe.Malformed ? "ffmpeg wrote what is no stream of pictures" : process.ExitCode is 0 or null ? null : $"ffmpeg ended with {process.ExitCode}");
                if (IsLive)
                {
                    return $"ffmpeg ended: {words ?? "the input is over"}";
                }

                EndOfFile(words);
                return null;
            }

            if (IsLive && now - lastPicture > settings.SilenceTimeout)
            {
                return $"no picture came in time{(process!.LastWords is { } words ? ": " + words : "")}";
            }

            if (!moved)
            {
                process!.Wait(WaitMs);
            }
        }

        return null;
    }

    protected override bool TryReconnect(Duration lostFor)
    {
        Start(onlyFirst: false);
        if (input!.First(process!, pipe!, KeepWaiting) is null)
        {
            return false;
        }

        RequireSame();
        BeginSegment();
        arrivals?.BeginSegment();
        return !Stopping;
    }

    protected override void Disconnect()
    {
        process?.Dispose();
        process = null;
    }

    private bool KeepWaiting()
    {
        TickIfDue(Clock.Now);
        return !Stopping;
    }

    private void Start(bool onlyFirst)
    {
        process = input!.Start(onlyFirst);
        pipe = new NutPipe(process, settings.MaxPictureBytes);
        needsKeyFrame = true;
        lastTicks = null;
    }

    private void Deliver(in NutFrame frame, HostTime now)
    {
        lastPicture = now;
        bool keyFrame = true;
        if (input!.Encoding == "h264")
        {
            if (AnnexB.Check(frame.Data, out keyFrame) is not null)
            {
                needsKeyFrame = true;
                Book(now, LossReason.Corrupt);
                return;
            }

            if (needsKeyFrame && !keyFrame)
            {
                Book(now, LossReason.NoKeyFrame);
                return;
            }

            needsKeyFrame = false;
        }
        else if (JpegPicture.Inspect(frame.Data) is var picture && (!picture.Whole || picture.WidthPx != stream!.WidthPx || picture.HeightPx != stream.HeightPx))
        {
            Book(now, LossReason.Corrupt);
            return;
        }

        if (!IsLive && frame.Time <= lastTicks)
        {
            // Times that do not rise belong to no order that could be stored.
            Book(now, LossReason.Corrupt);
            needsKeyFrame = true;
            return;
        }

        if (pipe!.Video != video)
        {
            RequireSame();
        }

        lastTicks = frame.Time;
        if (!sink!.Append(Stamp(frame.Time, now), frame.Data, keyFrame) && input.Encoding == "h264")
        {
            // What follows cannot be decoded without it.
            needsKeyFrame = true;
        }

        sequence++;
    }

    private SampleStamp Stamp(long time, HostTime now)
    {
        DeviceTicks ticks = new(time);
        switch (settings.Pace)
        {
            case InputPace.Live:
                TimeEstimate estimate = arrivals!.Add(now);
                if (arrivals.MissedBefore > 0)
                {
                    sink!.Book(new Loss(now, LossStage.Transport, LossReason.IntervalGap, LossEvidence.Interval, arrivals.MissedBefore, null));
                }

                sink!.ReportClockSigma(arrivals.CurrentSigma);
                return new SampleStamp(sequence, Segment, null, now, estimate.Instant);
            case InputPace.RealTime:
                deviceClock!.Add(new ClockArrival(ticks, now, Segment));
                sink!.ReportClockSigma(deviceClock.CurrentSigma);
                return new SampleStamp(sequence, Segment, ticks, now, deviceClock.Estimate(ticks, now).Instant);
            default:
                if (firstTicks is null)
                {
                    (firstTicks, began) = (time, now);
                }

                Int128 scaled = (Int128)(time - firstTicks.Value) * NanosecondsPerSecond * video!.TickNumerator;
                HostTime at = began + new Duration((long)((scaled + (video.TickDenominator / 2)) / video.TickDenominator));
                return new SampleStamp(sequence, Segment, ticks, at, at) { ReadTime = now };
        }
    }

    /// <summary>A picture that came, but cannot be used: it takes a number, so that its place shows.</summary>
    private void Book(HostTime at, LossReason reason)
    {
        sink!.Book(new Loss(at, LossStage.Parser, reason, LossEvidence.Counter, 1, sequence));
        sequence++;
    }

    private void EndOfFile(string? words)
    {
        if (words is not null)
        {
            // What it could not read, it left out; how many that were only the file's own list can say.
            long? missing = input!.Pictures is { } listed && listed > sequence ? listed - sequence : null;
            sink!.Book(new Loss(Clock.Now, LossStage.Device, LossReason.Corrupt, missing is null ? LossEvidence.None : LossEvidence.Interval, missing, null));
            ReportTrouble($"{Name}: ffmpeg could not read all of it: {words}");
        }

        Disconnect();
        RestAtEnd();
    }

    private void RequireSame()
    {
        if (pipe!.Video is { } now && (now.WidthPx != video!.WidthPx || now.HeightPx != video.HeightPx || now.FourCc != video.FourCc || now.TickNumerator != video.TickNumerator || now.TickDenominator != video.TickDenominator))
        {
            throw new DeviceException(DeviceTrouble.WrongFormat, string.Create(CultureInfo.InvariantCulture, $"it came back with pictures of {now.WidthPx}x{now.HeightPx} {now.FourCc}"), settings.Address, "End this recording and begin a new one.");
        }

        video = pipe.Video;
    }

    private void Describe(ReadOnlySpan<byte> first)
    {
        video = pipe!.Video!;
        int width = video.WidthPx;
        int height = video.HeightPx;
        if (input!.Encoding == "mjpeg")
        {
            JpegPicture picture = JpegPicture.Inspect(first);
            if (!picture.Whole)
            {
                throw new DeviceException(DeviceTrouble.WrongFormat, "its first picture is no whole JPEG", settings.Address, "Convert it first, as: ffmpeg -i IN -c:v mjpeg OUT.mkv");
            }

            (width, height) = (picture.WidthPx, picture.HeightPx);
        }

        if ((settings.WidthPx is { } w && w != width) || (settings.HeightPx is { } h && h != height))
        {
            string size = string.Create(CultureInfo.InvariantCulture, $"{width}x{height}");
            throw new DeviceException(DeviceTrouble.WrongFormat, $"its pictures are {size}, but {settings.WidthPx}x{settings.HeightPx} is set", settings.Address, $"Set size: {size} in rig.yaml, or ask ffmpeg for another with controls: {{video_size: …}}.");
        }

        double? rate = input.RateHz;
        ClockDomain? domain = settings.Pace switch
        {
            InputPace.RealTime => new ClockDomain(Name, ClockFeed.OneWay, video.TickRateHz, 64),
            InputPace.Fast => new ClockDomain(Name, ClockFeed.Host, video.TickRateHz, 64),
            _ => null,
        };
        deviceClock = settings.Pace == InputPace.RealTime ? new OneWayClock(domain!, settings.Latency) : null;
        arrivals = IsLive ? new ArrivalClock(rate, settings.Latency) : null;
        double pixels = (double)width * height;
        stream = new CameraFrameStream
        {
            Name = Name,
            Device = new DeviceIdentity(settings.Address, "ffmpeg", null),
            Clock = domain,
            StampSource = settings.Pace == InputPace.Fast ? StampSource.File : StampSource.Ffmpeg,
            StampInstant = settings.Latency is not null ? StampInstant.MidExposure : IsLive ? StampInstant.Arrival : StampInstant.Unknown,

            // The file's time is what is meant, and nothing lies between.
            Latency = settings.Pace == InputPace.Fast ? new LatencyRange(Duration.Zero, Duration.Zero) : settings.Latency,
            RateHz = rate,
            Counted = false,
            KeepsReadTime = settings.Pace == InputPace.Fast,
            MaxRowBytes = (int)Math.Clamp(pixels * 2, 1 << 20, settings.MaxPictureBytes),
            BytesPerSecond = (input.Encoding == "h264" ? Math.Min(pixels / 4, 2_000_000) / 8 : pixels * 0.4) * (rate ?? 30),
            WidthPx = width,
            HeightPx = height,
            Encoding = input.Encoding,
            Controls = settings.Options.Count == 0 ? null : string.Join(',', settings.Options.Select(o => $"{o.Key}={o.Value}")),
        };
    }
}
