using System.Globalization;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Devices.Cameras.Rtsp;

/// <summary>
/// A network camera that sends H.264 over RTSP. A row is one access unit; ticks are its RTP time, unwrapped; host time is the return of the read that brought the first byte of its
/// first packet. The clock is one-way: RTP time against arrivals, of the pictures and of the sender's reports.
/// </summary>
/// <remarks>
/// A report's RTP time is that of the moment at which it was sent, so its arrival is late by the network alone, where a picture's is late by exposure, encoder and network: the reports
/// draw the clock closer, and from the first one on they alone make it (format, chapter 5): beside them every picture would look late. The sender's clock of the day stands beside them; nothing is computed from it.
/// </remarks>
public sealed class RtspCameraSource(NetworkCameraSettings settings, HostClock clock) : ReconnectingSource(settings.Name, clock)
{
    private const int PollMicroseconds = 20_000;
    private const int QuietMicroseconds = 5_000;
    private const int TimestampBits = 32;
    // What an encoder, a network and a busy host may hold a picture up; against a turn of 13 hours it is nothing.
    private static readonly Duration WorstDelay = Duration.FromSeconds(10);

    private RtspLink? link;
    private SdpVideo? video;
    private H264AccessUnits? units;
    private OneWayClock? deviceClock;
    private TickUnwrapper? unwrapper;
    private CameraFrameStream? stream;
    private ClockReportStream? reportStream;
    private ICameraFrameSink? sink;
    private IClockReportSink? reports;
    private HostTime unitArrival;
    private HostTime lastPicture;
    private long sequence;
    private long reportSequence;
    private uint? source;
    private long? lastTicks;
    private bool needsKeyFrame = true;
    private bool reported;

    public override IReadOnlyList<StreamDescriptor> Streams => stream is null || reportStream is null ? [] : [stream, reportStream];

    protected override void OpenDevice()
    {
        link = new RtspLink(settings, CameraAddress.Resolve(settings.Url, "rtsp", 554, Clock, settings.OpenTimeout), Clock);
        Connect(waiting: null);
        int width = 0;
        int height = 0;
        HostTime deadline = Clock.Now + settings.OpenTimeout;
        while (!H264Size.TryFind(video!.Parameters, out width, out height) && !SizeOfNext(out width, out height))
        {
            if (Clock.Now > deadline)
            {
                throw new DeviceException(DeviceTrouble.Timeout, $"no key frame came within {settings.OpenTimeout.TotalSeconds} s", link.Where, "Check that the camera is streaming; set a shorter key-frame interval.");
            }
        }

        Describe(width, height);
        lastPicture = Clock.Now;
    }

    protected override IStreamSink[] AttachSinks(ISinkFactory sinks)
    {
        sink = sinks.Open(stream!);
        reports = sinks.Open(reportStream!);
        return [sink, reports];
    }

    protected override HostTime LastHeard(HostTime now) => lastPicture;

    protected override (long? Count, LossEvidence Evidence, long? FirstSequence) LostDuring(StreamDescriptor stream, Duration away) =>
        stream is ClockReportStream ? (null, LossEvidence.None, null) : base.LostDuring(stream, away);

    protected override bool PassOverBacklog() => link!.Read(QuietMicroseconds, out ReadOnlySpan<byte> packet, out _, out _) && !packet.IsEmpty;

    protected override string? ReadWhileConnected()
    {
        units!.Reset();
        lastPicture = Clock.Now;
        while (!Stopping)
        {
            bool open = link!.Read(PollMicroseconds, out ReadOnlySpan<byte> packet, out bool isReport, out HostTime arrival);
            HostTime now = Clock.Now;
            if (!open)
            {
                BookCut(now);
                return "the camera closed the connection";
            }

            if (packet.IsEmpty)
            {
                if (now - lastPicture > settings.SilenceTimeout)
                {
                    BookCut(now);
                    return "no picture came in time";
                }
            }
            else if (isReport)
            {
                TakeReport(packet, arrival);
            }
            else
            {
                TakePacket(packet, arrival);
            }

            link.KeepAliveIfDue(now);
            TickIfDue(now);
        }

        return null;
    }

