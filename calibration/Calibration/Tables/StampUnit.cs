using System.Globalization;

namespace Calibration.Tables;

/// <summary>What a number in a time column counts.</summary>
public enum StampUnit
{
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

/// <summary>Tells seconds from nanoseconds, and reads stamps without losing digits.</summary>
internal static class StampUnits
{
    private static readonly (StampUnit Unit, decimal Nanoseconds)[] s_units =
        [(StampUnit.Seconds, 1e9m), (StampUnit.Milliseconds, 1e6m), (StampUnit.Microseconds, 1e3m), (StampUnit.Nanoseconds, 1m)];

    public static StampUnit? FromName(string? name) => name switch
    {
        "s" or "sec" or "secs" or "seconds" => StampUnit.Seconds,
        "ms" => StampUnit.Milliseconds,
        "us" or "µs" => StampUnit.Microseconds,
        "ns" or "nsec" => StampUnit.Nanoseconds,
        _ => null,
    };

    /// <summary>
    /// The unit in which the usual distance between stamps is a rate that poses are recorded at (1 … 10,000 Hz), seconds first; null where none is.
    /// </summary>
    public static StampUnit? Detect(IReadOnlyList<decimal> stamps)
    {
        decimal[] steps = [.. stamps.Zip(stamps.Skip(1), (a, b) => Math.Abs(b - a)).Where(d => d > 0).Order()];
        if (steps.Length == 0)
        {
            return null;
        }

        decimal step = steps[steps.Length / 2];
        foreach ((StampUnit unit, decimal ns) in s_units)
        {
            decimal seconds = step * ns / 1e9m;
            if (seconds is >= 0.0001m and <= 1.05m)
            {
                return unit;
            }
        }

        return null;
    }

    public static bool TryRead(string field, out decimal value) =>
        decimal.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    /// <summary>Nanoseconds, or null beyond ±292 years.</summary>
    public static long? ToNanoseconds(decimal stamp, StampUnit unit)
    {
        decimal scale = s_units[(int)unit].Nanoseconds;
        return Math.Abs(stamp) < 9.2e18m / scale ? (long)Math.Round(stamp * scale) : null;
    }
}
