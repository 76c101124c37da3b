using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Devices.Discovery;
using Capture.Episodes.Schema;

namespace Capture.Devices.Cameras.V4l2;

/// <summary>
/// A camera of this host, by V4L2. Host time is the driver's stamp where that is CLOCK_MONOTONIC, and the read's return is kept beside it; the driver's counter numbers the
/// rows and shows what was lost. A camera that comes back is the same one or is refused; each coming is a segment.
/// </summary>
/// <remarks>
/// uvcvideo flags its stamps as start of exposure, but unless it is loaded with hwtimestamps=1 they are the arrival of a frame's first payload: that is what is written. An
/// end-of-frame stamp may lie up to a frame behind the read's return (vivid), and is taken as it is.
/// </remarks>
public sealed class V4l2CameraSource : ReconnectingSource, IBusUser
{
    private const int PollMs = 20;
    private const string UvcDriver = "uvcvideo";

    // Motion JPEG of a cluttered bench at usual quality.
    private const double BytesPerPixelCompressed = 0.25;
    private static readonly Duration LookAtControlsEvery = Duration.FromSeconds(1);

    // A stamp so far ahead of its delivery is broken; one so old as well: no host is held up for a minute.
    private static readonly Duration AheadAtMost = Duration.FromSeconds(1);
    private static readonly Duration LateAtMost = Duration.FromSeconds(60);

    private readonly V4l2CameraSettings settings;
    private readonly IV4l2 kernel;
    private readonly string root;
    private readonly CameraFinder finder;
    private V4l2Camera? camera;
    private CameraMode? mode;
    private PictureIntake? intake;
    private CameraFrameStream? stream;
    private ICameraFrameSink? sink;
    private FramePace? pace;
    private LocalIdentity? identity;
    private bool serialIsItsOwn;
    private bool usesKernelStamp;
    private HostTime lastPicture;
    private HostTime nextLook;
    private HostTime lastStamp;
    private uint? lastSequence;
    private long sequence;

    public V4l2CameraSource(V4l2CameraSettings settings, HostClock clock)
        : this(settings, clock, KernelV4l2.Instance, "/")
    {
    }

    internal V4l2CameraSource(V4l2CameraSettings settings, HostClock clock, IV4l2 kernel, string root)
        : base(settings.Name, clock)
    {
        this.settings = settings;
        this.kernel = kernel;
        this.root = root;
        finder = new CameraFinder(kernel, root);
    }

    public override IReadOnlyList<StreamDescriptor> Streams => stream is null ? [] : [stream];

    /// <inheritdoc/>
    public BusDemand? Demand { get; private set; }

    // A local device costs nothing to look for, and should be back within two seconds of its return.
    protected override Duration LongestPause { get; } = Duration.FromMilliseconds(300);

    protected override void OpenDevice()
    {
        FoundCamera found = finder.Resolve(settings.Address);
        serialIsItsOwn = finder.Find().Count(c => c.Identity.SameDevice(found.Identity)) == 1;
        identity = found.Identity;
        camera = V4l2Camera.Open(kernel, found, settings, root);
        intake = new PictureIntake(camera.Mode, camera.Stride, settings);
        usesKernelStamp = camera.StampIsMonotonic;
        pace = new FramePace(camera.Mode.RateHz);
        Describe(camera);

        // It flows from here on, so that a full bus shows before the recording begins.
        camera.Start(settings.Address.Text);
    }

    protected override IStreamSink[] AttachSinks(ISinkFactory sinks)
    {
        sink = sinks.Open(stream!);
        return [sink];
    }

    protected override HostTime LastHeard(HostTime now) => lastPicture;

    protected override bool PassOverBacklog()
    {
        if (camera!.Take(out _, out _) != PictureStatus.Picture)
        {
            return false;
        }

        camera.GiveBack();
        return true;
    }

    protected override string? ReadWhileConnected()
    {
        lastPicture = Clock.Now;
        nextLook = lastPicture;
        lastSequence = null;
        pace!.Break();
        while (!Stopping)
        {
            int events = camera!.Wait(PollMs);
            PictureStatus status;
            int error;
            while ((status = camera.Take(out Picture picture, out error)) == PictureStatus.Picture)
            {
                Deliver(picture, Clock.Now);
                camera.GiveBack();
                if (Stopping)
                {
                    return null;
                }
            }

            HostTime now = Clock.Now;
            TickIfDue(now);
            if (status == PictureStatus.Ended || events < 0 || (events & (V4l2Codes.PollError | V4l2Codes.PollHangUp)) != 0)
            {
                return error is V4l2Codes.NoDevice || (events & V4l2Codes.PollHangUp) != 0 ? "the camera was unplugged" : "the driver's stream of pictures broke off";
            }

            if (now - lastPicture > settings.SilenceTimeout)
            {
                return "no picture came in time";
            }

            if (now >= nextLook)
            {
                nextLook = now + LookAtControlsEvery;
                if (camera.HoldControls() is { } changed)
                {
                    ReportTrouble(changed);
                }
            }
        }

        return null;
    }

    protected override bool TryReconnect(Duration lostFor)
    {
        if (finder.FindAgain(identity!, serialIsItsOwn, settings.Address.Text) is not { } found)
        {
            return false;
        }

        CameraMode before = mode!;
        camera = V4l2Camera.Open(kernel, found, settings, root);
        if (camera.Mode.Format != before.Format || camera.Mode.WidthPx != before.WidthPx || camera.Mode.HeightPx != before.HeightPx || camera.StampIsMonotonic != usesKernelStamp)
        {
            throw new DeviceException(DeviceTrouble.WrongFormat, "it came back with another mode than it was recorded with", settings.Address.Text, "End this recording and begin a new one.");
        }

        camera.Start(settings.Address.Text);
        BeginSegment();
        return !Stopping;
    }

