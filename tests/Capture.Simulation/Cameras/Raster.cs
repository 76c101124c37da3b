using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Capture.Simulation.Cameras;

/// <summary>
/// A picture of 32-bit pixels (B G R x in memory) with a depth buffer, filled by flat convex polygons. Camera frame: x right, y down, z forward; pixel (0,0) is
/// the centre of the top-left pixel. Depth is 1/z, which is linear in the picture, so a polygon's depth is a plane there.
/// </summary>
internal sealed class Raster
{
    private const float Near = 0.02f;
    private readonly float[] _depth;
    private readonly Vector2[] _corners = new Vector2[16];
    private readonly Vector3[] _clipped = new Vector3[16];

    public Raster(int width, int height, float focalPixels)
    {
        Width = width;
        Height = height;
        Focal = focalPixels;
        Pixels = new uint[width * height];
        _depth = new float[width * height];
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Focal length in pixels; the principal point is the middle of the picture.</summary>
    public float Focal { get; }

    public uint[] Pixels { get; }

    public void Clear(uint colour)
    {
        Pixels.AsSpan().Fill(colour);
        _depth.AsSpan().Clear();
    }

    /// <summary>Fills a convex polygon given in the camera frame, metres.</summary>
    /// <param name="corners">3 … 8 corners in one plane, in order.</param>
    /// <param name="colour">0xFFRRGGBB.</param>
    /// <param name="ground">True for what lies behind everything drawn later: no depth is looked at or kept, which is much cheaper.</param>
    public void Fill(ReadOnlySpan<Vector3> corners, uint colour, bool ground)
    {
        int count = ClipNear(corners);
        if (count < 3)
        {
            return;
        }

        float cx = (Width - 1) / 2f, cy = (Height - 1) / 2f;
        float top = float.MaxValue, bottom = float.MinValue;
        for (int i = 0; i < count; i++)
        {
            float inverse = Focal / _clipped[i].Z;
            _corners[i] = new Vector2((_clipped[i].X * inverse) + cx, (_clipped[i].Y * inverse) + cy);
            top = Math.Min(top, _corners[i].Y);
            bottom = Math.Max(bottom, _corners[i].Y);
        }

        Vector3 normal = Vector3.Cross(corners[1] - corners[0], corners[2] - corners[0]);
        float distance = Vector3.Dot(normal, corners[0]);
        if (!ground && Math.Abs(distance) < 1e-9f)
        {
            return;
        }

        // 1/z = (nx (x − cx)/f + ny (y − cy)/f + nz) / d
        Vector3 plane = ground ? default : normal / distance;
        float stepX = plane.X / Focal, stepY = plane.Y / Focal;
        float origin = plane.Z - (stepX * cx) - (stepY * cy);

        int firstY = (int)Math.Ceiling(Math.Max(0, top));
        int lastY = (int)Math.Floor(Math.Min(Height - 1, bottom));
        for (int y = firstY; y <= lastY; y++)
        {
            float left = float.MaxValue, right = float.MinValue;
            Vector2 a = _corners[count - 1];
            for (int i = 0; i < count; i++)
            {
                Vector2 b = _corners[i];
                if ((a.Y <= y) != (b.Y <= y))
                {
                    float x = a.X + ((y - a.Y) / (b.Y - a.Y) * (b.X - a.X));
                    left = Math.Min(left, x);
                    right = Math.Max(right, x);
                }

                a = b;
            }

            int from = (int)Math.Ceiling(Math.Max(0, left));
            int to = (int)Math.Floor(Math.Min(Width - 1, right));
            if (from > to)
            {
                continue;
            }

            int start = (y * Width) + from;
            int length = to - from + 1;
            if (ground)
            {
                Pixels.AsSpan(start, length).Fill(colour);
            }
            else
            {
                Span(start, length, origin + (stepX * from) + (stepY * y), stepX, colour);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Span(int start, int length, float depth, float step, uint colour)
    {
        ref float z = ref MemoryMarshal.GetArrayDataReference(_depth);
        ref uint p = ref MemoryMarshal.GetArrayDataReference(Pixels);
        z = ref Unsafe.Add(ref z, start);
        p = ref Unsafe.Add(ref p, start);
        int i = 0;
        Vector256<float> depths = Vector256.Create(depth) + (Vector256.Create(0f, 1, 2, 3, 4, 5, 6, 7) * step);
        Vector256<float> stride = Vector256.Create(8 * step);
        Vector256<uint> colours = Vector256.Create(colour);
        for (; i <= length - 8; i += 8)
        {
            Vector256<float> old = Vector256.LoadUnsafe(ref z, (nuint)i);
            Vector256<float> nearer = Vector256.GreaterThan(depths, old);
            Vector256.ConditionalSelect(nearer, depths, old).StoreUnsafe(ref z, (nuint)i);
            Vector256.ConditionalSelect(nearer.AsUInt32(), colours, Vector256.LoadUnsafe(ref p, (nuint)i)).StoreUnsafe(ref p, (nuint)i);
            depths += stride;
        }

        for (; i < length; i++)
        {
            float here = depth + (step * i);
            if (here > Unsafe.Add(ref z, i))
            {
                Unsafe.Add(ref z, i) = here;
                Unsafe.Add(ref p, i) = colour;
            }
        }
    }

    private int ClipNear(ReadOnlySpan<Vector3> corners)
    {
        int count = 0;
        Vector3 a = corners[^1];
        foreach (Vector3 b in corners)
        {
            bool aIn = a.Z >= Near, bIn = b.Z >= Near;
            if (aIn != bIn)
            {
                _clipped[count++] = Vector3.Lerp(a, b, (Near - a.Z) / (b.Z - a.Z));
            }

            if (bIn)
            {
                _clipped[count++] = b;
            }

            a = b;
        }

        return count;
    }
}
