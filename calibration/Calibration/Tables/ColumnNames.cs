using System.Text.RegularExpressions;

namespace Calibration.Tables;

/// <summary>Which columns of a table are a pose. A column that is missing is −1.</summary>
/// <param name="Position">x, y, z.</param>
/// <param name="Rotation">Quaternion x, y, z, w, or three columns of a rotation vector.</param>
/// <param name="TimeUnit">From the name of the time column, as "ns"; null where it does not say.</param>
internal sealed record PoseColumns(int Time, string? TimeUnit, int[] Position, double PositionScale, int[] Rotation, bool RotationVector, bool RotationInDegrees);

/// <summary>Finds columns by the names that recordings in the wild use: TUM, EuRoC, bag exports, motion-capture exports, ours.</summary>
internal static partial class ColumnNames
{
    private static readonly string[] s_time = ["t", "time", "timestamp", "timestamps", "stamp", "ts", "secs", "seconds"];
    private static readonly string[] s_quaternion = ["q", "quat", "quaternion", "orientation", "rotation", "rot", "ori", "attitude"];
    private static readonly string[] s_position = ["p", "pos", "position", "translation", "trans", "t", "location"];
    private static readonly string[] s_vector = ["r", "rvec", "rotvec", "rotationvector"];
    private static readonly string[] s_never = ["v", "vel", "velocity", "twist", "linear", "angular", "acc", "acceleration", "accel", "gyro", "omega", "bias", "cov", "covariance", "std", "sigma", "b", "a", "error"];

    /// <summary>Looks for a pose among columns whose name holds <paramref name="prefix"/> (all columns where it is empty).</summary>
    public static PoseColumns Find(IReadOnlyList<string> header, string prefix)
    {
        int time = -1;
        string? unit = null;
        int[] position = [-1, -1, -1];
        int[] quaternion = [-1, -1, -1, -1];
        int[] vector = [-1, -1, -1];
        double scale = 1;
        bool degrees = false;
        for (int i = 0; i < header.Count; i++)
        {
            Name name = Name.Read(header[i]);
            if (time < 0 && name.Words.Any(s_time.Contains) && name.Axis < 0)
            {
                time = i;
                unit = name.Unit;
                continue;
            }

            if (prefix.Length > 0 && !name.Words.Contains(prefix))
            {
                continue;
            }

            string[] words = [.. name.Words.Where(w => w != prefix)];
            if (name.Axis < 0 || words.Any(s_never.Contains))
            {
                continue;
            }

            int[]? slots = s_vector.Contains(name.Stem) || words.Any(s_vector.Skip(1).Contains) ? vector
                : s_quaternion.Contains(name.Stem) || words.Any(s_quaternion.Contains) || name.Axis == 3 ? quaternion
                : s_position.Contains(name.Stem) || words.Any(s_position.Contains) || (name.Stem.Length == 0 && words.Length == 0) ? position
                : null;
            if (slots is null || name.Axis >= slots.Length || slots[name.Axis] >= 0)
            {
                continue;
            }

            slots[name.Axis] = i;
            scale = slots == position ? name.Unit switch { "mm" => 1e-3, "cm" => 1e-2, _ => 1 } : scale;
            degrees |= slots == vector && name.Unit is "deg" or "degrees" or "°";
        }

        bool isVector = quaternion.Contains(-1) && !vector.Contains(-1);
        return new PoseColumns(time, unit, position, scale, isVector ? vector : quaternion, isVector, degrees);
    }

    /// <summary>A column's name taken apart: "p_RS_R_x [m]" is axis 0, words p, rs, r, unit m.</summary>
    private sealed record Name(string[] Words, string Stem, int Axis, string? Unit)
    {
        public static Name Read(string text)
        {
            string lower = text.ToLowerInvariant();
            string? unit = BracketedUnit().Match(lower) is { Success: true } m ? m.Groups[1].Value : null;
            string[] words = [.. Word().Matches(BracketedUnit().Replace(lower, " ")).Select(w => w.Value)];
            if (unit is null && words.Length > 1 && words[^1] is "ns" or "nsec" or "nanoseconds" or "us" or "ms" or "s" or "sec" or "mm" or "cm" or "m" or "deg" or "rad")
            {
                unit = words[^1] is "nsec" or "nanoseconds" ? "ns" : words[^1];
                words = words[..^1];
            }

            if (words.Length == 0)
            {
                return new Name([], "", -1, unit);
            }

            Match axis = Axes().Match(words[^1]);
            return axis.Success
                ? new Name(words[..^1], axis.Groups[1].Value, "xyzw".IndexOf(axis.Groups[2].Value[0], StringComparison.Ordinal), unit)
                : new Name(words, "", -1, unit);
        }
    }

    [GeneratedRegex(@"[\[\(]\s*([^\]\)]*?)\s*[\]\)]")]
    private static partial Regex BracketedUnit();

    [GeneratedRegex("[a-z0-9]+")]
    private static partial Regex Word();

    [GeneratedRegex("^(t|p|q|r|pos|rot|quat|rotvec|rvec)?([xyzw])$")]
    private static partial Regex Axes();
}
