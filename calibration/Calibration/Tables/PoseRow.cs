using System.Globalization;
using Capture.Core.Geometry;

namespace Calibration.Tables;

/// <summary>How poses are written, where a file does not say.</summary>
/// <param name="WFirst">Quaternions stand as w x y z in a file without a header.</param>
/// <param name="Degrees">Rotation vectors are in degrees.</param>
/// <param name="TimeUnit">Null: found out.</param>
public sealed record PoseFileOptions(bool WFirst = false, bool Degrees = false, StampUnit? TimeUnit = null);

/// <summary>Reads the pose of a row, and counts what had to be mended.</summary>
internal sealed class PoseRowReader(TextTable table, PoseColumns columns, bool degrees)
{
    // Printed with three digits a unit quaternion is off by 1e-3; further off somebody wrote something else.
    private const double AlmostUnit = 2e-3;
    private const double Mendable = 0.1;

    private int _normalized;
    private double _worst = 1;
    private int _untracked;
    private int _broken;
    private string _firstBroken = "";

    /// <summary>The pose, or null for a row that holds none (not tracked, torn): counted, and refused if there are many.</summary>
    /// <exception cref="TableException">The numbers are no pose.</exception>
    public Pose? Read(in TextRow row)
    {
        Span<double> p = stackalloc double[3];
        Span<double> q = stackalloc double[4];
        if (!Numbers(row, columns.Position, p) || !Numbers(row, columns.Rotation, q))
        {
            return null;
        }

        Vector3d position = new Vector3d(p[0], p[1], p[2]) * columns.PositionScale;
        if (columns.RotationVector)
        {
            var v = new Vector3d(q[0], q[1], q[2]);
            if (!degrees && v.Length > 2 * Math.PI * 1.02)
            {
                throw new TableException(
                    Where(row),
                    string.Create(CultureInfo.InvariantCulture, $"the rotation vector ({v.X}, {v.Y}, {v.Z}) is {v.Length:0} long, more than a full turn in radians"),
                    "These look like degrees: say --angles deg. (Euler angles are not read; write quaternions.)");
            }

            return new Pose(Rotation.FromRotationVector(degrees ? v * (Math.PI / 180) : v), position);
        }

        double length = Math.Sqrt((q[0] * q[0]) + (q[1] * q[1]) + (q[2] * q[2]) + (q[3] * q[3]));
        if (length < 1e-6)
        {
            _untracked++;
            return null;
        }

        if (Math.Abs(length - 1) > Mendable)
        {
            throw new TableException(
                Where(row),
                string.Create(CultureInfo.InvariantCulture, $"the quaternion ({q[0]}, {q[1]}, {q[2]}, {q[3]}) has length {length:0.###}, not 1"),
                "Check which columns hold the rotation: x y z w are expected, without Euler angles or degrees; a header names the columns.");
        }

        if (Math.Abs(length - 1) > AlmostUnit)
        {
            _normalized++;
            _worst = Math.Abs(length - 1) > Math.Abs(_worst - 1) ? length : _worst;
        }

        return new Pose(Rotation.FromQuaternion(q[0], q[1], q[2], q[3]), position);
    }

    /// <summary>Says what was mended.</summary>
    /// <exception cref="TableException">Too many rows hold no pose.</exception>
    public void Finish(int rows, List<string> notes, string what = "")
    {
        if (_broken > Math.Max(1, rows / 50))
        {
            throw new TableException(table.Path, $"{_broken} of {rows} rows hold no numbers where {what}a pose should be (first: {_firstBroken})", "Give the columns as `t x y z qx qy qz qw`, or name them in a header line.");
        }

        if (_broken > 0)
        {
            notes.Add($"{_broken} rows were left out: no number where {what}a pose should be ({_firstBroken})");
        }

        if (_untracked > 0)
        {
            notes.Add($"{_untracked} rows were left out: {what}quaternion of length 0 or NaN, as of a body that is not tracked");
        }

        if (_normalized > 0)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{_normalized} {what}quaternions were not of length 1 (worst {_worst:0.###}) and were normalized"));
        }
    }

    private bool Numbers(in TextRow row, int[] at, Span<double> values)
    {
        for (int i = 0; i < at.Length; i++)
        {
            if (at[i] >= row.Fields.Length || !TextTable.TryNumber(row.Fields[at[i]], out values[i]))
            {
                if (at[i] < row.Fields.Length && double.TryParse(row.Fields[at[i]], NumberStyles.Float, CultureInfo.InvariantCulture, out _))
                {
                    _untracked++;
                    return false;
                }

                _firstBroken = _broken++ == 0 ? $"line {row.Line}" : _firstBroken;
                return false;
            }
        }

        return true;
    }

    private string Where(in TextRow row) => $"{table.Path}, line {row.Line}";
}
