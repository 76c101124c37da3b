using System.Text.RegularExpressions;

namespace Capture.Episodes.Schema;

/// <summary>The rule for names of streams and clock domains (format, chapter 1): they are file names on every system.</summary>
public static partial class StreamName
{
    /// <summary>Longest name, in characters.</summary>
    public const int MaxLength = 64;

    /// <summary>Whether the name may be used.</summary>
    public static bool IsValid(string name) => name.Length <= MaxLength && Rule().IsMatch(name);

    // \z, not $: the latter would let a trailing newline through.
    [GeneratedRegex(@"\A[a-z0-9_-]+(\.[a-z0-9_-]+)*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Rule();
}
