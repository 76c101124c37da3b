using System.Globalization;
using System.Text.RegularExpressions;
using Calibration.Results;

namespace Calibration.Detection;

/// <summary>A picture to look at: where it comes from and how to get its bytes.</summary>
/// <param name="Name">File name as given, or stream and row.</param>
/// <param name="StampNs">Its stamp, ns; null where nothing gives one.</param>
public sealed record ImageSource(string Name, Func<byte[]> Read, long? StampNs = null);

/// <summary>Finds pictures by a pattern of file names.</summary>
public static partial class ImageSet
{
    /// <param name="patterns">Files or patterns with * and ? in the last part, as the shell would have expanded them.</param>
    /// <returns>In natural order: 2 before 10.</returns>
    /// <exception cref="CalibrationException">Nothing matches.</exception>
    public static IReadOnlyList<ImageSource> Find(IEnumerable<string> patterns)
    {
        var files = new List<string>();
        foreach (string pattern in patterns)
        {
            string[] found = [.. Matches(pattern)];
            if (found.Length == 0)
            {
                throw new CalibrationException(CalibrationProblem.Environment, "matches no file", pattern, "Give picture files, or a pattern such as 'left*.jpg' in quotes.");
            }

            files.AddRange(found);
        }

        string[] ordered = [.. files.Distinct(StringComparer.Ordinal).OrderBy(f => f, NaturalOrder)];
        return [.. ordered.Select(f => new ImageSource(f, () => ReadFile(f), StampIn(Path.GetFileNameWithoutExtension(f))))];
    }

    public static IComparer<string> NaturalOrder { get; } = Comparer<string>.Create(CompareNaturally);

    /// <summary>The stamp that a file name may be: a number of 16 to 19 digits as nanoseconds since the epoch, as Kalibr, EuRoC and TUM-VI name theirs; or seconds with a fraction.</summary>
    internal static long? StampIn(string name)
    {
        Match ns = Nanoseconds().Match(name);
        if (ns.Success && long.TryParse(ns.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long stamp))
        {
            return stamp;
        }

        Match seconds = Seconds().Match(name);
        return seconds.Success && decimal.TryParse(seconds.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal s) && s < 9_000_000_000
            ? (long)(s * 1_000_000_000m)
            : null;
    }

    private static byte[] ReadFile(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CalibrationException(CalibrationProblem.Environment, $"cannot be read ({e.Message})", path, "Check the file's rights, or leave it out.", e);
        }
    }

    private static IEnumerable<string> Matches(string pattern)
    {
        if (File.Exists(pattern))
        {
            return [pattern];
        }

        if (Directory.Exists(pattern))
        {
            return Directory.EnumerateFiles(pattern).Where(f => Picture().IsMatch(f));
        }

        // Folders may hold patterns too: one part after the other.
        string[] parts = pattern.Split('/');
        IEnumerable<string> folders = [pattern.StartsWith('/') ? "/" : ""];
        foreach (string part in parts[..^1].Where(p => p.Length > 0))
        {
            folders = part.AsSpan().IndexOfAny('*', '?', '[') < 0
                ? [.. folders.Select(f => Path.Combine(f, part)).Where(Directory.Exists)]
                : [.. folders.SelectMany(f => Directory.EnumerateDirectories(f.Length == 0 ? "." : f)).Where(d => Wildcard(part).IsMatch(Path.GetFileName(d)))];
        }

        Regex last = Wildcard(parts[^1]);
        return folders.SelectMany(f => Directory.EnumerateFiles(f.Length == 0 ? "." : f).Where(file => last.IsMatch(Path.GetFileName(file)))
            .Select(file => f.Length == 0 ? Path.GetFileName(file) : file));
    }

    private static Regex Wildcard(string pattern) => new(
        "^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal).Replace("\\[", "[", StringComparison.Ordinal) + "$",
        RegexOptions.CultureInvariant,
        TimeSpan.FromSeconds(1));

    private static int CompareNaturally(string? a, string? b)
    {
        string x = a ?? "", y = b ?? "";
        int i = 0, j = 0;
        while (i < x.Length && j < y.Length)
        {
            if (char.IsAsciiDigit(x[i]) && char.IsAsciiDigit(y[j]))
            {
                string nx = Digits(x, ref i), ny = Digits(y, ref j);
                int order = nx.Length != ny.Length ? nx.Length.CompareTo(ny.Length) : string.CompareOrdinal(nx, ny);
                if (order != 0)
                {
                    return order;
                }
            }
            else if (x[i] != y[j])
            {
                return x[i].CompareTo(y[j]);
            }
            else
            {
                i++;
                j++;
            }
        }

        int rest = (x.Length - i).CompareTo(y.Length - j);
        return rest != 0 ? rest : string.CompareOrdinal(x, y);
    }

    private static string Digits(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return text[start..at].TrimStart('0');
    }

    [GeneratedRegex(@"(?<!\d)\d{16,19}(?!\d)")]
    private static partial Regex Nanoseconds();

    [GeneratedRegex(@"(?<!\d)\d{1,10}\.\d{3,9}(?!\d)")]
    private static partial Regex Seconds();

    [GeneratedRegex(@"\.(jpe?g|png|tiff?|bmp|pgm|ppm)$", RegexOptions.IgnoreCase)]
    private static partial Regex Picture();
}

/// <summary>A picture that was looked at.</summary>
/// <param name="Sightings">One per target, in the targets' order.</param>
public sealed record DetectedImage(ImageSource Source, InputFile Input, int Width, int Height, IReadOnlyList<BoardSighting> Sightings);
