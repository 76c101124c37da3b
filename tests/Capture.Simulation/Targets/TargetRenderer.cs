using Capture.Simulation.Scene;

namespace Capture.Simulation.Targets;

/// <summary>
/// Draws a printed board through a true lens, anti-aliased: a pixel whose corners and middle see one light takes it, any other is the mean of 4 × 4 samples. Rays through the corners of all pixels
/// are found once per lens, and are straight lines apart within a pixel (the bend of a lens over one pixel is below 10⁻⁵ px).
/// </summary>
public sealed class TargetRenderer
{
    private const int Block = 16;
    private const int Samples = 4;

    private readonly Vec3[] _rays;
    private readonly double[] _x;
    private readonly double[] _y;
    private readonly int _stride;

    public TargetRenderer(SimulatedLens lens)
    {
        Lens = lens;
        _stride = lens.Width + 1;
        _rays = new Vec3[_stride * (lens.Height + 1)];
        for (int i = 0; i < _rays.Length; i++)
        {
            _rays[i] = lens.Ray((i % _stride) - 0.5, (i / _stride) - 0.5, out Vec3 ray) ? ray : new Vec3(double.NaN, double.NaN, double.NaN);
        }

        _x = new double[_rays.Length];
        _y = new double[_rays.Length];
        Light = new float[lens.Width * lens.Height];
    }

    public SimulatedLens Lens { get; }

    /// <summary>The picture, 0 … 255, row after row; before noise and rounding.</summary>
    public float[] Light { get; }

    /// <param name="cameraFromTarget">T_camera_target. From behind, the paper is blank.</param>
    public void Draw(PrintedTarget target, Pose cameraFromTarget)
    {
        Array.Fill(Light, PrintedTarget.Backdrop);
        Pose back = cameraFromTarget.Inverse();
        bool front = back.Position.Z < 0;
        for (int top = 0; top < Lens.Height; top += Block)
        {
            int bottom = Math.Min(top + Block, Lens.Height);
            for (int left = 0; left < Lens.Width; left += Block)
            {
                int right = Math.Min(left + Block, Lens.Width);
                if (MayShow(target, back, left, top, right, bottom))
                {
                    DrawBlock(target, back, front, left, top, right, bottom);
                }
            }
        }
    }

    private void DrawBlock(PrintedTarget target, Pose back, bool front, int left, int top, int right, int bottom)
    {
        for (int v = top; v <= bottom; v++)
        {
            for (int u = left; u <= right; u++)
            {
                int at = (v * _stride) + u;
                (_x[at], _y[at]) = OnPlane(back, _rays[at]);
            }
        }

        for (int v = top; v < bottom; v++)
        {
            for (int u = left; u < right; u++)
            {
                int a = (v * _stride) + u, b = a + 1, c = a + _stride, d = c + 1;
                if (!double.IsFinite(_x[a] + _x[b] + _x[c] + _x[d]))
                {
                    continue;
                }

                byte light = target.Light(_x[a], _y[a]);
                bool plain = light == target.Light(_x[b], _y[b]) && light == target.Light(_x[c], _y[c]) && light == target.Light(_x[d], _y[d])
                    && light == target.Light((_x[a] + _x[d]) / 2, (_y[a] + _y[d]) / 2);
                float value = plain ? light : Mean(target, back, a);
                Light[(v * Lens.Width) + u] = front || value == PrintedTarget.Backdrop ? value : PrintedTarget.Paper;
            }
        }
    }

    private float Mean(PrintedTarget target, Pose back, int at)
    {
        // Sixteen samples of which no two share a row or a column: an upright edge is placed to a sixteenth, as a slanting one is.
        int sum = 0;
        for (int j = 0; j < Samples; j++)
        {
            for (int i = 0; i < Samples; i++)
            {
                double s = (i + ((j + 0.5) / Samples)) / Samples, t = (j + ((i + 0.5) / Samples)) / Samples;
                Vec3 from = ((1 - t) * _rays[at]) + (t * _rays[at + _stride]);
                Vec3 to = ((1 - t) * _rays[at + 1]) + (t * _rays[at + 1 + _stride]);
                (double x, double y) = OnPlane(back, ((1 - s) * from) + (s * to));
                sum += target.Light(x, y);
            }
        }

        return sum / (float)(Samples * Samples);
    }

    // Whether some corner of a block, or what lies between them, may see the paper.
    private bool MayShow(PrintedTarget target, Pose back, int left, int top, int right, int bottom)
    {
        double minX = double.MaxValue, maxX = double.MinValue, minY = double.MaxValue, maxY = double.MinValue;
        foreach ((int u, int v) in ((int, int)[])[(left, top), (right, top), (left, bottom), (right, bottom)])
        {
            (double x, double y) = OnPlane(back, _rays[(v * _stride) + u]);
            if (!double.IsFinite(x))
            {
                return true;
            }

            (minX, maxX, minY, maxY) = (Math.Min(minX, x), Math.Max(maxX, x), Math.Min(minY, y), Math.Max(maxY, y));
        }

        double room = 0.1 * (maxX - minX + maxY - minY);
        return maxX + room > target.LeftM && minX - room < target.RightM && maxY + room > target.TopM && minY - room < target.BottomM;
    }

    // NaN where the ray does not meet the plane in front of the camera.
    private static (double X, double Y) OnPlane(Pose back, Vec3 ray)
    {
        Vec3 direction = back.Rotation.Rotate(ray);
        double length = -back.Position.Z / direction.Z;
        return length > 0 ? (back.Position.X + (length * direction.X), back.Position.Y + (length * direction.Y)) : (double.NaN, double.NaN);
    }
}
