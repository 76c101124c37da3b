using Capture.Core.Geometry;

namespace Calibration.Tables;

/// <summary>Reads a text file of poses or channels over time.</summary>
public static class StreamFile
{
    private const int TumColumns = 8;
    private const int LeastRows = 10;

    /// <summary>Poses: <c>t x y z qx qy qz qw</c> (TUM), or any order with a header (EuRoC's ground truth among them).</summary>
    /// <exception cref="TableException">It cannot be used; the message says what to do.</exception>
    public static PoseStream ReadPoses(string path, PoseFileOptions? options = null)
    {
        options ??= new PoseFileOptions();
        var notes = new List<string>();
        TextTable table = TextTable.Read(path);
        PoseColumns columns = Columns(table, options, notes);
        decimal?[] stamps = Stamps(table, columns.Time);
        var reader = new PoseRowReader(table, columns, options.Degrees || columns.RotationInDegrees);
        var raw = new List<decimal>();
        var poses = new List<Pose>();
        for (int i = 0; i < table.Rows.Count; i++)
        {
            if (reader.Read(table.Rows[i]) is { } pose && stamps[i] is { } stamp)
            {
                raw.Add(stamp);
                poses.Add(pose);
            }
        }

        reader.Finish(table.Rows.Count, notes);
        RequireRows(path, raw.Count);
        (long[] times, Pose[] ordered) = Timeline.InOrder(Nanoseconds(path, raw, options.TimeUnit ?? StampUnits.FromName(columns.TimeUnit), notes), poses, notes);
        return new PoseStream(path, times, ordered, notes);
    }

    /// <summary>Channels: a time column and any others, named by the header.</summary>
    /// <exception cref="TableException">It cannot be used; the message says what to do.</exception>
    public static ChannelStream ReadChannels(string path, StampUnit? unit = null)
    {
        var notes = new List<string>();
        TextTable table = TextTable.Read(path);
        PoseColumns? columns = table.Header is { } names ? ColumnNames.Find(names, "") : null;
        int time = Math.Max(0, columns?.Time ?? 0);
        int width = table.Rows[0].Fields.Length;
        int[] channels = [.. Enumerable.Range(0, width).Where(i => i != time && table.Rows.Any(r => i < r.Fields.Length && TextTable.TryNumber(r.Fields[i], out _)))];
        if (channels.Length == 0)
        {
            throw new TableException(path, "beside the time it holds no column of numbers", "Expected `t` and one column a joint.");
        }

        decimal?[] stamps = Stamps(table, time);
        var raw = new List<decimal>();
        var values = new List<double[]>();
        for (int i = 0; i < table.Rows.Count; i++)
        {
            if (stamps[i] is { } stamp)
            {
                string[] fields = table.Rows[i].Fields;
                raw.Add(stamp);
                values.Add([.. channels.Select(c => c < fields.Length && TextTable.TryNumber(fields[c], out double v) ? v : double.NaN)]);
            }
        }

        RequireRows(path, raw.Count);
        (long[] times, double[][] ordered) = Timeline.InOrder(Nanoseconds(path, raw, unit ?? StampUnits.FromName(columns?.TimeUnit), notes), values, notes);
        return new ChannelStream(path, [.. channels.Select(c => table.Header is { } h && c < h.Length ? h[c] : $"column {c + 1}")], times, ordered, notes);
    }

    /// <summary>Whether a file's columns are poses over time (else they are channels).</summary>
    public static bool HoldsPoses(string path)
    {
        TextTable table = TextTable.Read(path);
        if (table.Header is null)
        {
            return table.Rows[0].Fields.Length >= TumColumns;
        }

        PoseColumns columns = ColumnNames.Find(table.Header, "");
        return !columns.Position.Contains(-1) && !columns.Rotation.Contains(-1);
    }

    private static PoseColumns Columns(TextTable table, PoseFileOptions options, List<string> notes)
    {
        int[] order = options.WFirst ? [5, 6, 7, 4] : [4, 5, 6, 7];
        int width = table.Rows[0].Fields.Length;
        if (table.Header is { } header)
        {
            PoseColumns found = ColumnNames.Find(header, "");
            if (found.Time < 0 && !found.Position.Contains(0) && !found.Rotation.Contains(0))
            {
                notes.Add($"the first column, '{header[0]}', was taken for the time");
                found = found with { Time = 0 };
            }

            string[] missing =
            [
                .. found.Time < 0 ? ["t"] : Array.Empty<string>(),
                .. Missing(found.Position, ["x", "y", "z"]),
                .. Missing(found.Rotation, ["qx", "qy", "qz", "qw"]),
            ];
            return missing.Length == 0
                ? found
                : throw new TableException(table.Path, $"its header has no column for {string.Join(", ", missing)} (it has: {string.Join(", ", header)})", "Name the columns t, x, y, z, qx, qy, qz, qw; Euler angles are not read.");
        }

        if (width < TumColumns)
        {
            throw new TableException(table.Path, $"it has {width} columns and no header", "A pose stream needs eight: t x y z qx qy qz qw.");
        }

        if (width == 12 || width == 16)
        {
            throw new TableException(table.Path, $"its {width} columns without a header look like matrices without stamps", "Write t x y z qx qy qz qw, one pose a line.");
        }

        if (width > TumColumns || options.WFirst)
        {
            notes.Add($"there is no header: the first eight of {width} columns were taken as t x y z {(options.WFirst ? "qw qx qy qz" : "qx qy qz qw")}");
        }

        return new PoseColumns(0, null, [1, 2, 3], 1, order, RotationVector: false, RotationInDegrees: false);
    }

    internal static IEnumerable<string> Missing(int[] columns, string[] names) => columns.Select((c, i) => (c, i)).Where(p => p.c < 0).Select(p => names[p.i]);

    private static decimal?[] Stamps(TextTable table, int column) =>
        [.. table.Rows.Select(r => column < r.Fields.Length && StampUnits.TryRead(r.Fields[column], out decimal v) ? v : (decimal?)null)];

    private static void RequireRows(string path, int rows)
    {
        if (rows < LeastRows)
        {
            throw new TableException(path, $"it has {rows} usable rows", $"A stream needs {LeastRows} at the very least, and tens of seconds to be worth anything.");
        }
    }

    private static long[] Nanoseconds(string path, List<decimal> stamps, StampUnit? told, List<string> notes)
    {
        StampUnit? unit = told ?? StampUnits.Detect(stamps);
        if (unit is not { } u)
        {
            throw new TableException(path, "the distance of its stamps is no rate of poses in seconds, milliseconds, microseconds or nanoseconds", "Say what they are with --time-unit s, ms, us or ns.");
        }

        if (told is null && u != StampUnit.Seconds)
        {
            notes.Add($"stamps were taken as {u.ToString().ToLowerInvariant()}, by their distances");
        }

        return [.. stamps.Select(s => StampUnits.ToNanoseconds(s, u) ?? throw new TableException(path, $"the stamp {s} is beyond 292 years in {u.ToString().ToLowerInvariant()}", "Say the unit with --time-unit."))];
    }
}
