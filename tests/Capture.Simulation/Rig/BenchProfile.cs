using Capture.Simulation.Clocks;

namespace Capture.Simulation.Rig;

/// <summary>Everything about the rig that a seed decides: each device's clock and each path's latency. The live rig and the simulated-time scenario use the same.</summary>
public sealed class BenchProfile
{
    public const int CameraFps = 30;

    /// <summary>Of the cameras of a calibration scene, whose pictures are drawn through a lens.</summary>
    public const int TargetFps = 15;
    public const int AudioRateHz = 48_000;
    public const int AudioPeriodFrames = 480;
    public const int MocapRateHz = 120;
    public const int ImuRateHz = 1_000;
    public const int ArmRateHz = 200;
    public const int ServoCount = 7;

    /// <summary>Exposure of both cameras: the stamp is its start, the picture is its middle.</summary>
    public const long ExposureNs = 4_000_000;

    /// <summary>Start of exposure to the first byte on the socket.</summary>
    public static readonly LatencySettings CameraLatency = new(10_000_000, JitterKind.Exponential, 3_000_000, 28_000_000, BurstProbability: 0.01, BurstNs: 6_000_000);

    /// <summary>End of a period (its last sample) to its bytes in the FIFO.</summary>
    public static readonly LatencySettings AudioLatency = new(2_000_000, JitterKind.Exponential, 600_000, 8_000_000);

    /// <summary>Mid-exposure to transmission, inside the motion-capture server: what a real capture showed.</summary>
    public static readonly LatencySettings MocapProcessing = new(5_100_000, JitterKind.HalfNormal, 250_000, 5_900_000);

    /// <summary>Transmission to arrival.</summary>
    public static readonly LatencySettings MocapNetwork = new(150_000, JitterKind.Exponential, 200_000, 9_000_000, BurstProbability: 0.01, BurstNs: 3_000_000);

    /// <summary>Beyond the wire time of the reply: adapter and host.</summary>
    public static readonly LatencySettings ArmReply = new(300_000, JitterKind.HalfNormal, 120_000, 2_500_000, BurstProbability: 0.003, BurstNs: 800_000);

    /// <summary>One direction of the microcontroller's line, in simulated time (the live board has its own).</summary>
    public static readonly LatencySettings BoardLine = new(120_000, JitterKind.Exponential, 150_000, 15_000_000, BurstProbability: 0.01, BurstNs: 4_000_000, PollIntervalNs: 125_000);

    public BenchProfile(ulong seed, long epochNs)
    {
        Seed = seed;
        EpochNs = epochNs;
        Front = new SimulatedClock(ClockParameters.Draw(seed, "front", epochNs, 1_000_000));
        Wrist = new SimulatedClock(ClockParameters.Draw(seed, "wrist", epochNs, 1_000_000));
        Room = new SimulatedClock(ClockParameters.Draw(seed, "room", epochNs, AudioRateHz) with { OffsetNs = 0 });
        Mocap = new SimulatedClock(ClockParameters.Draw(seed, "mocap", epochNs, 10_000_000));
        Board = new SimulatedClock(ClockParameters.Draw(seed, "board", epochNs, 1_000_000));
        Leader = Servos(seed, "leader", epochNs);
        Follower = Servos(seed, "follower", epochNs);
    }

    public ulong Seed { get; }

    /// <summary>True time 0 of the scene.</summary>
    public long EpochNs { get; }

    /// <summary>Microseconds of the camera; counts X-Timestamp.</summary>
    public SimulatedClock Front { get; }

    /// <summary>Paces the camera; never sent.</summary>
    public SimulatedClock Wrist { get; }

    /// <summary>Sample index of the microphone.</summary>
    public SimulatedClock Room { get; }

    /// <summary>The motion-capture server's high-resolution counter, 10 MHz.</summary>
    public SimulatedClock Mocap { get; }

    /// <summary>The microcontroller's counter, 1 MHz.</summary>
    public SimulatedClock Board { get; }

    /// <summary>Each servo's realtime tick: 1 kHz, 15 bits.</summary>
    public IReadOnlyList<SimulatedClock> Leader { get; }

    public IReadOnlyList<SimulatedClock> Follower { get; }

    public IEnumerable<ClockParameters> AllClocks =>
        new[] { Front, Wrist, Room, Mocap, Board }.Concat(Leader).Concat(Follower).Select(clock => clock.Parameters);

    private static SimulatedClock[] Servos(ulong seed, string arm, long epochNs) =>
        [.. Enumerable.Range(1, ServoCount).Select(id => new SimulatedClock(
            ClockParameters.Draw(seed, $"{arm}/servo{id}", epochNs, 1_000, maxPpm: 200, maxOffsetSeconds: 600, widthBits: 15)))];
}
