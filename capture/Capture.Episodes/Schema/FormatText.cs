using System.Text;

namespace Capture.Episodes.Schema;

/// <summary>The names that the format gives to the members of an enumeration: <c>StartOfExposure</c> is written <c>start-of-exposure</c>.</summary>
/// <typeparam name="TEnum">An enumeration whose values count from 0.</typeparam>
public static class FormatText<TEnum>
    where TEnum : struct, Enum
{
    private static readonly TEnum[] s_values = Enum.GetValues<TEnum>();
    private static readonly string[] s_names = [.. s_values.Select(v => Kebab(v.ToString()))];
    private static readonly byte[][] s_bytes = [.. s_names.Select(Encoding.UTF8.GetBytes)];

    /// <summary>The name on file.</summary>
    public static string Of(TEnum value) => s_names[Array.IndexOf(s_values, value)];

    /// <summary>The name on file as UTF-8; allocates nothing.</summary>
    public static ReadOnlySpan<byte> Utf8(TEnum value) => s_bytes[s_values.AsSpan().IndexOf(value)];

    /// <summary>The member that a file's text names; false for a text that this version does not know.</summary>
    public static bool TryParse(string? text, out TEnum value)
    {
        int index = text is null ? -1 : Array.IndexOf(s_names, text);
        value = index >= 0 ? s_values[index] : default;
        return index >= 0;
    }

    /// <summary>The member, or <paramref name="fallback"/> for a text that this version does not know.</summary>
    public static TEnum ParseOr(string? text, TEnum fallback) => TryParse(text, out TEnum value) ? value : fallback;

    private static string Kebab(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name)
        {
            if (char.IsUpper(c) && text.Length > 0)
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
