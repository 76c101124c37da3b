using Capture.Simulation.Scene;

namespace Capture.Simulation.Tests.Scene;

public class BenchSceneTests
{
    private const long Ms = 1_000_000;

    [Test]
    public void Nothing_jumps_from_one_millisecond_to_the_next()
    {
        var scene = new BenchScene(5);
        JointState joints = scene.FollowerJoints(0);
        Pose cube = scene.Cube(0);
        for (long t = Ms; t < 20_000 * Ms; t += Ms)
        {
            JointState nextJoints = scene.FollowerJoints(t);
            Pose nextCube = scene.Cube(t);
            for (int i = 0; i < 6; i++)
            {
                Assert.That(Math.Abs(nextJoints[i] - joints[i]), Is.LessThan(0.01), $"joint {i} at {t} ns");
            }

            Assert.That(Math.Abs(nextJoints.OpeningM - joints.OpeningM), Is.LessThan(0.0005));
            Assert.That((nextCube.Position - cube.Position).Length, Is.LessThan(0.004), $"cube at {t} ns");
            Assert.That(Quat.AngleBetween(cube.Rotation, nextCube.Rotation), Is.LessThan(0.01), $"cube at {t} ns");
            joints = nextJoints;
            cube = nextCube;
        }
    }

    [Test]
    public void The_cube_is_taken_and_put_down_elsewhere_flat_on_the_table()
    {
        var scene = new BenchScene(11);
        for (long cycle = 0; cycle < 20; cycle++)
        {
            Contact grasp = scene.Contact(cycle * 3);
            Contact place = scene.Contact((cycle * 3) + 1);
            Contact release = scene.Contact((cycle * 3) + 2);
            Assert.That((grasp.Kind, place.Kind, release.Kind), Is.EqualTo((ContactKind.Grasp, ContactKind.Place, ContactKind.Release)));
            Assert.That(grasp.SceneNs, Is.LessThan(place.SceneNs));
            Assert.That(place.SceneNs, Is.LessThan(release.SceneNs));

            Pose before = scene.Cube(grasp.SceneNs - Ms);
            Pose held = scene.Cube((grasp.SceneNs + place.SceneNs) / 2);
            Pose after = scene.Cube(place.SceneNs + Ms);
            Assert.That(before.Position.Z, Is.EqualTo(BenchScene.CubeM / 2).Within(1e-9));
            Assert.That(after.Position.Z, Is.EqualTo(BenchScene.CubeM / 2).Within(1e-9));
            Assert.That(after.Rotation.Rotate(new Vec3(0, 0, 1)).Z, Is.EqualTo(1).Within(1e-9));
            Assert.That(held.Position.Z, Is.GreaterThan(0.06));
            Assert.That((after.Position - before.Position).Length, Is.GreaterThan(0.05));
            // The fingers close around the middle of the cube, and no joint moves at that instant.
            Assert.That((scene.Gripper(grasp.SceneNs).Position - before.Position).Length, Is.LessThan(1e-9));
            Assert.That(scene.FollowerJoints(grasp.SceneNs).OpeningM, Is.EqualTo(BenchScene.CubeM).Within(1e-9));
        }
    }

    [Test]
    public void State_is_a_pure_function_of_seed_and_time()
    {
        var one = new BenchScene(3);
        var other = new BenchScene(3);
        _ = other.Cube(500_000 * Ms);
        Assert.That(other.FollowerJoints(12_345 * Ms), Is.EqualTo(one.FollowerJoints(12_345 * Ms)));
        Assert.That(new BenchScene(4).FollowerJoints(12_345 * Ms), Is.Not.EqualTo(one.FollowerJoints(12_345 * Ms)));
    }

    [Test]
    public void The_imu_feels_gravity_at_rest_and_integrates_to_the_turn_of_the_hand()
    {
        var scene = new BenchScene(3);
        ImuReading rest = scene.Imu(5_990 * Ms);
        Assert.That(rest.Acceleration.Length, Is.EqualTo(BenchScene.GravityMps2).Within(1e-6));
        // The hand points straight down: its x axis looks along gravity, so the force that holds it up is along −x.
        Assert.That(rest.Acceleration.X, Is.EqualTo(-BenchScene.GravityMps2).Within(1e-6));

        Quat turned = scene.Gripper(0).Rotation;
        for (long t = 0; t < 4_000 * Ms; t += Ms)
        {
            Vec3 w = scene.Imu(t + (Ms / 2)).AngularRate;
            double angle = w.Length * 1e-3;
            turned = angle > 0 ? turned * Quat.About(w.Normalized(), angle) : turned;
        }

        Assert.That(Quat.AngleBetween(turned, scene.Gripper(4_000 * Ms).Rotation), Is.LessThan(1e-3));
    }

    [Test]
    public void The_leader_leads()
    {
        var scene = new BenchScene(3);
        Assert.That(scene.LeaderJoints(1_000 * Ms), Is.EqualTo(scene.FollowerJoints((1_000 * Ms) + BenchScene.FollowerLagNs)));
        Assert.That(scene.FollowerGoal(1_000 * Ms), Is.EqualTo(scene.LeaderJoints((1_000 * Ms) - BenchScene.GoalLagNs)));
    }

    [Test]
    public void Forward_kinematics_by_hand_in_two_postures()
    {
        Vec3 stretched = ArmGeometry.Tool(default).Position;
        Assert.That((stretched - new Vec3(0.63, 0, 0.12)).Length, Is.LessThan(1e-12));
        // Upper arm straight up, forearm forward, hand down, turned a quarter left.
        JointState bent = new(Math.PI / 2, -Math.PI / 2, Math.PI / 2, 0, Math.PI / 2, 0, 0);
        Assert.That((ArmGeometry.Tool(bent).Position - new Vec3(0, 0.24, 0.12 + 0.25 - 0.14)).Length, Is.LessThan(1e-12));
    }
}
