using System.Globalization;
using System.Reflection;
using Capture.Core.Time;

namespace Calibration.Results;

/// <summary>Who wrote a result, and when.</summary>
internal static class ToolIdentity
{
    public static string Name { get; } = $"calibrate {typeof(ToolIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0"}";

    public static string NowUtc() =>
        DateTimeOffset.FromUnixTimeMilliseconds(HostClock.System.ReadAll().RealtimeNanoseconds / 1_000_000)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
