using Calibration.HandEye;
using Capture.Core.Geometry;

namespace Calibration.Tables;

/// <summary>Pairs for hand-eye calibration from one file: columns robot_x … robot_qw and target_x … target_qw (or rotation vectors robot_rx …), one moment a row.</summary>
public static class PairFile
{
    private const int PlainColumns = 14;

    /// <exception cref="TableException">It cannot be used; the message says what to do.</exception>
    public static (IReadOnlyList<PosePair> Pairs, IReadOnlyList<string> Notes) Read(string path, PoseFileOptions? options = null)
    {
        options ??= new PoseFileOptions();
        var notes = new List<string>();
        TextTable table = TextTable.Read(path);
        PoseColumns robot = Columns(table, "robot", 0, options, notes);
        PoseColumns target = Columns(table, "target", 7, options, notes);
        var robots = new PoseRowReader(table, robot, options.Degrees || robot.RotationInDegrees);
        var targets = new PoseRowReader(table, target, options.Degrees || target.RotationInDegrees);
        var pairs = new List<PosePair>();
        foreach (TextRow row in table.Rows)
        {
            Pose? r = robots.Read(row);
            Pose? t = targets.Read(row);
            if (r is { } a && t is { } b)
            {
                pairs.Add(new PosePair(a, b, $"line {row.Line}"));
            }
        }

        robots.Finish(table.Rows.Count, notes, "robot_ ");
        targets.Finish(table.Rows.Count, notes, "target_ ");
        return (pairs, notes);
    }

    /// <summary>The robot's poses alone, for pictures: columns robot_x … robot_qw, and <c>image</c> where rows name their pictures.</summary>
    /// <exception cref="TableException">It cannot be used; the message says what to do.</exception>
    public static (IReadOnlyList<(Pose Robot, string? Image, string Label)> Poses, IReadOnlyList<string> Notes) ReadRobot(string path, PoseFileOptions? options = null)
    {
        options ??= new PoseFileOptions();
        var notes = new List<string>();
        TextTable table = TextTable.Read(path);
        PoseColumns robot = Columns(table, "robot", 0, options, notes, PlainColumns / 2);
        int image = table.Header is { } header ? Array.FindIndex([.. header], h => h.Trim().Equals("image", StringComparison.OrdinalIgnoreCase)) : -1;
        var reader = new PoseRowReader(table, robot, options.Degrees || robot.RotationInDegrees);
        var poses = new List<(Pose Robot, string? Image, string Label)>();
        foreach (TextRow row in table.Rows)
        {
            if (reader.Read(row) is { } pose)
            {
                poses.Add((pose, image >= 0 && image < row.Fields.Length ? row.Fields[image].Trim() : null, $"line {row.Line}"));
            }
        }

        reader.Finish(table.Rows.Count, notes, "robot_ ");
        return poses.Count == table.Rows.Count || image >= 0
            ? (poses, notes)
            : throw new TableException(table.Path, $"{table.Rows.Count - poses.Count} rows hold no pose, so rows and pictures do not go by order", "Name the picture of each row in a column `image`.");
    }

    private static PoseColumns Columns(TextTable table, string prefix, int first, PoseFileOptions options, List<string> notes, int plain = PlainColumns)
    {
        if (table.Header is { } header)
        {
            PoseColumns found = ColumnNames.Find(header, prefix);
            string[] missing = [.. StreamFile.Missing(found.Position, ["x", "y", "z"]).Concat(StreamFile.Missing(found.Rotation, ["qx", "qy", "qz", "qw"])).Select(n => $"{prefix}_{n}")];
            return missing.Length == 0
                ? found
                : throw new TableException(table.Path, $"its header has no column {string.Join(", ", missing)} (it has: {string.Join(", ", header)})", "Name the columns robot_x, robot_y, robot_z, robot_qx, robot_qy, robot_qz, robot_qw, and the same with target_.");
        }

        int width = table.Rows[0].Fields.Length;
        if (width != plain)
        {
            throw new TableException(table.Path, $"it has {width} columns and no header", "Name the columns robot_x … robot_qw, target_x … target_qw in the first line.");
        }

        if (first == 0)
        {
            notes.Add("there is no header: the columns were taken as robot x y z qx qy qz qw, target x y z qx qy qz qw");
        }

        int[] rotation = options.WFirst ? [first + 4, first + 5, first + 6, first + 3] : [first + 3, first + 4, first + 5, first + 6];
        return new PoseColumns(-1, null, [first, first + 1, first + 2], 1, rotation, RotationVector: false, RotationInDegrees: false);
    }
}
