using System.Globalization;
using System.Text.RegularExpressions;
using Calibration.Detection;
using Calibration.Targets;
using Capture.Core.Geometry;
using Capture.Simulation.Scene;
using Capture.Simulation.Targets;
using Pose = Capture.Core.Geometry.Pose;

namespace Calibration.Tests.Rendering;

/// <summary>Pictures of a printed target by a camera that is known exactly: what `calibrate target` draws, seen by the bench rig's renderer.</summary>
/// <remarks>Proves detection and calibration against the simulator's own lens formulas, which share no code with the project's; OpenCV and mrcal check them elsewhere.</remarks>
internal sealed partial class BoardScene
{
    private readonly PrintedTarget _printed;
    private TargetRenderer? _renderer;

    public BoardScene(Target target)
    {
        TargetDrawing drawing = TargetDrawing.Of(target);
        var black = Rect().Matches(drawing.ToSvg()).Where(m => !m.Value.Contains("fill", StringComparison.Ordinal))
            .Select(m => (Number(m, 1), Number(m, 2), Number(m, 3), Number(m, 4)));

        // The target's origin on the paper: margin, then the first inner corner or the first tag.
        double inset = 10 + (target is AprilTagGrid grid ? grid.Gap * 1e3 : target.Spacing * 1e3);
        _printed = new PrintedTarget(drawing.WidthMm, drawing.HeightMm, black, (inset, inset));
    }

    /// <param name="pose">T_camera_board.</param>
    /// <param name="blurPixels">Side of a box that every pixel is averaged over; 1 is none.</param>
    public byte[] Render(CameraModel camera, Pose pose, int seed, int blurPixels = 1)
    {
        if (_renderer is null || _renderer.Lens.Model != camera.Lens.Name || !camera.Parameters.SequenceEqual(_renderer.Lens.Parameters.ToArray()))
        {
            _renderer = new TargetRenderer(new SimulatedLens(camera.Lens.Name, camera.Width, camera.Height, camera.Parameters));
        }

        (Vector3d t, Rotation r) = (pose.Translation, pose.Rotation);
        _renderer.Draw(_printed, new(new Vec3(t.X, t.Y, t.Z), new Quat(r.X, r.Y, r.Z, r.W)));
        float[] light = _renderer.Light;
        var random = new Random(seed);
        byte[] pixels = new byte[light.Length];
        int reach = blurPixels / 2;
        for (int i = 0; i < pixels.Length; i++)
        {
            (int u, int v) = (i % camera.Width, i / camera.Width);
            double sum = 0;
            int n = 0;
            for (int dv = -reach; dv <= reach; dv++)
            {
                for (int du = -reach; du <= reach; du++)
                {
                    if (u + du >= 0 && v + dv >= 0 && u + du < camera.Width && v + dv < camera.Height)
                    {
                        (sum, n) = (sum + light[((v + dv) * camera.Width) + u + du], n + 1);
                    }
                }
            }

            pixels[i] = (byte)Math.Clamp((sum / n) + (3 * (random.NextDouble() + random.NextDouble() - 1)), 0, 255);
        }

        return pixels;
    }

    public ImageSource Picture(string name, CameraModel camera, Pose pose, int seed, int blurPixels = 1, long? stampNs = null)
    {
        using GrayImage image = GrayImage.FromPixels(Render(camera, pose, seed, blurPixels), camera.Width, camera.Height);
        byte[] jpeg = image.ToJpeg(camera.Width, 97);
        return new(name, () => jpeg, stampNs);
    }

    /// <summary>A pose that looks at the target's middle: tilted about x and y (rad), turned about z, shifted sideways as parts of the distance.</summary>
    public static Pose Looking(Target target, double distance, double tiltX, double tiltY, double turn, double right = 0, double down = 0)
    {
        Vector3d middle = (target.Points[0] + target.Points[^1]) / 2;
        Rotation r = Rotation.FromRotationVector(new(0, 0, turn)) * Rotation.FromRotationVector(new(tiltX, 0, 0)) * Rotation.FromRotationVector(new(0, tiltY, 0));
        return new(r, new Vector3d(right * distance, down * distance, distance) - (r * middle));
    }

    private static double Number(Match match, int group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("<rect x=\"([^\"]+)\" y=\"([^\"]+)\" width=\"([^\"]+)\" height=\"([^\"]+)\"/>")]
    private static partial Regex Rect();
}
