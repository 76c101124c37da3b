namespace Capture.Simulation.Scene;

/// <summary>A vector in metres (or m/s, or rad/s, where the name says so).</summary>
public readonly record struct Vec3(double X, double Y, double Z)
{
    public double Length => Math.Sqrt(Dot(this, this));

    public static Vec3 operator +(Vec3 a, Vec3 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    public static Vec3 operator -(Vec3 a, Vec3 b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    public static Vec3 operator *(double k, Vec3 a) => new(k * a.X, k * a.Y, k * a.Z);

    public static double Dot(Vec3 a, Vec3 b) => (a.X * b.X) + (a.Y * b.Y) + (a.Z * b.Z);

    public static Vec3 Cross(Vec3 a, Vec3 b) => new((a.Y * b.Z) - (a.Z * b.Y), (a.Z * b.X) - (a.X * b.Z), (a.X * b.Y) - (a.Y * b.X));

    public Vec3 Normalized() => (1 / Length) * this;
}

/// <summary>A unit quaternion, x y z w.</summary>
public readonly record struct Quat(double X, double Y, double Z, double W)
{
    public static readonly Quat Identity = new(0, 0, 0, 1);

    public static Quat About(Vec3 unitAxis, double angleRad)
    {
        double s = Math.Sin(angleRad / 2);
        return new Quat(unitAxis.X * s, unitAxis.Y * s, unitAxis.Z * s, Math.Cos(angleRad / 2));
    }

    public static Quat operator *(Quat a, Quat b) => new(
        (a.W * b.X) + (a.X * b.W) + (a.Y * b.Z) - (a.Z * b.Y),
        (a.W * b.Y) - (a.X * b.Z) + (a.Y * b.W) + (a.Z * b.X),
        (a.W * b.Z) + (a.X * b.Y) - (a.Y * b.X) + (a.Z * b.W),
        (a.W * b.W) - (a.X * b.X) - (a.Y * b.Y) - (a.Z * b.Z));

    /// <summary>The turn whose matrix has these columns: right-handed, unit length, at right angles. Shepperd's method, by the largest of the four.</summary>
    public static Quat FromAxes(Vec3 x, Vec3 y, Vec3 z)
    {
        double trace = x.X + y.Y + z.Z;
        if (trace > 0)
        {
            double s = 2 * Math.Sqrt(1 + trace);
            return new Quat((y.Z - z.Y) / s, (z.X - x.Z) / s, (x.Y - y.X) / s, s / 4);
        }

        if (x.X > y.Y && x.X > z.Z)
        {
            double s = 2 * Math.Sqrt(1 + x.X - y.Y - z.Z);
            return new Quat(s / 4, (y.X + x.Y) / s, (z.X + x.Z) / s, (y.Z - z.Y) / s);
        }

        if (y.Y > z.Z)
        {
            double s = 2 * Math.Sqrt(1 + y.Y - x.X - z.Z);
            return new Quat((y.X + x.Y) / s, s / 4, (z.Y + y.Z) / s, (z.X - x.Z) / s);
        }
        else
        {
            double s = 2 * Math.Sqrt(1 + z.Z - x.X - y.Y);
            return new Quat((z.X + x.Z) / s, (z.Y + y.Z) / s, s / 4, (x.Y - y.X) / s);
        }
    }

    public Quat Inverse() => new(-X, -Y, -Z, W);

    public Vec3 Rotate(Vec3 v)
    {
        var q = new Vec3(X, Y, Z);
        Vec3 t = 2 * Vec3.Cross(q, v);
        return v + (W * t) + Vec3.Cross(q, t);
    }

    /// <summary>The angle of the shortest turn between two orientations, rad.</summary>
    public static double AngleBetween(Quat a, Quat b)
    {
        Quat d = a.Inverse() * b;
        return 2 * Math.Atan2(Math.Sqrt((d.X * d.X) + (d.Y * d.Y) + (d.Z * d.Z)), Math.Abs(d.W));
    }
}

/// <summary>A pose T_a_b: takes coordinates in b to a. T_a_b * T_b_c = T_a_c.</summary>
public readonly record struct Pose(Vec3 Position, Quat Rotation)
{
    public static readonly Pose Identity = new(default, Quat.Identity);

    public static Pose operator *(Pose a, Pose b) => new(a.Position + a.Rotation.Rotate(b.Position), a.Rotation * b.Rotation);

    public Vec3 Transform(Vec3 v) => Position + Rotation.Rotate(v);

    public Pose Inverse()
    {
        Quat r = Rotation.Inverse();
        return new Pose(r.Rotate(-1 * Position), r);
    }

    public static Pose Translate(double x, double y, double z) => new(new Vec3(x, y, z), Quat.Identity);

    /// <summary>A camera's pose (x right, y down, z forward) at a place, looking at another; its x is level in a world whose z is up.</summary>
    public static Pose LookAt(Vec3 eye, Vec3 target)
    {
        Vec3 z = (target - eye).Normalized();
        Vec3 x = Vec3.Cross(z, new Vec3(0, 0, 1)).Normalized();
        return new Pose(eye, Quat.FromAxes(x, Vec3.Cross(z, x), z));
    }
}
