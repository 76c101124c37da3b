using System.Globalization;
using System.Text.RegularExpressions;
using Calibration.Detection;
using Calibration.Targets;
using Capture.Core.Geometry;

namespace Calibration.Tests.Rendering;

/// <summary>Pictures of a printed target by a camera that is known exactly: what `calibrate target` draws, seen through a lens.</summary>
/// <remarks>Proves detection and calibration against the project's own lens formulas and drawing; the formulas themselves are checked against OpenCV and mrcal elsewhere.</remarks>
internal sealed partial class BoardScene
{
    private const int DotsPerMm = 8;

    private readonly byte[] _paper;
    private readonly int _width;
    private readonly int _height;
    private readonly double _originXmm;
    private readonly double _originYmm;

    public BoardScene(Target target)
    {
        TargetDrawing drawing = TargetDrawing.Of(target);
        (_width, _height) = ((int)(drawing.WidthMm * DotsPerMm), (int)(drawing.HeightMm * DotsPerMm));
        _paper = new byte[_width * _height];
        Array.Fill(_paper, (byte)230);
        foreach (Match m in Rect().Matches(drawing.ToSvg()).Where(m => !m.Value.Contains("fill", StringComparison.Ordinal)))
        {
            double[] r = [.. Enumerable.Range(1, 4).Select(i => double.Parse(m.Groups[i].Value, CultureInfo.InvariantCulture) * DotsPerMm)];
            for (int y = (int)Math.Round(r[1]); y < (int)Math.Round(r[1] + r[3]); y++)
            {
                _paper.AsSpan((y * _width) + (int)Math.Round(r[0]), (int)Math.Round(r[0] + r[2]) - (int)Math.Round(r[0])).Fill(25);
            }
        }

        // The board's origin on the paper: margin, then the first inner corner or the first tag.
        double inset = target is AprilTagGrid grid ? grid.Gap * 1e3 : target.Spacing * 1e3;
        (_originXmm, _originYmm) = (10 + inset, 10 + inset);
    }

    /// <param name="pose">T_camera_board.</param>
    /// <param name="blurPixels">Side of a box that every pixel is averaged over; 1 is none.</param>
    /// <param name="samples">So many samples along each side of a pixel: two are quick, four place an edge to a twentieth.</param>
    public byte[] Render(CameraModel camera, Pose pose, int seed, int blurPixels = 1, int samples = 2)
    {
        Pose back = pose.Inverse();
        var random = new Random(seed);
        double[] light = new double[camera.Width * camera.Height];
        for (int v = 0; v < camera.Height; v++)
        {
            for (int u = 0; u < camera.Width; u++)
            {
                double sum = 0;
                for (int s = 0; s < samples * samples; s++)
                {
                    sum += Sample(camera, back, u + (((s % samples) + 0.5) / samples) - 0.5, v + (((s / samples) + 0.5) / samples) - 0.5);
                }

                light[(v * camera.Width) + u] = sum / (samples * samples);
            }
        }

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

    public ImageSource Picture(string name, CameraModel camera, Pose pose, int seed, int blurPixels = 1, long? stampNs = null, int samples = 2)
    {
        using GrayImage image = GrayImage.FromPixels(Render(camera, pose, seed, blurPixels, samples), camera.Width, camera.Height);
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

    private double Sample(CameraModel camera, Pose back, double u, double v)
    {
        if (!camera.Unproject(u, v, out Vector3d ray))
        {
            return 110;
        }

        Vector3d direction = back.Rotation * ray;
        double length = -back.Translation.Z / direction.Z;
        if (!(length > 0))
        {
            return 110;
        }

        Vector3d at = back.Translation + (direction * length);
        int x = (int)Math.Floor(((at.X * 1e3) + _originXmm) * DotsPerMm), y = (int)Math.Floor(((at.Y * 1e3) + _originYmm) * DotsPerMm);
        return x < 0 || y < 0 || x >= _width || y >= _height ? 110 : _paper[(y * _width) + x];
    }

    [GeneratedRegex("<rect x=\"([^\"]+)\" y=\"([^\"]+)\" width=\"([^\"]+)\" height=\"([^\"]+)\"/>")]
    private static partial Regex Rect();
}
