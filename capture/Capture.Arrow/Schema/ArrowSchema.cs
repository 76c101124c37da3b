namespace Capture.Arrow;

/// <summary>The columns of a table and its custom metadata. Immutable; equal when all parts are, in order.</summary>
public sealed class ArrowSchema : IEquatable<ArrowSchema>
{
    private readonly ArrowField[] _fields;

    /// <summary>Copies <paramref name="fields"/>.</summary>
    public ArrowSchema(IEnumerable<ArrowField> fields, ArrowMetadata? metadata = null)
    {
        _fields = [.. fields];
        Metadata = metadata ?? ArrowMetadata.Empty;
    }

    /// <summary>The top-level columns in order.</summary>
    public IReadOnlyList<ArrowField> Fields => _fields;

    /// <summary>Custom metadata of the schema itself (not of the message that carries it).</summary>
    public ArrowMetadata Metadata { get; }

    /// <summary>The index of the first column called <paramref name="name"/>, or -1.</summary>
    public int IndexOf(string name) => Array.FindIndex(_fields, f => string.Equals(f.Name, name, StringComparison.Ordinal));

    /// <inheritdoc/>
    public bool Equals(ArrowSchema? other) =>
        other is not null && _fields.AsSpan().SequenceEqual(other._fields) && Metadata.Equals(other.Metadata);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ArrowSchema);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (ArrowField field in _fields)
        {
            hash.Add(field);
        }

        hash.Add(Metadata);
        return hash.ToHashCode();
    }

    /// <summary>The columns in plain text.</summary>
    public override string ToString() => string.Join(", ", _fields.Select(f => $"{f.Name}: {f.Type}"));
}
