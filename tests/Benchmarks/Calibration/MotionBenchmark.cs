using System.Diagnostics;
using System.Globalization;
using Calibration.HandEye;
using Calibration.Latency;
using Calibration.Tables;
using Capture.Core.Geometry;

namespace Benchmarks.Calibration;

/// <summary>How long a hand-eye of 50 poses and a lag over 60 s of pose streams take, from numbers in memory to the judgement. The goals are 0.5 s and 3 s.</summary>
internal static class MotionBenchmark
{
    private const int Runs = 7;

    public static int Run()
    {
        var random = new Random(1);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        Vector3d Jitter(double s) => new(Normal() * s, Normal() * s, Normal() * s);
        var x = new Pose(Rotation.FromRotationVector(new(0.4, 1.2, -0.7)), new(0.03, -0.05, 0.08));
        var z = new Pose(Rotation.FromRotationVector(new(1, -0.5, 2)), new(0.6, 0.1, 0.02));
        PosePair[] pairs = [.. Enumerable.Range(0, 50).Select(i =>
        {
            var robot = new Pose(Rotation.FromRotationVector(Jitter(0.5)), new Vector3d(0.5, 0, 0.4) + Jitter(0.1));
            Pose seen = x.Inverse() * robot.Inverse() * z;
            return new PosePair(robot, new Pose(Rotation.FromRotationVector(Jitter(0.002)) * seen.Rotation, seen.Translation + Jitter(0.0005)), $"{i}");
        })];
        (double Hz, double Phase, Vector3d Turn, Vector3d Way)[] waves = [.. Enumerable.Range(0, 6).Select(i => (0.15 + (0.25 * i), 7 * random.NextDouble(), Jitter(0.25), Jitter(0.08)))];
        PoseStream Stream(string name, double hz, double lagS, Pose place) => new(
            name,
            [.. Enumerable.Range(0, (int)(60 * hz)).Select(i => (long)(1e9 * ((i / hz) + lagS)))],
            [.. Enumerable.Range(0, (int)(60 * hz)).Select(i => i / hz).Select(t =>
            {
                Vector3d turn = Jitter(0.001), way = Jitter(0.0005);
                foreach ((double f, double phase, Vector3d a, Vector3d b) in waves)
                {
                    turn += a * Math.Sin((2 * Math.PI * f * t) + phase);
                    way += b * Math.Cos((2 * Math.PI * f * t) + (2 * phase));
                }

                return new Pose(Rotation.FromRotationVector(turn), way) * place;
            })],
            []);
        PoseStream robotStream = Stream("robot", 200, 0, Pose.Identity);
        PoseStream camera = Stream("camera", 30, 0.037, x);
        Print("hand-eye, 50 poses, all closed forms, refinement, noise, covariance", 0.5, () => HandEyeSolver.Solve(pairs, HandEyeSetup.EyeInHand));
        Print("lag, 60 s of 200 Hz against 30 Hz", 3, () => PoseLagSolver.Solve(robotStream, camera));
        return 0;
    }

    private static void Print(string what, double goalS, Action run)
    {
        double[] seconds = [.. Enumerable.Range(0, Runs).Select(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            run();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        })];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: first {seconds[0]:0.000} s, median {seconds.Order().ElementAt(Runs / 2):0.000} s (goal {goalS} s)"));
    }
}
