namespace Capture.Core.Geometry;

/// <summary>A 3 × 3 matrix in double precision; <c>Mrc</c> is row r, column c, and it acts on columns.</summary>
public readonly record struct Matrix3d(
    double M00, double M01, double M02,
    double M10, double M11, double M12,
    double M20, double M21, double M22)
{
    public static Matrix3d Identity => new(1, 0, 0, 0, 1, 0, 0, 0, 1);

    public double Trace => M00 + M11 + M22;

    public double Determinant =>
        (M00 * ((M11 * M22) - (M12 * M21))) - (M01 * ((M10 * M22) - (M12 * M20))) + (M02 * ((M10 * M21) - (M11 * M20)));

    /// <summary>From nine numbers, row after row.</summary>
    public static Matrix3d FromRows(ReadOnlySpan<double> m) =>
        m.Length == 9
            ? new(m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8])
            : throw new ArgumentException($"a 3 × 3 matrix has 9 numbers, not {m.Length}", nameof(m));

    public static Matrix3d FromColumns(Vector3d a, Vector3d b, Vector3d c) => new(a.X, b.X, c.X, a.Y, b.Y, c.Y, a.Z, b.Z, c.Z);

    /// <summary>[v]×: the matrix whose product with w is the cross product v × w.</summary>
    public static Matrix3d Skew(Vector3d v) => new(0, -v.Z, v.Y, v.Z, 0, -v.X, -v.Y, v.X, 0);

    public static Vector3d operator *(Matrix3d m, Vector3d v) => new(
        (m.M00 * v.X) + (m.M01 * v.Y) + (m.M02 * v.Z),
        (m.M10 * v.X) + (m.M11 * v.Y) + (m.M12 * v.Z),
        (m.M20 * v.X) + (m.M21 * v.Y) + (m.M22 * v.Z));

    public static Matrix3d operator *(Matrix3d a, Matrix3d b) => FromColumns(a * b.Column(0), a * b.Column(1), a * b.Column(2));

    public static Matrix3d operator *(Matrix3d m, double factor) => new(
        m.M00 * factor, m.M01 * factor, m.M02 * factor,
        m.M10 * factor, m.M11 * factor, m.M12 * factor,
        m.M20 * factor, m.M21 * factor, m.M22 * factor);

    public static Matrix3d operator +(Matrix3d a, Matrix3d b) => new(
        a.M00 + b.M00, a.M01 + b.M01, a.M02 + b.M02,
        a.M10 + b.M10, a.M11 + b.M11, a.M12 + b.M12,
        a.M20 + b.M20, a.M21 + b.M21, a.M22 + b.M22);

    public Matrix3d Transposed() => new(M00, M10, M20, M01, M11, M21, M02, M12, M22);

    /// <summary>Column 0, 1 or 2.</summary>
    public Vector3d Column(int index) => index switch
    {
        0 => new(M00, M10, M20),
        1 => new(M01, M11, M21),
        2 => new(M02, M12, M22),
        _ => throw new ArgumentOutOfRangeException(nameof(index), index, "a 3 × 3 matrix has columns 0 to 2"),
    };

    /// <summary>Nine numbers, row after row.</summary>
    public double[] ToRows() => [M00, M01, M02, M10, M11, M12, M20, M21, M22];
}
