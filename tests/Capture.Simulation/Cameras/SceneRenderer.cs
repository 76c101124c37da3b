using System.Numerics;
using Capture.Simulation.Scene;

namespace Capture.Simulation.Cameras;

public enum Viewpoint
{
    /// <summary>Stands in front of the table.</summary>
    Front,

    /// <summary>Rides on the hand and looks past the fingers.</summary>
    Wrist,
}

/// <summary>Draws the tabletop as one camera sees it at one instant: table with a chequer, arm, cube; flat shading, one light.</summary>
public sealed class SceneRenderer : ICameraPicture
{
    public const int Width = 640;
    public const int Height = 480;

    /// <summary>Focal length of both cameras, pixels.</summary>
    public const double FocalPixels = 560;

    private const uint Sky = 0xFFB8C4CE;
    private static readonly Vector3 Light = Vector3.Normalize(new Vector3(0.4f, -0.5f, 1.2f));
    private static readonly Pose FrontView = Pose.LookAt(new Vec3(1.00, -0.42, 0.58), new Vec3(0.20, 0, 0.15));

    // Camera frame in the tool's: above the hand, looking along the fingers, tilted 20° towards them.
    private static readonly Pose HandToCamera = new Pose(new Vec3(-0.10, 0, 0.07), Quat.About(new Vec3(0, 1, 0), 0.35)) * new Pose(default, AxesForwardX());

    private readonly Raster _raster = new(Width, Height, (float)FocalPixels);
    private readonly BenchScene _scene;
    private readonly Viewpoint _view;
    private Matrix4x4 _worldToCamera;

    public SceneRenderer(BenchScene scene, Viewpoint view)
    {
        _scene = scene;
        _view = view;
    }

    /// <summary>Row by row, 0xFFRRGGBB (B G R x in memory).</summary>
    public ReadOnlySpan<uint> Pixels => _raster.Pixels;

    /// <summary>T_world_camera at a time of the scene.</summary>
    public Pose CameraPose(long sceneNs) => _view == Viewpoint.Front ? FrontView : _scene.Gripper(sceneNs) * HandToCamera;

    public void Draw(long sceneNs, byte camera, uint frame)
    {
        JointState joints = _scene.FollowerJoints(sceneNs);
        Pose view = CameraPose(sceneNs);
        _worldToCamera = Matrix(view.Inverse());
        _raster.Clear(Sky);
        Table();

        Span<Pose> frames = stackalloc Pose[ArmGeometry.FrameCount];
        ArmGeometry.Forward(joints, frames);
        Box(Pose.Translate(0, 0, ArmGeometry.ShoulderHeightM / 2), 0.10, 0.10, ArmGeometry.ShoulderHeightM, 0xFF50555A);
        Box(frames[0], 0.07, 0.07, 0.06, 0xFF303438);
        Box(frames[1] * Pose.Translate(ArmGeometry.UpperArmM / 2, 0, 0), ArmGeometry.UpperArmM, 0.05, 0.05, 0xFFE08A2B);
        Box(frames[2] * Pose.Translate(ArmGeometry.ForearmNearM / 2, 0, 0), ArmGeometry.ForearmNearM, 0.045, 0.045, 0xFF3A4046);
        Box(frames[3] * Pose.Translate(ArmGeometry.ForearmFarM / 2, 0, 0), ArmGeometry.ForearmFarM, 0.04, 0.04, 0xFFE08A2B);
        Box(frames[4] * Pose.Translate(ArmGeometry.WristM / 2, 0, 0), ArmGeometry.WristM, 0.035, 0.035, 0xFF3A4046);
        Box(frames[5] * Pose.Translate(0.02, 0, 0), 0.03, 0.10, 0.03, 0xFF6A7076);
        double half = (joints.OpeningM / 2) + 0.005;
        Box(frames[6] * Pose.Translate(-0.02, half, 0), 0.05, 0.01, 0.02, 0xFF202428);
        Box(frames[6] * Pose.Translate(-0.02, -half, 0), 0.05, 0.01, 0.02, 0xFF202428);
        Box(_scene.Cube(sceneNs), BenchScene.CubeM, BenchScene.CubeM, BenchScene.CubeM, 0xFFC02A30);

        _raster.Pixels.AsSpan(0, FrameCode.HeightPixels * Width).Fill(0xFF808080);
        FrameCode.Draw(_raster.Pixels, Width, camera, frame);
    }

