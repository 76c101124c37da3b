namespace Capture.Core.Geometry;

/// <summary>A rotation as a unit quaternion x, y, z, w (Hamilton's); <c>default</c> is the identity.</summary>
/// <remarks>
/// Sources: Solà, "Quaternion kinematics for the error-state Kalman filter" (2017), for products, exponential and Jacobian;
/// Shepperd (1978) for the way from a matrix. Small changes are made on the left: exp(δθ) · R, δθ along the axes of the frame that R leads to.
/// </remarks>
public readonly struct Rotation : IEquatable<Rotation>
{
    // Kept as w − 1, so that the default value is the identity and not a quaternion of length zero.
    private readonly double _wMinusOne;

    private Rotation(double x, double y, double z, double w)
    {
        X = x;
        Y = y;
        Z = z;
        _wMinusOne = w - 1;
    }

    public static Rotation Identity => default;

    public double X { get; }

    public double Y { get; }

    public double Z { get; }

    public double W => _wMinusOne + 1;

    /// <summary>The angle of the rotation, 0 … π rad.</summary>
    public double Angle => 2 * Math.Atan2(new Vector3d(X, Y, Z).Length, Math.Abs(W));

    /// <summary>From a quaternion of any length but zero: it is brought to length 1.</summary>
    /// <exception cref="ArgumentException">The length is zero or not finite.</exception>
    public static Rotation FromQuaternion(double x, double y, double z, double w)
    {
        double length = Math.Sqrt((x * x) + (y * y) + (z * z) + (w * w));
        if (!(length > 1e-150) || !double.IsFinite(length))
        {
            throw new ArgumentException($"({x}, {y}, {z}, {w}) is no rotation: a quaternion needs a finite length above zero");
        }

        return new(x / length, y / length, z / length, w / length);
    }

    /// <summary>From axis × angle (rad): the exponential map.</summary>
    public static Rotation FromRotationVector(Vector3d vector)
    {
        double angle = vector.Length;
        double half = angle / 2;

        // sin(a/2)/a by its series where the quotient would lose digits.
        double scale = angle < 1e-4 ? 0.5 - (angle * angle / 48) : Math.Sin(half) / angle;
        return FromQuaternion(vector.X * scale, vector.Y * scale, vector.Z * scale, Math.Cos(half));
    }

    /// <summary>From a rotation matrix; the nearest unit quaternion for one that is off by rounding.</summary>
    public static Rotation FromMatrix(Matrix3d m)
    {
        // The largest of the four squares is taken, so that no division is by a small number.
        double trace = m.Trace;
        if (trace >= m.M00 && trace >= m.M11 && trace >= m.M22)
        {
            return FromQuaternion(m.M21 - m.M12, m.M02 - m.M20, m.M10 - m.M01, 1 + trace);
        }

        if (m.M00 >= m.M11 && m.M00 >= m.M22)
        {
            return FromQuaternion(1 + m.M00 - m.M11 - m.M22, m.M01 + m.M10, m.M02 + m.M20, m.M21 - m.M12);
        }

        return m.M11 >= m.M22
            ? FromQuaternion(m.M01 + m.M10, 1 - m.M00 + m.M11 - m.M22, m.M12 + m.M21, m.M02 - m.M20)
            : FromQuaternion(m.M02 + m.M20, m.M12 + m.M21, 1 - m.M00 - m.M11 + m.M22, m.M10 - m.M01);
    }

    public static Rotation operator *(Rotation a, Rotation b) => FromQuaternion(
        (a.W * b.X) + (a.X * b.W) + (a.Y * b.Z) - (a.Z * b.Y),
        (a.W * b.Y) - (a.X * b.Z) + (a.Y * b.W) + (a.Z * b.X),
        (a.W * b.Z) + (a.X * b.Y) - (a.Y * b.X) + (a.Z * b.W),
        (a.W * b.W) - (a.X * b.X) - (a.Y * b.Y) - (a.Z * b.Z));

    public static Vector3d operator *(Rotation r, Vector3d v)
    {
        Vector3d axis = new(r.X, r.Y, r.Z);
        Vector3d twice = 2 * Vector3d.Cross(axis, v);
        return v + (r.W * twice) + Vector3d.Cross(axis, twice);
    }

    public static bool operator ==(Rotation a, Rotation b) => a.Equals(b);

    public static bool operator !=(Rotation a, Rotation b) => !a.Equals(b);

    /// <summary>The way between two rotations at constant speed, the short way round; 0 gives a, 1 gives b.</summary>
    public static Rotation Slerp(Rotation a, Rotation b, double fraction) =>
        FromRotationVector((b * a.Inverse()).ToRotationVector() * fraction) * a;

    /// <summary>J with exp(v + δ) ≈ exp(J δ) · exp(v): how a change of a rotation vector shows as a small rotation on the left.</summary>
    public static Matrix3d LeftJacobian(Vector3d v)
    {
        double angle2 = Vector3d.Dot(v, v);
        double angle = Math.Sqrt(angle2);
        double a = angle < 1e-3 ? 0.5 - (angle2 / 24) : (1 - Math.Cos(angle)) / angle2;
        double b = angle < 1e-3 ? (1.0 / 6) - (angle2 / 120) : (angle - Math.Sin(angle)) / (angle2 * angle);
        Matrix3d skew = Matrix3d.Skew(v);
        return Matrix3d.Identity + (skew * a) + (skew * skew * b);
    }

    public Rotation Inverse() => new(-X, -Y, -Z, W);

    /// <summary>The same rotation with w ≥ 0: how rotations are written.</summary>
    public Rotation Canonical() => W < 0 ? new(-X, -Y, -Z, -W) : this;

    /// <summary>Axis × angle (rad), the angle 0 … π: the logarithm.</summary>
    public Vector3d ToRotationVector()
    {
        double sign = W < 0 ? -1 : 1;
        Vector3d v = new(X * sign, Y * sign, Z * sign);
        double sine = v.Length;
        double scale = sine < 1e-8 ? 2 : 2 * Math.Atan2(sine, Math.Abs(W)) / sine;
        return v * scale;
    }

    public Matrix3d ToMatrix()
    {
        double x = X, y = Y, z = Z, w = W;
        return new(
            1 - (2 * ((y * y) + (z * z))), 2 * ((x * y) - (z * w)), 2 * ((x * z) + (y * w)),
            2 * ((x * y) + (z * w)), 1 - (2 * ((x * x) + (z * z))), 2 * ((y * z) - (x * w)),
            2 * ((x * z) - (y * w)), 2 * ((y * z) + (x * w)), 1 - (2 * ((x * x) + (y * y))));
    }

    public bool Equals(Rotation other) => X.Equals(other.X) && Y.Equals(other.Y) && Z.Equals(other.Z) && _wMinusOne.Equals(other._wMinusOne);

    public override bool Equals(object? obj) => obj is Rotation other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(X, Y, Z, _wMinusOne);

    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"({X:0.######}, {Y:0.######}, {Z:0.######}, {W:0.######})");
}
