using Capture.Simulation.Scene;
using Capture.Simulation.Targets;

namespace Capture.Simulation.Tests.Targets;

/// <summary>The calibration scenes: what the arm is told is what the cameras see. Does not prove that a real bench looks like this.</summary>
internal sealed class TargetSettingTests
{
    [Test]
    public void The_joints_for_a_pose_of_the_tool_lead_there([Range(0, 40, 4)] int view)
    {
        JointState at = TargetSetting.Create(TargetPlace.Hand, 3).Motion.Joints(view * (ViewMotion.MoveNs + ViewMotion.RestNs));
        Pose tool = ArmGeometry.Tool(at);
        Pose again = ArmGeometry.Tool(ArmInverse.Reach(tool, at.OpeningM)!.Value);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((again.Position - tool.Position).Length, Is.LessThan(1e-9));
            Assert.That(Quat.AngleBetween(again.Rotation, tool.Rotation), Is.LessThan(1e-7));
        }
    }

    [Test]
    public void At_rest_a_camera_sees_the_whole_target([Values] TargetPlace place, [Values(1UL, 2UL)] ulong seed)
    {
        TargetSetting setting = TargetSetting.Create(place, seed);
        var scene = new BenchScene(seed, setting.Motion);
        for (int view = 0; view < 30; view++)
        {
            long at = (view * (ViewMotion.MoveNs + ViewMotion.RestNs)) + (ViewMotion.RestNs / 2);
            Pose hand = scene.Gripper(at);
            Assert.That(scene.Gripper(at + (ViewMotion.RestNs / 3)), Is.EqualTo(hand), "at rest");
            bool seen = setting.Cameras.Any(camera =>
            {
                Pose toCamera = setting.CameraFromTarget(camera, hand);
                return ((double X, double Y)[])[(setting.Printed.LeftM, setting.Printed.TopM), (setting.Printed.RightM, setting.Printed.BottomM)] is var ends
                    && ends.All(e => camera.Lens.Project(toCamera.Transform(new Vec3(e.X, e.Y, 0)), out double u, out double v) && u > 0 && v > 0 && u < camera.Lens.Width && v < camera.Lens.Height)
                    && toCamera.Inverse().Position.Z < 0;
            });
            Assert.That(seen, $"view {view}");
        }
    }

    [TestCase("brown-conrady-5", -0.2, 0.06, 8e-4, -5e-4, 0.01)]
    [TestCase("brown-conrady-8", -0.2, 0.06, 8e-4, -5e-4, 0.01, 0.02, 0.01, 0)]
    [TestCase("kannala-brandt", -0.02, 0.01, 0.001, 0)]
    [TestCase("pinhole")]
    public void A_ray_is_seen_at_its_pixel(string model, params double[] distortion)
    {
        var lens = new SimulatedLens(model, 640, 480, [560, 562, 318, 243, .. distortion]);
        for (int i = 0; i < 100; i++)
        {
            (double u, double v) = (i % 10 * 71.0, i / 10 * 53.0);
            Assert.That(lens.Ray(u, v, out Vec3 ray));
            Assert.That(lens.Project(3.7 * ray, out double backU, out double backV));
            Assert.That(Math.Abs(backU - u) + Math.Abs(backV - v), Is.LessThan(1e-6));
        }
    }

    [Test]
    public void An_edge_is_drawn_where_it_is_to_a_thirtieth_of_a_pixel()
    {
        // Squares so large that along the middle row only vertical edges are met; their place is the integral of the light.
        var lens = new SimulatedLens("pinhole", 640, 480, [500, 500, 320, 240]);
        var renderer = new TargetRenderer(lens);
        PrintedTarget target = PrintedTarget.Chessboard(3, 3, 100);
        for (int shift = 0; shift < 20; shift++)
        {
            double x = -0.1 + (shift * 0.000_17);
            renderer.Draw(target, Pose.Translate(x, -0.05, 1));
            int row = 240 * 640;
            double light = Enumerable.Range(300, 50).Sum(u => renderer.Light[row + u] - PrintedTarget.Ink) / (PrintedTarget.Paper - PrintedTarget.Ink);
            bool whiteFirst = renderer.Light[row + 300] > 128;
            double edge = 299.5 + (whiteFirst ? light : 50 - light);
            Assert.That(edge, Is.EqualTo(320 + (500 * (x + 0.1))).Within(0.034), $"shift {shift}");
        }
    }
}