    private void Table()
    {
        Span<Vector3> quad = stackalloc Vector3[4];
        Quad(quad, -0.30f, -0.60f, 0.70f, 0.60f, 0xFF8C7B66);
        for (int i = 0; i < 6; i++)
        {
            for (int j = 0; j < 10; j++)
            {
                if (((i + j) & 1) == 0)
                {
                    Quad(quad, 0.05f + (0.1f * i), -0.5f + (0.1f * j), 0.15f + (0.1f * i), -0.4f + (0.1f * j), 0xFFA09078);
                }
            }
        }
    }

    private void Quad(Span<Vector3> corners, float x0, float y0, float x1, float y1, uint colour)
    {
        corners[0] = Vector3.Transform(new Vector3(x0, y0, 0), _worldToCamera);
        corners[1] = Vector3.Transform(new Vector3(x1, y0, 0), _worldToCamera);
        corners[2] = Vector3.Transform(new Vector3(x1, y1, 0), _worldToCamera);
        corners[3] = Vector3.Transform(new Vector3(x0, y1, 0), _worldToCamera);
        _raster.Fill(corners, colour, ground: true);
    }

    private void Box(Pose pose, double sizeX, double sizeY, double sizeZ, uint colour)
    {
        Matrix4x4 boxToWorld = Matrix(pose);
        Matrix4x4 boxToCamera = boxToWorld * _worldToCamera;
        Vector3 half = new((float)sizeX / 2, (float)sizeY / 2, (float)sizeZ / 2);
        Span<Vector3> face = stackalloc Vector3[4];
        for (int axis = 0; axis < 3; axis++)
        {
            for (int side = -1; side <= 1; side += 2)
            {
                int u = (axis + 1) % 3, v = (axis + 2) % 3;
                Vector3 centre = default, du = default, dv = default;
                centre[axis] = side * half[axis];
                du[u] = half[u];
                dv[v] = half[v];
                Vector3 normal = default;
                normal[axis] = side;
                Vector3 seen = Vector3.TransformNormal(normal, boxToCamera);
                Vector3 middle = Vector3.Transform(centre, boxToCamera);
                if (Vector3.Dot(seen, middle) >= 0)
                {
                    continue;
                }

                face[0] = Vector3.Transform(centre - du - dv, boxToCamera);
                face[1] = Vector3.Transform(centre + du - dv, boxToCamera);
                face[2] = Vector3.Transform(centre + du + dv, boxToCamera);
                face[3] = Vector3.Transform(centre - du + dv, boxToCamera);
                float light = Vector3.Dot(Vector3.TransformNormal(normal, boxToWorld), Light);
                _raster.Fill(face, Shade(colour, 0.65f + (0.35f * light)), ground: false);
            }
        }
    }

    private static uint Shade(uint colour, float k)
    {
        uint r = (uint)Math.Clamp(((colour >> 16) & 255) * k, 0, 255);
        uint g = (uint)Math.Clamp(((colour >> 8) & 255) * k, 0, 255);
        uint b = (uint)Math.Clamp((colour & 255) * k, 0, 255);
        return 0xFF000000 | (r << 16) | (g << 8) | b;
    }

    private static Matrix4x4 Matrix(Pose pose)
    {
        Quat q = pose.Rotation;
        Matrix4x4 m = Matrix4x4.CreateFromQuaternion(new Quaternion((float)q.X, (float)q.Y, (float)q.Z, (float)q.W));
        m.Translation = new Vector3((float)pose.Position.X, (float)pose.Position.Y, (float)pose.Position.Z);
        return m;
    }

    /// <summary>The turn that makes the camera's z (forward) the parent's x, and its y (down) the parent's −z.</summary>
    private static Quat AxesForwardX() => Quat.FromAxes(new Vec3(0, -1, 0), new Vec3(0, 0, -1), new Vec3(1, 0, 0));
}
