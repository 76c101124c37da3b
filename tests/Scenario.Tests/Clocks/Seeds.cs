using System.Globalization;

namespace Scenario.Tests.Clocks;

/// <summary>Where the seeds of the tables begin: 1, or what <c>./run test --seed N</c> says. Whatever is claimed has to hold of any.</summary>
internal static class Seeds
{
    public static ulong Base { get; } = Environment.GetEnvironmentVariable("CAPTURE_SEED") is { Length: > 0 } text ? ulong.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : 1;
}
