using Capture.Arrow;
using Replay.Server.Episodes;
using Replay.Server.Hosting;

namespace Replay.Server.Views;

/// <summary>Numbers of a stream, row by row or as the smallest and largest of equal stretches of time.</summary>
internal static class NumbersView
{
    public const int MaxRows = 200_000;
    private const int MaxColumns = 64;

    /// <summary>For plots: buckets, or the rows themselves where there are no more of them than points.</summary>
    public static IResult Series(OpenStream stream, HttpContext context)
    {
        (TimedRows rows, IReadOnlyList<NumericLeaf> leaves, ReadOnlyMemory<double>[] columns) = Take(stream, context);
        TimeWindow window = TimeWindow.Read(context.Request.Query, rows);
        int[] within = Within(rows, window);
        if (within.Length <= window.Points)
        {
            return Answer(rows, within, leaves, columns, anchors: false, ("replay.bucketed", "false"));
        }

        var buckets = Buckets.Of(rows.Time.Span, within, columns, window);
        return BucketAnswer(rows, buckets, leaves, window);
    }

    /// <summary>The rows as they are.</summary>
    public static IResult Rows(OpenStream stream, HttpContext context)
    {
        (TimedRows rows, IReadOnlyList<NumericLeaf> leaves, ReadOnlyMemory<double>[] columns) = Take(stream, context);
        int[] within = Within(rows, TimeWindow.Read(context.Request.Query, rows));
        return within.Length <= MaxRows
            ? Answer(rows, within, leaves, columns, anchors: true)
            : throw ApiException.TooLarge($"{within.Length} rows lie between 'from' and 'to'", stream.Name, $"Ask for at most {MaxRows}, or for 'series'.");
    }

    private static (TimedRows Rows, IReadOnlyList<NumericLeaf> Leaves, ReadOnlyMemory<double>[] Columns) Take(OpenStream stream, HttpContext context)
    {
        if (stream.Rows(context.RequestAborted) is not { } rows)
        {
            throw ApiException.BadRequest($"a {stream.Kind} has no times", stream.Name, "Its file can be had whole: GET …/files/streams/….");
        }

        string? names = context.Request.Query["columns"];
        IReadOnlyList<NumericLeaf> leaves = string.IsNullOrEmpty(names)
            ? [.. stream.Leaves.Take(MaxColumns)]
            : [.. names.Split(',').Distinct(StringComparer.Ordinal).Select(name => Leaf(stream, name))];
        if (leaves.Count > MaxColumns || leaves.Count * 8L * rows.Count > ColumnStore.MaxRequestBytes)
        {
            throw ApiException.TooLarge($"{leaves.Count} columns of {rows.Count} rows are more than one answer takes", stream.Name, "Ask for fewer columns at once.");
        }

        return (rows, leaves, stream.Columns(leaves, context.RequestAborted));
    }

    private static NumericLeaf Leaf(OpenStream stream, string name) =>
        stream.Leaves.FirstOrDefault(l => string.Equals(l.Name, name, StringComparison.Ordinal))
        ?? throw ApiException.NotFound($"there is no column '{name}'", stream.Name, stream.Leaves.Count == 0 ? "It has no columns of numbers." : $"It has: {string.Join(", ", stream.Leaves.Take(MaxColumns).Select(l => l.Name))}.");

    private static int[] Within(TimedRows rows, TimeWindow window)
    {
        (int first, int end) = rows.Between(window.FromNs, window.ToNs);
        var within = new List<int>(end - first);
        ReadOnlySpan<long> times = rows.Time.Span;
        for (int row = first; row < end; row++)
        {
            if (times[row] >= window.FromNs && times[row] < window.ToNs)
            {
                within.Add(row);
            }
        }

        return [.. within];
    }

    private static ArrowAnswer Answer(
        TimedRows rows, int[] within, IReadOnlyList<NumericLeaf> leaves, ReadOnlyMemory<double>[] columns, bool anchors, params ReadOnlySpan<(string, string)> metadata)
    {
        ArrowField[] anchor = anchors ? [new ArrowField("sequence", ArrowType.Int64), new ArrowField("segment", ArrowType.Int32)] : [];
        var schema = new ArrowSchema(
            [.. anchor, new ArrowField("time_ns", ArrowType.Int64), .. leaves.Select(l => Field(l.Name, l))],
            ArrowMetadata.Of([("replay.time_version", rows.TimeVersion), .. metadata]));
        return new ArrowAnswer(schema, within.Length, builder =>
        {
            var time = builder.Column<Int64Column>(anchor.Length);
            Float64Column[] values = [.. leaves.Select((_, i) => builder.Column<Float64Column>(anchor.Length + 1 + i))];
            return number =>
            {
                int row = within[number];
                if (anchors)
                {
                    builder.Column<Int64Column>(0).Append(rows.Sequence.Span[row]);
                    builder.Column<Int32Column>(1).Append(rows.Segment.Span[row]);
                }

                time.Append(rows.Time.Span[row]);
                for (int i = 0; i < values.Length; i++)
                {
                    Append(values[i], columns[i].Span[row]);
                }
            };
        });
    }

    private static ArrowAnswer BucketAnswer(TimedRows rows, Buckets buckets, IReadOnlyList<NumericLeaf> leaves, TimeWindow window)
    {
        var schema = new ArrowSchema(
            [
                new ArrowField("time_ns", ArrowType.Int64),
                new ArrowField("rows", ArrowType.Int32),
                .. leaves.SelectMany(l => new[] { Field(l.Name + ".min", l), Field(l.Name + ".max", l) }),
            ],
            ArrowMetadata.Of(
                ("replay.time_version", rows.TimeVersion),
                ("replay.bucketed", "true"),
                ("replay.bucket_ns", window.BucketNs.ToString(System.Globalization.CultureInfo.InvariantCulture))));
        return new ArrowAnswer(schema, buckets.Count, builder =>
        {
            var time = builder.Column<Int64Column>(0);
            var count = builder.Column<Int32Column>(1);
            Float64Column[] values = [.. leaves.SelectMany((_, i) => new[] { builder.Column<Float64Column>(2 + (2 * i)), builder.Column<Float64Column>(3 + (2 * i)) })];
            return bucket =>
            {
                time.Append(buckets.FirstTimes[bucket]);
                count.Append(buckets.Rows[bucket]);
                for (int i = 0; i < leaves.Count; i++)
                {
                    Append(values[2 * i], buckets.Min[i][bucket]);
                    Append(values[(2 * i) + 1], buckets.Max[i][bucket]);
                }
            };
        });
    }

    private static ArrowField Field(string name, NumericLeaf leaf) => new(name, ArrowType.Float64, Nullable: true)
    {
        Metadata = leaf.Unit is { } unit ? ArrowMetadata.Of(("unit", unit)) : ArrowMetadata.Empty,
    };

    private static void Append(Float64Column column, double value)
    {
        if (double.IsNaN(value))
        {
            column.AppendNull();
        }
        else
        {
            column.Append(value);
        }
    }
}
