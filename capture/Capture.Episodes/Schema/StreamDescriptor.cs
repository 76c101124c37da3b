using Capture.Core.Streams;
using Capture.Core.Time;

namespace Capture.Episodes.Schema;

/// <summary>Which device a stream came from, so that an episode can say it for ever.</summary>
/// <param name="Address">As in rig.yaml, without credentials.</param>
/// <param name="Identity">What the device says of itself (serial, uid, firmware); null where it says nothing.</param>
public sealed record DeviceIdentity(string Address, string? Model, string? Identity);

/// <summary>What a ledger counts for a stream.</summary>
public enum CountUnit
{
    /// <summary>One row, one sample.</summary>
    Rows,

    /// <summary>Audio frames (one sample of each channel); a row holds a period of them.</summary>
    Frames,
}

/// <summary>A stream as its source declares it before the first sample. One record per kind adds what only that kind has.</summary>
public abstract record StreamDescriptor
{
    /// <summary>Lower-case letters, digits, '_' and '-', in parts joined by '.'; at most 64 characters. Also its file name.</summary>
    public required string Name { get; init; }

    /// <summary>The <c>kind</c> of the format's chapter on streams, as "camera.frame".</summary>
    public abstract string Kind { get; }

    public required DeviceIdentity Device { get; init; }

    /// <summary>The clock that <c>device_ticks</c> count; null where the stream has none.</summary>
    public ClockDomain? Clock { get; init; }

    public required StampSource StampSource { get; init; }

    public required StampInstant StampInstant { get; init; }

    /// <summary>Declared one-way latency from the stamp instant to <c>host_time_ns</c>; null where unknown.</summary>
    public LatencyRange? Latency { get; init; }

    /// <summary>Nominal samples (rows) a second; null where there is none (edges).</summary>
    public double? RateHz { get; init; }

    /// <summary>True where a counter makes every loss observable.</summary>
    public required bool Counted { get; init; }

    /// <summary>True where rows also say when the program had them in hand (column <c>read_time_ns</c>), beside the kernel's stamp.</summary>
    public bool KeepsReadTime { get; init; }

    public virtual CountUnit CountUnit => CountUnit.Rows;

    /// <summary>Largest row in bytes that the recorder must hold; sizes the pool.</summary>
    public required int MaxRowBytes { get; init; }

    /// <summary>Typical bytes a second; sizes the pool.</summary>
    public required double BytesPerSecond { get; init; }
}

/// <summary>Pictures as the camera sent them.</summary>
public sealed record CameraFrameStream : StreamDescriptor
{
    public override string Kind => "camera.frame";

    public required int WidthPx { get; init; }

    public required int HeightPx { get; init; }

    /// <summary>"mjpeg": every row is one JPEG picture. "h264": one access unit, with start codes. "png": one PNG picture of 16-bit depth.</summary>
    public required string Encoding { get; init; }

    /// <summary>The camera's controls as they stand while it records, as <c>name=value</c> joined by commas; null where it has none.</summary>
    public string? Controls { get; init; }

    /// <summary>What the driver says of its stamps, as <c>driver=uvcvideo,clock=monotonic,source=start-of-exposure</c>; null where no driver stamps.</summary>
    public string? DriverStamp { get; init; }

    /// <summary>What the camera sent where it is not <see cref="Encoding"/>: "yuyv", "nv12", "rgb24"…, compressed on the way in; null otherwise.</summary>
    public string? SentAs { get; init; }

    /// <summary>The encoder process that made <see cref="Encoding"/> of it, as <c>name=value</c> joined by commas; null where there is none.</summary>
    public string? Encoder { get; init; }

    /// <summary>Most pictures that can be in and before the encoder: what a kill costs of this stream beyond the batch; null without an encoder.</summary>
    public int? EncoderDepthFrames { get; init; }
}

/// <summary>Format of an audio sample.</summary>
public enum AudioSampleFormat
{
    S16,
    S32,
    F32,
}

/// <summary>Periods of sound; ticks are the index of the first frame since the device was opened.</summary>
public sealed record AudioPeriodStream : StreamDescriptor
{
    public override string Kind => "audio.period";

    public override CountUnit CountUnit => CountUnit.Frames;

    public required int SampleRateHz { get; init; }

    public required int Channels { get; init; }

    public required AudioSampleFormat Format { get; init; }

    /// <summary>Bits that the device gives where they are fewer than the format's, as 24 in S32 (the lowest are 0); null otherwise.</summary>
    public int? SignificantBits { get; init; }

    /// <summary>Frames a row; every row has exactly as many.</summary>
    public required int PeriodFrames { get; init; }
}

/// <summary>Poses of rigid bodies and labelled markers.</summary>
public sealed record MocapFrameStream : StreamDescriptor
{
    public override string Kind => "mocap.frame";

    /// <summary>Names of the bodies, in column order.</summary>
    public required IReadOnlyList<string> Bodies { get; init; }

    /// <summary>Most markers a frame can hold; more are cut and booked as corrupt.</summary>
    public required int MaxMarkers { get; init; }

    /// <summary>"y" or "z": which axis of the mocap's frame points up; null where the server does not say.</summary>
    public string? UpAxis { get; init; }
}

/// <summary>What an arm's servos report.</summary>
public sealed record JointStateStream : StreamDescriptor
{
    public override string Kind => "joint.state";

    public required IReadOnlyList<string> Joints { get; init; }
}

/// <summary>What an arm's servos were told.</summary>
public sealed record JointCommandStream : StreamDescriptor
{
    public override string Kind => "joint.command";

    public required IReadOnlyList<string> Joints { get; init; }
}

/// <summary>Accelerometer and gyroscope.</summary>
public sealed record ImuStream : StreamDescriptor
{
    public override string Kind => "imu.sample";
}

/// <summary>Edges on trigger lines.</summary>
public sealed record TriggerEdgeStream : StreamDescriptor
{
    public override string Kind => "trigger.edge";

    /// <summary>Camera stream → the channel whose rising edges expose it; empty where nobody said.</summary>
    public IReadOnlyDictionary<string, int> Exposes { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);
}

/// <summary>Two-way clock exchanges of one domain; named "clock." + the domain.</summary>
public sealed record ClockExchangeStream : StreamDescriptor
{
    public override string Kind => "clock.exchange";
}

/// <summary>Stretches of other streams that are marked; one in an episode, named "marks".</summary>
public sealed record MarkStream : StreamDescriptor
{
    public override string Kind => StreamKinds.Mark;
}

/// <summary>What a device says of its own clock, one way: its count at the moment at which it sent the report; named "clock." + the domain.</summary>
public sealed record ClockReportStream : StreamDescriptor
{
    public override string Kind => "clock.report";
}
