namespace Capture.Arrow;

/// <summary>What a time, timestamp or duration counts (Schema.fbs, TimeUnit).</summary>
public enum ArrowTimeUnit
{
    /// <summary>Seconds.</summary>
    Second,

    /// <summary>10⁻³ s.</summary>
    Millisecond,

    /// <summary>10⁻⁶ s.</summary>
    Microsecond,

    /// <summary>10⁻⁹ s.</summary>
    Nanosecond,
}

/// <summary>What a date counts (Schema.fbs, DateUnit).</summary>
public enum ArrowDateUnit
{
    /// <summary>Days since 1970-01-01, 32 bits.</summary>
    Day,

    /// <summary>Milliseconds since then, 64 bits, whole days.</summary>
    Millisecond,
}

/// <summary>What an interval holds (Schema.fbs, IntervalUnit).</summary>
public enum ArrowIntervalUnit
{
    /// <summary>Months, int32.</summary>
    YearMonth,

    /// <summary>Days and milliseconds, two int32.</summary>
    DayTime,

    /// <summary>Months and days, two int32, then nanoseconds, int64.</summary>
    MonthDayNano,
}

/// <summary>A day of the calendar.</summary>
public sealed record DateType(ArrowDateUnit Unit) : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => Unit == ArrowDateUnit.Day ? "date32" : "date64";
}

/// <summary>Time since midnight, in <see cref="BitWidth"/> 32 (seconds, milliseconds) or 64 bits (micro- and nanoseconds).</summary>
public sealed record TimeType(ArrowTimeUnit Unit) : ArrowType
{
    /// <summary>Bits of a value; the unit decides.</summary>
    public int BitWidth => Unit <= ArrowTimeUnit.Millisecond ? 32 : 64;

    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"time{BitWidth}[{Unit.Symbol()}]";
}

/// <summary>
/// An instant, int64 since 1970-01-01: in UTC where <paramref name="TimeZone"/> names a zone (to show it in), else on some clock that is not named.
/// </summary>
public sealed record TimestampType(ArrowTimeUnit Unit, string? TimeZone = null) : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => TimeZone is null ? $"timestamp[{Unit.Symbol()}]" : $"timestamp[{Unit.Symbol()}, {TimeZone}]";
}

/// <summary>An elapsed time, int64.</summary>
public sealed record DurationType(ArrowTimeUnit Unit) : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"duration[{Unit.Symbol()}]";
}

/// <summary>An elapsed time of the calendar, whose parts do not add up to one number.</summary>
public sealed record IntervalType(ArrowIntervalUnit Unit) : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => Unit switch
    {
        ArrowIntervalUnit.YearMonth => "interval[year-month]",
        ArrowIntervalUnit.DayTime => "interval[day-time]",
        _ => "interval[month-day-nano]",
    };
}

/// <summary>How units are spelt.</summary>
internal static class TimeUnitText
{
    public static string Symbol(this ArrowTimeUnit unit) => unit switch
    {
        ArrowTimeUnit.Second => "s",
        ArrowTimeUnit.Millisecond => "ms",
        ArrowTimeUnit.Microsecond => "us",
        _ => "ns",
    };
}