    protected override bool TryReconnect(Duration lostFor)
    {
        Connect(waiting: KeepWaiting);
        if (H264Size.TryFind(video!.Parameters, out int width, out int height) && (width != stream!.WidthPx || height != stream.HeightPx))
        {
            throw link!.Wrong(string.Create(CultureInfo.InvariantCulture, $"it came back with pictures of {width}x{height}"), "Set it back to the size it was recorded with.");
        }

        // A session counts from a random time: its ticks are a clock of their own.
        NewClock();
        return !Stopping;
    }

    protected override void Disconnect() => link?.Close();

    private bool KeepWaiting()
    {
        TickIfDue(Clock.Now);
        return !Stopping;
    }

    private void Connect(Func<bool>? waiting)
    {
        video = link!.Connect(waiting);
        units = new H264AccessUnits(settings.MaxPictureBytes, video.Parameters);
        unwrapper = new TickUnwrapper(TimestampBits, video.ClockHz, WorstDelay);
        source = null;
        lastTicks = null;
        needsKeyFrame = true;
    }

    private void NewClock()
    {
        BeginSegment();
        deviceClock!.BeginSegment(Segment);
        unwrapper!.Reset();
        lastTicks = null;
        reported = false;
    }

    /// <summary>At opening, where the description gives no parameter sets: those of the first key frame.</summary>
    private bool SizeOfNext(out int width, out int height)
    {
        width = height = 0;
        if (!link!.Read(PollMicroseconds, out ReadOnlySpan<byte> bytes, out bool isReport, out _))
        {
            throw new DeviceException(DeviceTrouble.Refused, "the camera closed the connection before the first picture", link.Where, "It may serve few clients only: close the others.");
        }

        if (isReport || bytes.IsEmpty || RtpPacket.Read(bytes, out RtpPacket packet) != ParseStatus.Complete || packet.PayloadType != video!.PayloadType)
        {
            return false;
        }

        bool taken = false;
        while (!taken)
        {
            if (units!.Take(packet, out taken) == AccessUnitEvent.Complete && units.IsKeyFrame && H264Size.TryFind(units.Unit, out width, out height))
            {
                return true;
            }
        }

        return false;
    }

    private void TakePacket(ReadOnlySpan<byte> bytes, HostTime arrival)
    {
        if (RtpPacket.Read(bytes, out RtpPacket packet) != ParseStatus.Complete || packet.PayloadType != video!.PayloadType)
        {
            return;
        }

        if (source is { } known && known != packet.Source)
        {
            // Another sender on the same connection: the camera restarted its stream.
            units!.Reset();
            NewClock();
            needsKeyFrame = true;
            sink!.Book(new Loss(arrival, LossStage.Device, LossReason.DeviceReset, LossEvidence.Counter, 0, null));
        }

        source = packet.Source;
        bool taken = false;
        while (!taken)
        {
            bool begins = units!.Empty;
            if (begins)
            {
                unitArrival = arrival;
            }

            switch (units.Take(packet, out taken))
            {
                case AccessUnitEvent.Complete:
                    Deliver(units);
                    break;
                case AccessUnitEvent.Spoilt:
                    Book(unitArrival, LossReason.Corrupt);
                    needsKeyFrame = true;
                    break;
            }
        }
    }

