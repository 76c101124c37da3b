using Calibration.Detection;
using Capture.Core.Geometry;

namespace Calibration.Tests.Rendering;

/// <summary>A rectangle with a random pattern on it.</summary>
/// <param name="Place">T_scene_rectangle: it lies in its own x and y, around its origin.</param>
internal sealed record Sheet(Pose Place, double WidthM, double HeightM, int Pattern);

/// <summary>
/// A scene of patterned rectangles seen by cameras that are known exactly: pictures with points to find again, at many depths. What it does not show: gloss, shadows that move, lack of texture, moving people.
/// </summary>
internal sealed class TexturedScene
{
    private const int Side = 512;
    private const double TexelM = 0.004;

    private static readonly Dictionary<int, float[]> s_patterns = [];

    private readonly Sheet[] _sheets;

    public TexturedScene(params Sheet[] sheets) => _sheets = sheets;

    /// <summary>A bench before a wall, with things on it, in front of a camera at the origin (x right, y down, z forward).</summary>
    public static TexturedScene Bench(int seed)
    {
        var random = new Random(seed);
        Rotation floor = Rotation.FromRotationVector(new Vector3d(Math.PI / 2, 0, 0));
        var sheets = new List<Sheet>
        {
            new(new Pose(Rotation.Identity, new(0, 0, 3.2)), 8, 6, seed),
            new(new Pose(floor, new(0, 0.8, 2)), 6, 5, seed + 1),
        };
        for (int i = 0; i < 14; i++)
        {
            double depth = 0.9 + (1.8 * random.NextDouble());
            sheets.Add(new Sheet(
                new Pose(Rotation.FromRotationVector(new((random.NextDouble() - 0.5) * 0.8, (random.NextDouble() - 0.5) * 0.8, random.NextDouble())), new((random.NextDouble() - 0.5) * depth, (random.NextDouble() - 0.5) * 0.7 * depth, depth)),
                0.16 + (0.2 * random.NextDouble()), 0.16 + (0.2 * random.NextDouble()), seed + 2 + i));
        }

        return new TexturedScene([.. sheets]);
    }

    public TexturedScene With(params Sheet[] more) => new([.. _sheets, .. more]);

    /// <param name="cameraInScene">T_scene_camera.</param>
    public byte[] Picture(CameraModel camera, Pose cameraInScene, int seed)
    {
        var random = new Random(seed);
        byte[] pixels = new byte[camera.Width * camera.Height];
        Pose[] back = [.. _sheets.Select(s => s.Place.Inverse() * cameraInScene)];
        float[][] patterns = [.. _sheets.Select(s => Pattern(s.Pattern))];
        for (int v = 0; v < camera.Height; v++)
        {
            for (int u = 0; u < camera.Width; u++)
            {
                double light = 90;
                if (camera.Unproject(u, v, out Vector3d ray))
                {
                    double nearest = double.MaxValue;
                    for (int s = 0; s < back.Length; s++)
                    {
                        Vector3d d = back[s].Rotation * ray, o = back[s].Translation;
                        double length = -o.Z / d.Z;
                        if (!(length > 0.05) || length >= nearest)
                        {
                            continue;
                        }

                        double x = o.X + (d.X * length), y = o.Y + (d.Y * length);
                        if (Math.Abs(x) <= _sheets[s].WidthM / 2 && Math.Abs(y) <= _sheets[s].HeightM / 2)
                        {
                            nearest = length;
                            light = Sample(patterns[s], x / TexelM, y / TexelM);
                        }
                    }
                }

                pixels[(v * camera.Width) + u] = (byte)Math.Clamp(light + (4 * (random.NextDouble() + random.NextDouble() - 1)), 0, 255);
            }
        }

        using GrayImage image = GrayImage.FromPixels(pixels, camera.Width, camera.Height);
        return image.ToJpeg(camera.Width, 92);
    }

    private static double Sample(float[] pattern, double x, double y)
    {
        int ix = (int)Math.Floor(x), iy = (int)Math.Floor(y);
        double fx = x - ix, fy = y - iy;
        float At(int i, int j) => pattern[((j & (Side - 1)) * Side) + (i & (Side - 1))];
        return ((1 - fy) * (((1 - fx) * At(ix, iy)) + (fx * At(ix + 1, iy)))) + (fy * (((1 - fx) * At(ix, iy + 1)) + (fx * At(ix + 1, iy + 1))));
    }

    // Blots of many sizes, so that there is something to find from near and far.
    private static float[] Pattern(int seed)
    {
        lock (s_patterns)
        {
            if (s_patterns.TryGetValue(seed, out float[]? made))
            {
                return made;
            }

            var random = new Random(seed);
            float[] sum = new float[Side * Side];
            Array.Fill(sum, 120);
            for (int size = 2; size <= 32; size *= 2)
            {
                int cells = Side / size;
                float[] grid = [.. Enumerable.Range(0, cells * cells).Select(_ => (float)(random.NextDouble() - 0.5) * 75)];
                for (int y = 0; y < Side; y++)
                {
                    for (int x = 0; x < Side; x++)
                    {
                        double gx = (double)x / size, gy = (double)y / size;
                        int ix = (int)gx, iy = (int)gy;
                        double fx = gx - ix, fy = gy - iy;
                        float At(int i, int j) => grid[(j % cells * cells) + (i % cells)];
                        sum[(y * Side) + x] += (float)(((1 - fy) * (((1 - fx) * At(ix, iy)) + (fx * At(ix + 1, iy)))) + (fy * (((1 - fx) * At(ix, iy + 1)) + (fx * At(ix + 1, iy + 1)))));
                    }
                }
            }

            return s_patterns[seed] = sum;
        }
    }
}
