using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Devices.Cameras.Http;

/// <summary>
/// An MJPEG camera behind HTTP. Host time is the return of the read that delivered the first byte of a part's header. Where parts carry
/// X-Timestamp, that is the device's clock (1 MHz, one-way); else only arrivals are known.
/// </summary>
public sealed class HttpCameraSource(NetworkCameraSettings settings, HostClock clock) : ReconnectingSource(settings.Name, clock)
{
    private const double TimestampHz = 1_000_000;
    private const int ReadBytes = 64 * 1024;
    private const int PollMicroseconds = 20_000;
    private const int QuietMicroseconds = 5_000;

    private readonly byte[] buffer = new byte[ReadBytes];
    private readonly ArrivalClock arrivals = new(settings.RateHz, settings.Latency);
    private HttpCameraLink? link;
    private MultipartPictures? pictures;
    private OneWayClock? deviceClock;
    private CameraFrameStream? stream;
    private ICameraFrameSink? sink;
    private HostTime partArrival;
    private HostTime lastPicture;
    private long sequence;
    private long? lastTicks;
    private bool draining;
    private bool partIsStale;

    public override IReadOnlyList<StreamDescriptor> Streams => stream is null ? [] : [stream];

    protected override void OpenDevice()
    {
        link = HttpCameraLink.Resolve(settings, Clock);
        Connect(waiting: null);

        // The first picture says what the camera sends; it is from before the recording, and is not kept.
        HostTime deadline = Clock.Now + settings.OpenTimeout;
        while (true)
        {
            ReadPiece(out int count);
            MultipartEvent found = count > 0 ? Feed(count) : MultipartEvent.NeedMore;
            if (found == MultipartEvent.PartComplete && pictures!.IsPicture)
            {
                Describe(pictures.Picture);
                break;
            }

            if (found is MultipartEvent.Malformed or MultipartEvent.Ended)
            {
                throw link.Wrong("its answer is not a stream of pictures (multipart/x-mixed-replace)", "Open the address in a browser: it must show moving pictures.");
            }

            if (Clock.Now > deadline)
            {
                throw new DeviceException(DeviceTrouble.Timeout, $"no picture came within {settings.OpenTimeout.TotalSeconds} s", link.Where, "Check that the camera is streaming and not in use by another client.");
            }
        }

        lastPicture = Clock.Now;
    }

    protected override IStreamSink[] AttachSinks(ISinkFactory sinks)
    {
        sink = sinks.Open(stream!);
        return [sink];
    }

    protected override HostTime LastHeard(HostTime now) => lastPicture;

    /// <summary>
    /// The picture that is under way belongs to the backlog. The sender's kernel has kept pictures too, and pushes them as soon as there is room here: it is over
    /// when nothing has come for a moment.
    /// </summary>
    protected override bool PassOverBacklog()
    {
        draining = true;
        partIsStale = true;
        return link!.Read(buffer, QuietMicroseconds, out int count) && count > 0
            && Take(count, Clock.Now) is not (MultipartEvent.Malformed or MultipartEvent.Ended);
    }

    protected override string? ReadWhileConnected()
    {
        draining = false;
        lastPicture = Clock.Now;
        while (!Stopping)
        {
            bool open = ReadPiece(out int count);
            HostTime now = Clock.Now;
            if (count > 0)
            {
                MultipartEvent last = Take(count, now);
                if (last is MultipartEvent.Malformed or MultipartEvent.Ended)
                {
                    BookCutPart(now);
                    return "the stream of pictures ended";
                }
            }
            else if (!open)
            {
                BookCutPart(now);
                return "the camera closed the connection";
            }
            else if (now - lastPicture > settings.SilenceTimeout)
            {
                BookCutPart(now);
                return "no picture came in time";
            }

            TickIfDue(now);
        }

        return null;
    }

    protected override bool TryReconnect(Duration lostFor)
    {
        Connect(waiting: KeepWaiting);

        // One-way ticks of a camera that restarted begin anew, and whether it restarted cannot be seen: a new segment is always right.
        BeginSegment();
        arrivals.BeginSegment();
        deviceClock?.BeginSegment(Segment);
        lastTicks = null;
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
        HttpResponseHead head = link!.Connect(waiting);
        pictures = new MultipartPictures(head.Boundary, settings.MaxPictureBytes);
    }

    /// <summary>False at the end of the stream. Waits 20 ms at most.</summary>
    private bool ReadPiece(out int count) => link!.Read(buffer, PollMicroseconds, out count);

    /// <summary>At opening: up to the first whole picture.</summary>
    private MultipartEvent Feed(int count)
    {
        int at = 0;
        while (at < count)
        {
            MultipartEvent found = pictures!.Read(buffer.AsSpan(at, count - at), out int consumed);
            at += consumed;
            if (found is MultipartEvent.PartComplete or MultipartEvent.Malformed or MultipartEvent.Ended)
            {
                link!.GiveBack(buffer.AsSpan(at, count - at));
                return found;
            }
        }

        return MultipartEvent.NeedMore;
    }

