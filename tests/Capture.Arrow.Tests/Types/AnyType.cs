namespace Capture.Arrow.Tests.Types;

/// <summary>One type of the table, under a name that is stable and fit for a file's name.</summary>
public sealed record AnyType(string Name, ArrowType Type)
{
    public override string ToString() => Name;

    /// <summary>Every type of the columnar format, with its units, widths and modes, and nestings of them.</summary>
    public static IReadOnlyList<AnyType> All { get; } = [.. Build()];

    public static ArrowField Item(ArrowType type, bool nullable = true) => new("item", type, nullable);

    private static IEnumerable<AnyType> Build()
    {
        yield return new("null", ArrowType.Null);
        yield return new("bool", ArrowType.Bool);
        yield return new("int8", ArrowType.Int8);
        yield return new("int16", ArrowType.Int16);
        yield return new("int32", ArrowType.Int32);
        yield return new("int64", ArrowType.Int64);
        yield return new("uint8", ArrowType.UInt8);
        yield return new("uint16", ArrowType.UInt16);
        yield return new("uint32", ArrowType.UInt32);
        yield return new("uint64", ArrowType.UInt64);
        yield return new("float16", ArrowType.Float16);
        yield return new("float32", ArrowType.Float32);
        yield return new("float64", ArrowType.Float64);
        yield return new("decimal32", new DecimalType(32, 9, 2));
        yield return new("decimal64", new DecimalType(64, 18, 3));
        yield return new("decimal128", new DecimalType(128, 38, 10));
        yield return new("decimal128-negative-scale", new DecimalType(128, 20, -2));
        yield return new("decimal256", new DecimalType(256, 76, 20));
        yield return new("date32", new DateType(ArrowDateUnit.Day));
        yield return new("date64", new DateType(ArrowDateUnit.Millisecond));
        foreach (ArrowTimeUnit unit in Enum.GetValues<ArrowTimeUnit>())
        {
            string name = unit.ToString().ToLowerInvariant();
            yield return new($"time-{name}", new TimeType(unit));
            yield return new($"timestamp-{name}", new TimestampType(unit));
            yield return new($"timestamp-{name}-utc", new TimestampType(unit, "UTC"));
            yield return new($"duration-{name}", new DurationType(unit));
        }

        yield return new("timestamp-zone", new TimestampType(ArrowTimeUnit.Microsecond, "Europe/Berlin"));
        yield return new("interval-months", new IntervalType(ArrowIntervalUnit.YearMonth));
        yield return new("interval-day-time", new IntervalType(ArrowIntervalUnit.DayTime));
        yield return new("interval-month-day-nano", new IntervalType(ArrowIntervalUnit.MonthDayNano));
        yield return new("utf8", ArrowType.Utf8);
        yield return new("binary", ArrowType.Binary);
        yield return new("large-utf8", ArrowType.LargeUtf8);
        yield return new("large-binary", ArrowType.LargeBinary);
        yield return new("utf8-view", ArrowType.Utf8View);
        yield return new("binary-view", ArrowType.BinaryView);
        yield return new("fixed-size-binary", new FixedSizeBinaryType(5));
        yield return new("list", new ListType(Item(ArrowType.Int32)));
        yield return new("large-list", new LargeListType(Item(ArrowType.Utf8)));
        yield return new("list-view", new ListViewType(Item(ArrowType.Int16)));
        yield return new("large-list-view", new LargeListViewType(Item(ArrowType.Float64)));
        yield return new("fixed-size-list", new FixedSizeListType(Item(ArrowType.Float32), 3));
        yield return new("struct", new StructType([new("x", ArrowType.Float64, true), new("label", ArrowType.Utf8, true)]));
        yield return new("map", new MapType(new("entries", new StructType([new("key", ArrowType.Utf8), new("value", ArrowType.Int32, true)]))));
        yield return new("sparse-union", new UnionType(ArrowUnionMode.Sparse, [new("i", ArrowType.Int32, true), new("s", ArrowType.Utf8, true)], [0, 1]));
        yield return new("dense-union", new UnionType(ArrowUnionMode.Dense, [new("f", ArrowType.Float64, true), new("b", ArrowType.Bool, true)], [5, 2]));
        yield return new("dictionary", new DictionaryType(ArrowType.Int32, ArrowType.Utf8, false, 0));
        yield return new("dictionary-int8-ordered", new DictionaryType(ArrowType.Int8, ArrowType.Utf8, true, 7));
        yield return new("dictionary-uint16-int64", new DictionaryType(ArrowType.UInt16, ArrowType.Int64, false, 1));
        yield return new("dictionary-nested", new DictionaryType(
            ArrowType.Int32,
            new StructType([new("inner", new DictionaryType(ArrowType.Int16, ArrowType.Utf8, false, 2), true), new("n", ArrowType.Int32, true)]),
            false,
            3));
        yield return new("list-of-dictionary", new ListType(Item(new DictionaryType(ArrowType.UInt8, ArrowType.LargeUtf8, false, 4))));
        yield return new("run-end-int16", new RunEndType(new("run_ends", ArrowType.Int16), new("values", ArrowType.Utf8, true)));
        yield return new("run-end-int32", new RunEndType(new("run_ends", ArrowType.Int32), new("values", ArrowType.Int32, true)));
        yield return new("run-end-int64", new RunEndType(new("run_ends", ArrowType.Int64), new("values", ArrowType.Float64, true)));
        yield return new("list-of-struct-of-list", new ListType(Item(new StructType([
            new("id", ArrowType.UInt32, true), new("position", new FixedSizeListType(Item(ArrowType.Float64), 3), true), new("tags", new LargeListType(Item(ArrowType.Utf8View)), true)]))));
        yield return new("struct-not-nullable-inside", new StructType([new("a", ArrowType.Int64), new("b", new ListType(Item(ArrowType.Bool, nullable: false)))]));
    }
}