    private void Deliver(H264AccessUnits unit)
    {
        lastPicture = unitArrival;
        UnwrapStatus status = unwrapper!.Unwrap(unit.Timestamp, unitArrival, out DeviceTicks ticks);
        if (status == UnwrapStatus.Ambiguous)
        {
            NewClock();
            unwrapper.Unwrap(unit.Timestamp, unitArrival, out ticks);
        }

        if (unit.IsKeyFrame)
        {
            needsKeyFrame = false;
        }
        else if (needsKeyFrame)
        {
            Book(unitArrival, LossReason.NoKeyFrame);
            lastTicks = ticks.Value;
            return;
        }

        if (unit.Unit.Length > settings.MaxPictureBytes)
        {
            Book(unitArrival, LossReason.TooLarge);
            needsKeyFrame = true;
            return;
        }

        if (lastTicks is { } last && stream!.RateHz is { } rate)
        {
            long missed = (long)Math.Round((ticks.Value - last) / (double)video!.ClockHz * rate) - 1;
            if (missed > 0)
            {
                sink!.Book(new Loss(unitArrival, LossStage.Transport, LossReason.IntervalGap, LossEvidence.Interval, missed, null));
            }
        }

        lastTicks = ticks.Value;
        if (!reported)
        {
            deviceClock!.Add(new ClockArrival(ticks, unitArrival, Segment));
        }

        sink!.ReportClockSigma(deviceClock!.CurrentSigma);
        sink.Append(new SampleStamp(sequence++, Segment, ticks, unitArrival, deviceClock.Estimate(ticks, unitArrival).Instant), unit.Unit, unit.IsKeyFrame);
    }

    private void TakeReport(ReadOnlySpan<byte> bytes, HostTime arrival)
    {
        // Before the first picture there is nothing that its count could be unwrapped against.
        if (RtcpSenderReport.Read(bytes, out RtcpSenderReport report) != ParseStatus.Complete || report.Source != source || lastTicks is null)
        {
            return;
        }

        if (unwrapper!.Unwrap(report.Timestamp, arrival, out DeviceTicks ticks) is UnwrapStatus.Ambiguous or UnwrapStatus.OutOfRange)
        {
            return;
        }

        if (!reported)
        {
            // What the pictures said is later by exposure and encoder.
            deviceClock!.BeginSegment(Segment);
            reported = true;
        }

        // The smallest declared latency is that of a picture; a report has none of it (see DomainFit).
        deviceClock!.Add(new ClockArrival(ticks, arrival + (settings.Latency?.Min ?? Duration.Zero), Segment));
        reports!.Append(reportSequence++, new ClockReport(ticks, arrival, report.SenderUtcNs, Segment));
    }

    /// <summary>A picture that came, but cannot be used: it takes a number, so that its place shows.</summary>
    private void Book(HostTime at, LossReason reason)
    {
        sink!.Book(new Loss(at, LossStage.Parser, reason, LossEvidence.Counter, 1, sequence));
        sequence++;
    }

    private void BookCut(HostTime now)
    {
        if (!units!.Empty)
        {
            Book(now, LossReason.Corrupt);
        }
    }

    private void Describe(int width, int height)
    {
        settings.RequireSize(width, height, link!.Where);

        ClockDomain domain = new(Name, ClockFeed.OneWay, video!.ClockHz, TimestampBits);
        deviceClock = new OneWayClock(domain, settings.Latency);
        double? rate = settings.RateHz ?? video.FrameRateHz;
        DeviceIdentity device = new(link!.Where, link.Server, null);
        stream = new CameraFrameStream
        {
            Name = Name,
            Device = device,
            Clock = domain,
            StampSource = StampSource.ReadReturn,
            StampInstant = settings.Latency is not null ? StampInstant.MidExposure : StampInstant.Unknown,
            Latency = settings.Latency,
            RateHz = rate,
            Counted = false,
            MaxRowBytes = settings.MaxPictureBytes,

            // Ten bits a pixel for a key frame of every picture would be more than any camera sends.
            BytesPerSecond = Math.Min(width * (double)height / 4, 2_000_000) * (rate ?? 30) / 8,
            WidthPx = width,
            HeightPx = height,
            Encoding = "h264",
        };
        reportStream = new ClockReportStream
        {
            Name = "clock." + Name,
            Device = device,
            Clock = domain,
            StampSource = StampSource.ReadReturn,
            StampInstant = StampInstant.Arrival,
            Counted = false,
            MaxRowBytes = 64,
            BytesPerSecond = 64,
        };
    }
}
