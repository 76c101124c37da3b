using Calibration.Tables;
using Capture.Core.Geometry;

namespace Calibration.Tests.Latency;

/// <summary>A body that moves by a sum of slow sines, seen by two trackers with clocks, places and noise of their own.</summary>
internal sealed class SimulatedMotion
{
    private readonly Random _random;
    private readonly (double Hz, double Phase, Vector3d Turn, Vector3d Way)[] _waves;
    private readonly Pose _world;
    private readonly Pose _body;

    public SimulatedMotion(int seed, double turnRad = 0.25, double wayM = 0.08)
    {
        _random = new Random(seed);
        _waves = [.. Enumerable.Range(0, 6).Select(i => (0.15 + (0.25 * i) + (0.1 * _random.NextDouble()), _random.NextDouble() * 7, Jitter(turnRad), Jitter(wayM)))];
        _world = new Pose(Rotation.FromRotationVector(Jitter(1.5)), Jitter(1));
        _body = new Pose(Rotation.FromRotationVector(Jitter(1.5)), Jitter(0.08));
    }

    public double RotationNoiseRad { get; init; } = 0.003;

    public double PositionNoiseM { get; init; } = 0.001;

    /// <summary>T_world_body at a true time.</summary>
    public Pose At(double s)
    {
        Vector3d turn = default, way = default;
        foreach ((double hz, double phase, Vector3d t, Vector3d w) in _waves)
        {
            double x = Math.Sin((2 * Math.PI * hz * s) + phase);
            turn += t * x;
            way += w * Math.Cos((2 * Math.PI * hz * s) + (2 * phase));
        }

        return new Pose(Rotation.FromRotationVector(turn), way);
    }

    /// <summary>What a tracker writes. Its stamps are true time × (1 + rate) + lag.</summary>
    public PoseStream Seen(string name, double hz, double seconds, double lagS = 0, double ratePpm = 0, bool otherPlace = false, double startS = 0, double jitterS = 0)
    {
        var times = new List<long>();
        var poses = new List<Pose>();
        for (int i = 0; i < seconds * hz; i++)
        {
            double at = startS + ((i + (0.37 * (otherPlace ? 1 : 0))) / hz) + (jitterS * (_random.NextDouble() - 0.5));
            Pose p = At(at);
            p = otherPlace ? _world * p * _body : p;
            times.Add((long)Math.Round(1e9 * (((at - (seconds / 2)) * (1 + (ratePpm * 1e-6))) + (seconds / 2) + lagS + 1000)));
            poses.Add(new Pose(Rotation.FromRotationVector(Jitter(RotationNoiseRad)) * p.Rotation, p.Translation + Jitter(PositionNoiseM)));
        }

        return new PoseStream(name, [.. times], [.. poses], []);
    }

    public Vector3d Jitter(double sigma) => new(Normal() * sigma, Normal() * sigma, Normal() * sigma);

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
