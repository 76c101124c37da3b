namespace Capture.Core.Geometry;

/// <summary>T_a_b: takes coordinates in frame b to frame a. Translation in metres: where b's origin lies, seen from a.</summary>
/// <remarks>Names chain: T_a_b * T_b_c = T_a_c. A small change and a covariance have six numbers: translation (m), then rotation (rad), both along the axes of a.</remarks>
public readonly record struct Pose(Rotation Rotation, Vector3d Translation)
{
    public static Pose Identity => default;

    public bool IsFinite => Translation.IsFinite && double.IsFinite(Rotation.X + Rotation.Y + Rotation.Z + Rotation.W);

    public static Pose operator *(Pose a, Pose b) => new(a.Rotation * b.Rotation, (a.Rotation * b.Translation) + a.Translation);

    public static Vector3d operator *(Pose pose, Vector3d point) => (pose.Rotation * point) + pose.Translation;

    /// <summary>Translation along the straight line, rotation the short way round; 0 gives a, 1 gives b.</summary>
    public static Pose Interpolate(Pose a, Pose b, double fraction) =>
        new(Rotation.Slerp(a.Rotation, b.Rotation, fraction), a.Translation + ((b.Translation - a.Translation) * fraction));

    /// <summary>T_b_a.</summary>
    public Pose Inverse()
    {
        Rotation back = Rotation.Inverse();
        return new(back, -(back * Translation));
    }

    /// <summary>This pose after a small change, six numbers: t + δt, exp(δθ) · R.</summary>
    public Pose Moved(ReadOnlySpan<double> change) => change.Length == 6
        ? new(
            Rotation.FromRotationVector(new(change[3], change[4], change[5])) * Rotation,
            Translation + new Vector3d(change[0], change[1], change[2]))
        : throw new ArgumentException($"a change of a pose has 6 numbers, not {change.Length}", nameof(change));

    /// <summary>The change that leads from this pose to another: the inverse of <see cref="Moved"/>. Metres, then radians.</summary>
    public void ChangeTo(Pose other, Span<double> change)
    {
        if (change.Length != 6)
        {
            throw new ArgumentException($"a change of a pose has 6 numbers, not {change.Length}", nameof(change));
        }

        Vector3d shift = other.Translation - Translation;
        Vector3d turn = (other.Rotation * Rotation.Inverse()).ToRotationVector();
        (change[0], change[1], change[2]) = (shift.X, shift.Y, shift.Z);
        (change[3], change[4], change[5]) = (turn.X, turn.Y, turn.Z);
    }
}
