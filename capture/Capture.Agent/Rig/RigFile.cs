using Capture.Agent.Encoders;
using Capture.Core.Time;
using Capture.Devices.Cameras;
using Capture.Devices.Watching;

namespace Capture.Agent.Rig;

/// <summary>A rig as its <c>rig.yaml</c> describes it: checked, with paths resolved against the file's folder.</summary>
public sealed record RigFile
{
    /// <summary>Full path of the file.</summary>
    public required string Path { get; init; }

    public required string Name { get; init; }

    /// <summary>Full path of the folder that episodes are written to.</summary>
    public required string EpisodesFolder { get; init; }

    public required EpisodeOptions Episode { get; init; }

    /// <summary>In the file's order; names are unique.</summary>
    public required IReadOnlyList<DeviceEntry> Devices { get; init; }

    public required TaskOptions Task { get; init; }

    /// <summary>The limits of a device's streams.</summary>
    public WatchLimits WatchOf(string stream) => Devices.FirstOrDefault(d => d.Name == stream)?.Watch ?? WatchLimits.Default;

    /// <summary>Stream name → full path of its calibration file.</summary>
    public required IReadOnlyDictionary<string, string> Calibration { get; init; }
}

/// <summary>How episodes are written.</summary>
/// <param name="BatchEveryMs">Bounds what a kill can lose; 20–10,000 ms.</param>
/// <param name="DurableEveryMs">Bounds what a power cut can lose; 50–60,000 ms.</param>
/// <param name="BufferSeconds">How long a disk may stall before samples are dropped; 1–60 s.</param>
/// <param name="BufferMb">Cap on all buffers together; 16–65,536 MiB.</param>
public sealed record EpisodeOptions(int BatchEveryMs = 200, int DurableEveryMs = 1000, double BufferSeconds = 5, int BufferMb = 2048);

/// <summary>What is recorded with every episode about the work at hand.</summary>
/// <param name="Required">Fields that must have a value before recording starts.</param>
public sealed record TaskOptions(IReadOnlyList<string> Required, IReadOnlyDictionary<string, string> Fields);

/// <summary>A declared one-way latency in milliseconds, 0 ≤ min ≤ max.</summary>
public sealed record LatencyOption(double MinMs, double MaxMs)
{
    public LatencyRange ToRange() => new(Milliseconds(MinMs), Milliseconds(MaxMs));

    private static Duration Milliseconds(double value) => new((long)Math.Round(value * 1e6));
}

/// <summary>One entry under <c>streams:</c>.</summary>
/// <param name="Line">Where it stands in the file, from 1.</param>
public abstract record DeviceEntry(string Name, int Line)
{
    public abstract string Kind { get; }

    /// <summary>From when on the stream is marked as frozen, dark, silent or clipped; of cameras and microphones.</summary>
    public WatchLimits Watch { get; init; } = WatchLimits.Default;
}

/// <summary>A camera, whatever way it is reached.</summary>
public sealed record CameraEntry(string Name, int Line, CameraRequest Request) : DeviceEntry(Name, Line)
{
    public override string Kind => "camera";

    /// <summary>Null: stored as the camera sends it, or compressed by the source.</summary>
    public EncodeOptions? Encode { get; init; }
}

public sealed record MicrophoneEntry(string Name, int Line, string Device, int RateHz, int Channels, string Sample, LatencyOption? Latency)
    : DeviceEntry(Name, Line)
{
    public override string Kind => "microphone";
}

public sealed record MocapEntry(
    string Name, int Line, string Server, int CommandPort, int? DataPort, string? LocalAddress, IReadOnlyList<string> Bodies)
    : DeviceEntry(Name, Line)
{
    public override string Kind => "mocap";
}

/// <param name="Triggers">Camera stream → the board's trigger channel that it is wired to.</param>
public sealed record BoardEntry(string Name, int Line, string Port, int ImuRateHz, IReadOnlyDictionary<string, int> Triggers)
    : DeviceEntry(Name, Line)
{
    public override string Kind => "mcu";
}

/// <param name="Follower">A follower also records what it was told (<c>NAME.command</c>).</param>
public sealed record RobotEntry(string Name, int Line, string Port, int Baud, ArmFile Arm, double RateHz, bool Follower)
    : DeviceEntry(Name, Line)
{
    public override string Kind => "robot";
}

/// <summary>An arm's description: which servo moves which joint, and how counts become SI units.</summary>
/// <param name="Urdf">Full path of the arm's URDF, copied into every episode; null where there is none.</param>
public sealed record ArmFile(string Path, string Name, IReadOnlyList<ArmJoint> Joints, string? Urdf);

/// <param name="Id">Servo id on the bus, 0–252.</param>
/// <param name="ZeroCounts">Counts at position 0.</param>
/// <param name="Sign">+1 or −1.</param>
/// <param name="CountsPerTurn">Counts of one full turn.</param>
/// <param name="UnitsPerTurn">What one turn means in <paramref name="Unit"/>: 2π × the file's scale.</param>
public sealed record ArmJoint(string Name, int Id, int ZeroCounts, int Sign, int CountsPerTurn, double UnitsPerTurn, string Unit);
