namespace Capture.Episodes.Schema;

/// <summary>Keys of the schema metadata (format, chapter 3).</summary>
public static class MetadataKeys
{
    public const string Format = "capture.format";
    public const string FormatValue = "capture-stream/1";
    public const string Episode = "capture.episode";
    public const string Stream = "capture.stream";
    public const string Kind = "capture.kind";
    public const string AnchorMonotonic = "capture.anchor_monotonic_ns";
    public const string AnchorRealtime = "capture.anchor_realtime_ns";
    public const string BootId = "capture.boot_id";
    public const string StampSource = "capture.stamp.source";
    public const string StampInstant = "capture.stamp.instant";
    public const string Clock = "capture.clock";
    public const string ClockFeed = "capture.clock.feed";
    public const string ClockTickRate = "capture.clock.tick_rate_hz";
    public const string ClockWidth = "capture.clock.width_bits";
    public const string ClockArrivalOffset = "capture.clock.arrival_ticks_offset";
    public const string LatencyMin = "capture.latency_min_ns";
    public const string LatencyMax = "capture.latency_max_ns";
    public const string Rate = "capture.rate_hz";
    public const string Counted = "capture.counted";
    public const string CountUnit = "capture.count_unit";
    public const string DeviceAddress = "capture.device.address";
    public const string DeviceModel = "capture.device.model";
    public const string DeviceIdentity = "capture.device.identity";
    public const string CameraControls = "capture.camera.controls";
    public const string CameraDriverStamp = "capture.camera.driver_stamp";
    public const string CameraSentAs = "capture.camera.sent_as";
    public const string CameraEncoder = "capture.camera.encoder";
    public const string CameraEncoderDepth = "capture.camera.encoder_depth_frames";
    public const string AudioRate = "capture.audio.rate_hz";
    public const string AudioChannels = "capture.audio.channels";
    public const string AudioPeriodFrames = "capture.audio.period_frames";
    public const string AudioSignificantBits = "capture.audio.significant_bits";
    public const string MocapUpAxis = "capture.mocap.up_axis";
    public const string Joints = "capture.joints";

    /// <summary>Which camera stream each channel exposes: "front:1,side:2".</summary>
    public const string TriggerExposes = "capture.trigger.exposes";

    /// <summary>The checksum of a message, in the message's own metadata (format, chapter 7).</summary>
    public const string Crc32C = "capture.crc32c";

    /// <summary>The rows of a file's batches, in the footer's own metadata (format, chapter 7).</summary>
    public const string Rows = "capture.rows";
}

/// <summary>The kinds of streams (format, chapter 4).</summary>
public static class StreamKinds
{
    public const string CameraFrame = "camera.frame";
    public const string AudioPeriod = "audio.period";
    public const string ImuSample = "imu.sample";
    public const string TriggerEdge = "trigger.edge";
    public const string MocapFrame = "mocap.frame";
    public const string JointState = "joint.state";
    public const string JointCommand = "joint.command";
    public const string ClockExchange = "clock.exchange";
    public const string ClockHost = "clock.host";
    public const string ClockReport = "clock.report";
    public const string Ledger = "ledger";
    public const string Mark = "mark";
    public const string FittedClock = "clock.fit";
    public const string FinalTimes = "times";
}
