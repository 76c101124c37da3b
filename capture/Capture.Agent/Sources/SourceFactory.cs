using Capture.Agent.Encoders;
using Capture.Agent.Rig;
using Capture.Core.Time;
using Capture.Devices;
using Capture.Devices.Cameras;
using Capture.Devices.Mcu;
using Capture.Devices.Microphones;
using Capture.Devices.Mocap;
using Capture.Devices.Teleop;

namespace Capture.Agent.Sources;

/// <summary>From what a rig file says to the source that reads it. A new kind of device is one line in <see cref="Create(DeviceEntry, RigFile, HostClock)"/> and one method.</summary>
internal static class SourceFactory
{
    private const double DefaultTriggerHz = 30;

    // Long enough for any camera's trigger input, short against the period of a fast one.
    private static readonly Duration TriggerPulse = Duration.FromMilliseconds(2);

    /// <summary>One source a device, boards first: a camera that waits for a trigger gives its first picture only when the board pulses.</summary>
    public static IReadOnlyList<ISource> Create(RigFile rig, HostClock clock) =>
        [.. rig.Devices.OrderBy(d => d is BoardEntry ? 0 : 1).Select(device => Create(device, rig, clock))];

    /// <summary>The cameras that are encoded, and how.</summary>
    public static IReadOnlyDictionary<string, EncodeOptions> Encoders(RigFile rig) =>
        rig.Devices.OfType<CameraEntry>().Where(c => c.Encode is not null).ToDictionary(c => c.Name, c => c.Encode!, StringComparer.Ordinal);

    private static ISource Create(DeviceEntry device, RigFile rig, HostClock clock) => device switch
    {
        CameraEntry camera => CameraKinds.For(camera.Request)!.Create(camera.Request, clock),
        MicrophoneEntry microphone => new MicrophoneSource(Settings(microphone), clock),
        MocapEntry mocap => new NatNetSource(Settings(mocap), clock),
        BoardEntry board => new BoardSource(Settings(board, rig), clock),
        RobotEntry robot => new DynamixelSource(Settings(robot), clock),
        _ => throw new ArgumentException($"no source reads a {device.Kind}", nameof(device)),
    };

    private static MicrophoneSettings Settings(MicrophoneEntry microphone) => new()
    {
        Name = microphone.Name,
        Device = microphone.Device,
        SampleRateHz = microphone.RateHz,
        Channels = microphone.Channels,
        Samples = microphone.Sample switch
        {
            "s24" => SampleWidth.S24,
            "s32" => SampleWidth.S32,
            "f32" => SampleWidth.F32,
            _ => SampleWidth.S16,
        },
        Latency = microphone.Latency?.ToRange(),
    };

    private static NatNetSettings Settings(MocapEntry mocap) => new()
    {
        Name = mocap.Name,
        Server = mocap.Server,
        CommandPort = mocap.CommandPort,
        DataPort = mocap.DataPort,
        LocalAddress = mocap.LocalAddress,
        Bodies = mocap.Bodies,
    };

    private static BoardSettings Settings(BoardEntry board, RigFile rig) => new()
    {
        Name = board.Name,
        Port = board.Port,
        ImuRateHz = board.ImuRateHz,
        Triggers = [.. board.Triggers.Select(t => new BoardTrigger(
            t.Key,
            t.Value,
            rig.Devices.OfType<CameraEntry>().First(c => c.Name == t.Key).Request.RateHz ?? DefaultTriggerHz,
            TriggerPulse))],
    };

    private static DynamixelSettings Settings(RobotEntry robot) => new()
    {
        Name = robot.Name,
        Port = robot.Port,
        Baud = robot.Baud,
        RateHz = robot.RateHz,
        Role = robot.Follower ? ArmRole.Follower : ArmRole.Leader,
        Model = new ArmModel(robot.Arm.Name, [.. robot.Arm.Joints.Select(Joint)]),
    };

    private static JointModel Joint(ArmJoint joint) => new(
        joint.Name,
        (byte)joint.Id,
        joint.ZeroCounts,
        joint.Sign,
        joint.CountsPerTurn,
        joint.Unit == "m" ? JointUnit.Metre : JointUnit.Radian,
        joint.Unit == "m" ? joint.UnitsPerTurn : null);
}
