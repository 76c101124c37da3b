using Capture.Core.Time;
using Capture.Simulation.Rig;

namespace Scenario.Tests;

/// <summary>What the rig says of its one-way latencies, and what they really are.</summary>
/// <param name="Camera">From mid-exposure to the first byte.</param>
/// <param name="Room">From the last frame of a period to its arrival.</param>
internal sealed record DeclaredLatency(LatencyRange Camera, LatencyRange Room)
{
    private const long MidExposureNs = BenchProfile.ExposureNs / 2;

    /// <summary>As in the bench rig's rig.yaml: the minimum is the true one, as a calibration would find it.</summary>
    public static DeclaredLatency OfRigYaml { get; } = new(Milliseconds(8, 45), Milliseconds(2, 20));

    /// <summary>As an operator guesses it from a data sheet: the minima are 3 ms and 1.5 ms below the true ones.</summary>
    public static DeclaredLatency Guessed { get; } = new(Milliseconds(5, 40), Milliseconds(0.5, 20));

    public static LatencyRange TrueCamera { get; } =
        new(new Duration(BenchProfile.CameraLatency.MinNs - MidExposureNs), new Duration(BenchProfile.CameraLatency.WorstNs - MidExposureNs));

    public static LatencyRange TrueRoom { get; } = new(new Duration(BenchProfile.AudioLatency.MinNs), new Duration(BenchProfile.AudioLatency.WorstNs));

    /// <summary>
    /// What no estimator can know: the true minimum less the declared one. The envelope puts each sample the declared minimum before its fastest arrivals, so
    /// all its instants are late by this much.
    /// </summary>
    public long SystematicNs(string stream) => stream switch
    {
        "front" or "wrist" => (TrueCamera.Min - Camera.Min).Nanoseconds,
        "room" => (TrueRoom.Min - Room.Min).Nanoseconds,
        _ => 0,
    };

    private static LatencyRange Milliseconds(double min, double max) => new(new Duration((long)(min * 1e6)), new Duration((long)(max * 1e6)));
}