    private MultipartEvent Take(int count, HostTime now)
    {
        int at = 0;
        MultipartEvent found = MultipartEvent.NeedMore;
        while (at < count)
        {
            found = pictures!.Read(buffer.AsSpan(at, count - at), out int consumed);
            at += consumed;
            switch (found)
            {
                case MultipartEvent.PartBegun:
                    partArrival = now;
                    partIsStale = draining;
                    break;
                case MultipartEvent.PartComplete when pictures.IsPicture:
                    lastPicture = now;
                    if (!partIsStale)
                    {
                        Deliver(pictures);
                    }

                    break;
                case MultipartEvent.PartSpoilt when !partIsStale:
                    BookCorrupt(now);
                    break;
                case MultipartEvent.Malformed or MultipartEvent.Ended:
                    return found;
            }
        }

        return found;
    }

    private void Deliver(MultipartPictures part)
    {
        JpegPicture picture = JpegPicture.Inspect(part.Picture);
        if (!picture.Whole || picture.WidthPx != stream!.WidthPx || picture.HeightPx != stream.HeightPx || part.Picture.Length > settings.MaxPictureBytes)
        {
            BookCorrupt(partArrival);
            return;
        }

        SampleStamp stamp = deviceClock is null ? StampByArrival() : StampByTicks(deviceClock, part.TimestampUs);
        sink!.Append(stamp, part.Picture, keyFrame: true);
    }

    private SampleStamp StampByArrival()
    {
        TimeEstimate estimate = arrivals.Add(partArrival);
        if (arrivals.MissedBefore > 0)
        {
            sink!.Book(new Loss(partArrival, LossStage.Transport, LossReason.IntervalGap, LossEvidence.Interval, arrivals.MissedBefore, null));
        }

        sink!.ReportClockSigma(arrivals.CurrentSigma);
        return new SampleStamp(sequence++, Segment, null, partArrival, estimate.Instant);
    }

    private SampleStamp StampByTicks(OneWayClock clock, long? timestampUs)
    {
        if (timestampUs is not { } us)
        {
            return new SampleStamp(sequence++, Segment, null, partArrival, clock.Estimate(new DeviceTicks(lastTicks ?? 0), partArrival).Instant);
        }

        // A clock that runs backwards was set or restarted.
        if (us < lastTicks)
        {
            BeginSegment();
            clock.BeginSegment(Segment);
            sink!.Book(new Loss(partArrival, LossStage.Device, LossReason.DeviceReset, LossEvidence.Counter, 0, null));
        }
        else if (lastTicks is { } last && settings.RateHz is { } rate)
        {
            long missed = (long)Math.Round((us - last) / TimestampHz * rate) - 1;
            if (missed > 0)
            {
                sink!.Book(new Loss(partArrival, LossStage.Transport, LossReason.IntervalGap, LossEvidence.Interval, missed, null));
            }
        }

        lastTicks = us;
        DeviceTicks ticks = new(us);
        clock.Add(new ClockArrival(ticks, partArrival, Segment));
        sink!.ReportClockSigma(clock.CurrentSigma);
        return new SampleStamp(sequence++, Segment, ticks, partArrival, clock.Estimate(ticks, partArrival).Instant);
    }

    /// <summary>A picture that came, but cannot be used: it takes a number, so that its place shows.</summary>
    private void BookCorrupt(HostTime at)
    {
        sink!.Book(new Loss(at, LossStage.Parser, LossReason.Corrupt, LossEvidence.Counter, 1, sequence));
        sequence++;
    }

    private void BookCutPart(HostTime now)
    {
        if (pictures is { InsidePart: true } && !partIsStale)
        {
            BookCorrupt(now);
        }
    }

    private void Describe(ReadOnlySpan<byte> first)
    {
        JpegPicture picture = JpegPicture.Inspect(first);
        if (!picture.Whole)
        {
            throw link!.Wrong("the first picture is no whole JPEG", "Set the camera to Motion JPEG.");
        }

        settings.RequireSize(picture.WidthPx, picture.HeightPx, link!.Where);

        bool stamped = pictures!.TimestampUs is not null;
        ClockDomain? domain = stamped ? new ClockDomain(Name, ClockFeed.OneWay, TimestampHz, 64) : null;
        deviceClock = domain is null ? null : new OneWayClock(domain, settings.Latency);
        stream = new CameraFrameStream
        {
            Name = Name,
            Device = new DeviceIdentity(link!.Where, link.Server, null),
            Clock = domain,
            StampSource = StampSource.ReadReturn,
            StampInstant = settings.Latency is not null ? StampInstant.MidExposure : stamped ? StampInstant.Unknown : StampInstant.Arrival,
            Latency = settings.Latency,
            RateHz = settings.RateHz,
            Counted = false,
            MaxRowBytes = settings.MaxPictureBytes,
            BytesPerSecond = first.Length * 1.5 * (settings.RateHz ?? 30),
            WidthPx = picture.WidthPx,
            HeightPx = picture.HeightPx,
            Encoding = "mjpeg",
        };
    }
}
