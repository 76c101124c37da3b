namespace Capture.Core.Geometry;

/// <summary>Three coordinates in double precision, in the unit that the name of the variable says (metres, radians).</summary>
public readonly record struct Vector3d(double X, double Y, double Z)
{
    public static Vector3d Zero => default;

    public static Vector3d UnitX => new(1, 0, 0);

    public static Vector3d UnitY => new(0, 1, 0);

    public static Vector3d UnitZ => new(0, 0, 1);

    public double Length => Math.Sqrt(Dot(this, this));

    public bool IsFinite => double.IsFinite(X) && double.IsFinite(Y) && double.IsFinite(Z);

    public static Vector3d operator +(Vector3d a, Vector3d b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    public static Vector3d operator -(Vector3d a, Vector3d b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    public static Vector3d operator -(Vector3d a) => new(-a.X, -a.Y, -a.Z);

    public static Vector3d operator *(Vector3d a, double factor) => new(a.X * factor, a.Y * factor, a.Z * factor);

    public static Vector3d operator *(double factor, Vector3d a) => a * factor;

    public static Vector3d operator /(Vector3d a, double divisor) => new(a.X / divisor, a.Y / divisor, a.Z / divisor);

    public static double Dot(Vector3d a, Vector3d b) => (a.X * b.X) + (a.Y * b.Y) + (a.Z * b.Z);

    public static Vector3d Cross(Vector3d a, Vector3d b) =>
        new((a.Y * b.Z) - (a.Z * b.Y), (a.Z * b.X) - (a.X * b.Z), (a.X * b.Y) - (a.Y * b.X));

    /// <summary>This direction with length 1; zero stays zero.</summary>
    public Vector3d Normalized()
    {
        double length = Length;
        return length > 0 ? this / length : Zero;
    }
}
