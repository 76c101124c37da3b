using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Capture.Arrow;

/// <summary>
/// The custom metadata of a schema or field: key/value pairs in the order in which they were given.
/// Arrow allows a key twice; look-ups answer with the first. Immutable; equal when the pairs are equal in order.
/// </summary>
public sealed class ArrowMetadata : IReadOnlyList<KeyValuePair<string, string>>, IEquatable<ArrowMetadata>
{
    private readonly KeyValuePair<string, string>[] _pairs;

    /// <summary>Copies the pairs.</summary>
    public ArrowMetadata(IEnumerable<KeyValuePair<string, string>> pairs) => _pairs = [.. pairs];

    /// <summary>No pairs.</summary>
    public static ArrowMetadata Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _pairs.Length;

    /// <inheritdoc/>
    public KeyValuePair<string, string> this[int index] => _pairs[index];

    /// <summary>Metadata written out in place: <c>ArrowMetadata.Of(("unit", "m"), ("frame", "base"))</c>.</summary>
    public static ArrowMetadata Of(params ReadOnlySpan<(string Key, string Value)> pairs)
    {
        var copy = new KeyValuePair<string, string>[pairs.Length];
        for (int i = 0; i < pairs.Length; i++)
        {
            copy[i] = new(pairs[i].Key, pairs[i].Value);
        }

        return new ArrowMetadata(copy);
    }

    /// <summary>The first value under <paramref name="key"/>, or null.</summary>
    public string? Find(string key) => TryGetValue(key, out string? value) ? value : null;

    /// <summary>The first value under <paramref name="key"/>.</summary>
    public bool TryGetValue(string key, [NotNullWhen(true)] out string? value)
    {
        foreach (KeyValuePair<string, string> pair in _pairs)
        {
            if (string.Equals(pair.Key, key, StringComparison.Ordinal))
            {
                value = pair.Value;
                return true;
            }
        }

        value = null;
        return false;
    }

    /// <inheritdoc/>
    public bool Equals(ArrowMetadata? other) => other is not null && _pairs.AsSpan().SequenceEqual(other._pairs);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ArrowMetadata);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (KeyValuePair<string, string> pair in _pairs)
        {
            hash.Add(pair.Key, StringComparer.Ordinal);
            hash.Add(pair.Value, StringComparer.Ordinal);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() =>
        ((IEnumerable<KeyValuePair<string, string>>)_pairs).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
