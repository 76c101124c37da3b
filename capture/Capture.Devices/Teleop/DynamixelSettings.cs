using Capture.Core.Time;

namespace Capture.Devices.Teleop;

/// <summary>What an arm is for in teleoperation: a leader is moved by hand, a follower by goals.</summary>
public enum ArmRole
{
    /// <summary>State and the goals it was given: streams <c>NAME.state</c> and <c>NAME.command</c>.</summary>
    Follower,

    /// <summary>State only: stream <c>NAME.state</c>.</summary>
    Leader,
}

/// <summary>An arm of Dynamixel X servos on one bus: <c>kind: robot</c>, <c>protocol: dynamixel</c>. It is only read, never written.</summary>
public sealed record DynamixelSettings
{
    public required string Name { get; init; }

    /// <summary>Device path of the serial port.</summary>
    public required string Port { get; init; }

    public int Baud { get; init; } = 1_000_000;

    /// <summary>Polls a second (1–1000).</summary>
    public double RateHz { get; init; } = 200;

    public required ArmModel Model { get; init; }

    public ArmRole Role { get; init; } = ArmRole.Follower;

    /// <summary>Uses Fast Sync Read (0x8A): one status packet for all servos; needs recent servo firmware.</summary>
    public bool FastSyncRead { get; init; }

    /// <summary>A bus on which nobody answers for so long is lost, and the port opened anew.</summary>
    public Duration SilenceTimeout { get; init; } = Duration.FromSeconds(1);

    public Duration OpenTimeout { get; init; } = Duration.FromSeconds(2);
}
