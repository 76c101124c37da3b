using System.Globalization;

namespace Replay.Labels.Log;

/// <summary>Nanoseconds of CLOCK_REALTIME as text.</summary>
public static class UtcText
{
    /// <summary>ISO 8601 in UTC with nine decimals and Z.</summary>
    public static string Of(long realtimeNanoseconds)
    {
        // A tick of .NET is 100 ns: the last two digits are added as text.
        DateTime whole = DateTime.UnixEpoch.AddTicks(realtimeNanoseconds / 100);
        return string.Create(CultureInfo.InvariantCulture, $"{whole:yyyy-MM-dd'T'HH:mm:ss.fffffff}{realtimeNanoseconds % 100:00}Z");
    }
}
