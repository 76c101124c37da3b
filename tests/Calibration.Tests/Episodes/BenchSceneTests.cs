using Calibration.HandEye;
using Calibration.Latency;
using Calibration.Tables;
using Capture.Core.Geometry;
using Capture.Simulation.Scene;
using Pose = Capture.Core.Geometry.Pose;

namespace Calibration.Tests.Episodes;

/// <summary>
/// The bench rig's arm and motion capture in simulated time: the arm's pose by its URDF and joints, the gripper's body by the scene. The mocap frame is the arm's base and the body is the tool, so both
/// unknown poses are the identity. What this does not prove: anything about transports; and the arm only points down with small tilts, so one turn is far better known than the others.
/// </summary>
internal sealed class BenchSceneTests
{
    private const double JointNoiseRad = 0.0008;
    private const double MocapNoiseM = 0.0001;

    [Test]
    public void The_chain_of_the_urdf_is_the_arm_of_the_scene([Range(0, 9)] int at)
    {
        var scene = new BenchScene(3);
        KinematicChain chain = KinematicChain.Parse(ArmUrdf.Write());
        JointState joints = scene.FollowerJoints(at * 1_370_000_000L);
        Capture.Simulation.Scene.Pose truth = ArmGeometry.Tool(joints);
        Pose found = chain.Forward(name => joints[Array.IndexOf(ArmGeometry.JointNames, name)]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(chain.Tip, Is.EqualTo("tool"));
            Assert.That((found.Translation - new Vector3d(truth.Position.X, truth.Position.Y, truth.Position.Z)).Length, Is.LessThan(1e-12));
            Assert.That((found.Rotation.Inverse() * Rotation.FromQuaternion(truth.Rotation.X, truth.Rotation.Y, truth.Rotation.Z, truth.Rotation.W)).Angle, Is.LessThan(1e-7));
        }
    }

    [Test]
    public void Hand_eye_and_lag_are_recovered_within_reach_of_their_sigma([Values(1UL, 2UL)] ulong seed)
    {
        (PoseStream arm, PoseStream mocap) = Streams(seed, lagMs: 8.4);
        LagEstimate lag = PoseLagSolver.Solve(arm, mocap, new LagOptions(1_000_000_000));
        PosePair[] pairs = StreamPairs.Choose(arm, mocap, lag, 200);
        HandEyeResult result = HandEyeSolver.Solve(pairs, HandEyeSetup.EyeToHand);
        double[] error = new double[6];
        result.Poses.X.ChangeTo(Pose.Identity, error);
        double[] sigma = result.Sigma;
        TestContext.Out.WriteLine($"lag {lag.LagNs / 1e6:0.00} ± {lag.SigmaNs / 1e6:0.00} ms; X off by {string.Join(' ', error.Select((e, i) => $"{e / sigma[i]:0.0}"))} sigma, sigma {sigma.Take(3).Max() * 1000:0.00} mm, {sigma.Skip(3).Take(3).Max() * 180 / Math.PI:0.000} degrees");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lag.LagNs / 1e6, Is.EqualTo(8.4).Within(Math.Max(0.5, 4 * lag.SigmaNs / 1e6)));
            for (int i = 0; i < 6; i++)
            {
                Assert.That(Math.Abs(error[i]), Is.LessThan(4.5 * sigma[i]), $"number {i} of X");
            }
        }
    }

    private static (PoseStream Arm, PoseStream Mocap) Streams(ulong seed, double lagMs)
    {
        var scene = new BenchScene(seed);
        var random = new Random((int)seed);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        KinematicChain chain = KinematicChain.Parse(ArmUrdf.Write());
        const long Length = 40_000_000_000;
        long[] armTimes = [.. Enumerable.Range(0, (int)(Length / 10_000_000)).Select(i => i * 10_000_000L)];
        Pose[] arm = [.. armTimes.Select(t => scene.FollowerJoints(t)).Select(q => chain.Forward(name => q[Array.IndexOf(ArmGeometry.JointNames, name)] + (JointNoiseRad * Normal())))];
        long[] mocapTimes = [.. Enumerable.Range(1, (int)(Length / 8_333_333) - 2).Select(i => i * 8_333_333L)];
        Pose[] mocap = [.. mocapTimes.Select(scene.Gripper).Select(p => new Pose(
            Rotation.FromRotationVector(new Vector3d(Normal(), Normal(), Normal()) * 0.0015) * Rotation.FromQuaternion(p.Rotation.X, p.Rotation.Y, p.Rotation.Z, p.Rotation.W),
            new Vector3d(p.Position.X, p.Position.Y, p.Position.Z) + (new Vector3d(Normal(), Normal(), Normal()) * MocapNoiseM)))];
        return (new PoseStream("arm", armTimes, arm, []), new PoseStream("mocap", [.. mocapTimes.Select(t => t + (long)(lagMs * 1e6))], mocap, []));
    }
}