    protected override void Disconnect()
    {
        camera?.Dispose();
        camera = null;
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        intake?.Dispose();
    }

    private void Deliver(in Picture picture, HostTime now)
    {
        lastPicture = now;
        HostTime stamp = Stamp(picture.StampNs, now);

        long missed = Count(picture.Sequence, now);
        if (missed > 0)
        {
            sink!.Book(new Loss(now, LossStage.Transport, LossReason.SequenceGap, LossEvidence.Counter, missed, sequence - missed));
            pace!.Break();
        }

        if (pace!.IsHoleBefore(stamp))
        {
            // The camera left pictures out before the driver counted them: how many is not known.
            sink!.Book(new Loss(now, LossStage.Device, LossReason.IntervalGap, LossEvidence.None, null, null));
        }

        if (picture.HasError || !intake!.TryTake(picture.Data, (picture.Flags & V4l2Codes.FlagKeyFrame) != 0, out ReadOnlySpan<byte> stored, out bool keyFrame))
        {
            sink!.Book(new Loss(now, LossStage.Parser, LossReason.Corrupt, LossEvidence.Counter, 1, sequence));
            return;
        }

        HostTime instant = stamp - (settings.Latency?.Min ?? Duration.Zero);
        sink!.Append(new SampleStamp(sequence, Segment, null, stamp, instant) { ReadTime = now }, stored, keyFrame);
    }

    private HostTime Stamp(long stampNs, HostTime now)
    {
        HostTime stamp = usesKernelStamp ? new HostTime(stampNs) : now;
        if ((now - stamp) > LateAtMost || (stamp - now) > AheadAtMost || stamp < lastStamp)
        {
            ReportTrouble("the driver's time stamps jump; the read's return is taken instead");
            stamp = now < lastStamp ? lastStamp : now;
        }

        return lastStamp = stamp;
    }

    /// <summary>Unwraps the driver's counter into <see cref="sequence"/>; gives how many it skipped.</summary>
    private long Count(uint counted, HostTime now)
    {
        if (lastSequence is not { } last)
        {
            lastSequence = counted;
            sequence = counted;
            return 0;
        }

        lastSequence = counted;
        int step = unchecked((int)(counted - last));
        if (step <= 0)
        {
            // It began to count anew without having been away (a driver that restarted its stream).
            BeginSegment();
            sequence = counted;
            sink!.Book(new Loss(now, LossStage.Device, LossReason.DeviceReset, LossEvidence.Counter, 0, null));
            return 0;
        }

        sequence += step;
        return step - 1;
    }

    private void Describe(V4l2Camera opened)
    {
        mode = opened.Mode;
        FoundCamera found = opened.Found;
        bool startOfExposure = (opened.StampFlags & V4l2Codes.FlagMomentMask) == V4l2Codes.FlagStartOfExposure;
        bool uvcStampsHardware = found.Driver == UvcDriver && UvcHardwareStamps();
        StampInstant instant = !usesKernelStamp ? StampInstant.Arrival
            : !startOfExposure ? StampInstant.EndOfFrame
            : found.Driver == UvcDriver && !uvcStampsHardware ? StampInstant.FirstPayload
            : StampInstant.StartOfExposure;
        string clock = (opened.StampFlags & V4l2Codes.FlagClockMask) switch { V4l2Codes.FlagClockMonotonic => "monotonic", 0 => "unknown", _ => "copy" };
        double pixels = (double)mode.WidthPx * mode.HeightPx * mode.RateHz;
        double bytesPerSecond = pixels * BytesPerPixelCompressed;
        Demand = found.Bus is { } bus ? new BusDemand(Name, bus, mode.Format.IsRaw ? opened.SizeImage * mode.RateHz : bytesPerSecond, Exact: mode.Format.IsRaw) : null;
        stream = new CameraFrameStream
        {
            Name = Name,
            Device = new DeviceIdentity(settings.Address.Text, found.Identity.Model, found.Identity.ToString()),

            // The driver reads the host's own clock: nothing is fitted.
            Clock = usesKernelStamp ? new ClockDomain(Name, ClockFeed.Host, 1e9, 64) : null,
            StampSource = usesKernelStamp ? StampSource.Kernel : StampSource.ReadReturn,
            StampInstant = settings.Latency is not null ? StampInstant.MidExposure : instant,
            Latency = settings.Latency,
            RateHz = mode.RateHz,
            Counted = true,
            KeepsReadTime = true,
            MaxRowBytes = intake!.MaxBytes(opened.SizeImage),
            BytesPerSecond = settings.KeepsRaw && mode.Format.IsRaw ? opened.SizeImage * mode.RateHz : bytesPerSecond * 1.5,
            WidthPx = mode.WidthPx,
            HeightPx = mode.HeightPx,
            Encoding = intake.Encoding,
            SentAs = mode.Format.IsRaw && !settings.KeepsRaw ? mode.Format.Name : null,
            Controls = opened.DescribeControls(),
            DriverStamp = $"driver={found.Driver},clock={clock},source={(startOfExposure ? "start-of-exposure" : "end-of-frame")}{(found.Driver == UvcDriver ? $",hwtimestamps={(uvcStampsHardware ? 1 : 0)}" : "")}",
        };
    }

    private bool UvcHardwareStamps()
    {
        string parameter = Path.Combine(root, "sys/module/uvcvideo/parameters/hwtimestamps");
        return File.Exists(parameter) && File.ReadAllText(parameter).Trim() is "1" or "Y";
    }
}
