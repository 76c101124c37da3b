using System.Globalization;
using Replay.Server.Episodes;
using Replay.Server.Hosting;

namespace Replay.Server.Views;

/// <summary>The part of a stream that a request asks for: from ≤ time &lt; to, ns of episode time, in at most so many points.</summary>
internal readonly record struct TimeWindow(long FromNs, long ToNs, int Points)
{
    public const int DefaultPoints = 2000;
    public const int MaxPoints = 20_000;

    /// <summary>Width of a bucket: all are equal, and the last may reach beyond the end.</summary>
    public long BucketNs => Math.Max(1, (long)(((UInt128)(ulong)(ToNs - FromNs) + (UInt128)Points - 1) / (UInt128)Points));

    /// <summary>Reads <c>from</c>, <c>to</c> and <c>points</c>; what is not given is the whole stream, whose last row lasts <paramref name="lastRowNs"/>.</summary>
    public static TimeWindow Read(IQueryCollection query, TimedRows rows, long lastRowNs = 1)
    {
        (long first, long last) = rows.Range ?? (0, 0);
        long from = Number(query, "from") ?? first;
        long to = Number(query, "to") ?? (rows.Range is null ? from : Math.Max(from, last + lastRowNs));
        if (to < from || (Int128)to - from > long.MaxValue)
        {
            throw ApiException.BadRequest($"'to' ({to}) lies before 'from' ({from})", "query", "Give from ≤ to, in nanoseconds of episode time.");
        }

        long points = Number(query, "points") ?? DefaultPoints;
        return points is >= 1 and <= MaxPoints
            ? new TimeWindow(from, to, (int)points)
            : throw ApiException.BadRequest($"'points' is {points}", "query", $"Give 1 to {MaxPoints}.");
    }

    /// <summary>A whole number of the query, or null.</summary>
    public static long? Number(IQueryCollection query, string name)
    {
        string? text = query[name];
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw ApiException.BadRequest($"'{name}' is no whole number", "query", "Times are integer nanoseconds of episode time.");
    }
}
