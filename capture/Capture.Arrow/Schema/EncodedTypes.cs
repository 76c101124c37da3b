namespace Capture.Arrow;

/// <summary>How the values of a union lie (Schema.fbs, UnionMode).</summary>
public enum ArrowUnionMode
{
    /// <summary>Every child has a value for every row; the row's type id says which counts.</summary>
    Sparse,

    /// <summary>Each child holds its own values alone; an offset says where the row's lies.</summary>
    Dense,
}

/// <summary>Values of several types in one column. A row's type id names the field that it is of: <paramref name="TypeIds"/>[i] (0..127) is the id of <paramref name="Fields"/>[i].</summary>
public sealed record UnionType(ArrowUnionMode Mode, IReadOnlyList<ArrowField> Fields, IReadOnlyList<int> TypeIds) : ArrowType
{
    /// <inheritdoc/>
    public override IReadOnlyList<ArrowField> Children => Fields;

    /// <summary>Which field has this type id, or -1.</summary>
    public int IndexOf(int typeId)
    {
        for (int i = 0; i < TypeIds.Count; i++)
        {
            if (TypeIds[i] == typeId)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Equal when mode, fields and ids are, in order.</summary>
    public bool Equals(UnionType? other) =>
        other is not null && Mode == other.Mode && Fields.SequenceEqual(other.Fields) && TypeIds.SequenceEqual(other.TypeIds);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Mode);
        foreach (ArrowField field in Fields)
        {
            hash.Add(field);
        }

        return hash.ToHashCode();
    }

    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"{(Mode == ArrowUnionMode.Sparse ? "sparse" : "dense")}_union<{string.Join(", ", Fields.Select((f, i) => $"{f.Name}: {f.Type}={TypeIds[i]}"))}>";
}

/// <summary>
/// Values kept once, rows that point to them. The values travel in messages of their own under <paramref name="Id"/>; columns with one id share them
/// and must have one <paramref name="Value"/> type.
/// </summary>
/// <param name="Index">What the rows hold: an <see cref="IntType"/> or a <see cref="UIntType"/>.</param>
/// <param name="Value">What the values are; may hold dictionaries again.</param>
/// <param name="Ordered">Whether the order of the values means something.</param>
/// <param name="Id">Under which number the values travel.</param>
public sealed record DictionaryType(ArrowType Index, ArrowType Value, bool Ordered, long Id) : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"dictionary<{Index}, {Value}>";
}

/// <summary>Runs of equal values: <paramref name="RunEnds"/> (int16, 32 or 64, no nulls, rising) says behind which row each run ends, <paramref name="Values"/> what its value is.</summary>
public sealed record RunEndType(ArrowField RunEnds, ArrowField Values) : ArrowType
{
    /// <inheritdoc/>
    public override IReadOnlyList<ArrowField> Children { get; } = [RunEnds, Values];

    /// <summary>Equal when both fields are.</summary>
    public bool Equals(RunEndType? other) => other is not null && RunEnds.Equals(other.RunEnds) && Values.Equals(other.Values);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(typeof(RunEndType), RunEnds, Values);

    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"run_end_encoded<{RunEnds.Type}, {Values.Type}>";
}
