namespace Capture.Arrow;

/// <summary>Lists of any length of <paramref name="Item"/>.</summary>
public sealed record ListType(ArrowField Item) : ArrowType
{
    /// <inheritdoc/>
    public override IReadOnlyList<ArrowField> Children { get; } = [Item];

    /// <summary>Equal when the item fields are.</summary>
    public bool Equals(ListType? other) => other is not null && Item.Equals(other.Item);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(typeof(ListType), Item);

    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"list<{Item.Type}>";
}

/// <summary>Lists of exactly <paramref name="Size"/> (0 or more) of <paramref name="Item"/>.</summary>
public sealed record FixedSizeListType(ArrowField Item, int Size) : ArrowType
{
    /// <inheritdoc/>
    public override IReadOnlyList<ArrowField> Children { get; } = [Item];

    /// <summary>Equal when size and item field are.</summary>
    public bool Equals(FixedSizeListType? other) => other is not null && Size == other.Size && Item.Equals(other.Item);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(typeof(FixedSizeListType), Item, Size);

    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"fixed_size_list<{Item.Type}>[{Size}]";
}

/// <summary>Named fields side by side, as one value.</summary>
public sealed record StructType(IReadOnlyList<ArrowField> Fields) : ArrowType
{
    /// <inheritdoc/>
    public override IReadOnlyList<ArrowField> Children => Fields;

    /// <summary>Equal when the fields are, in order.</summary>
    public bool Equals(StructType? other) => other is not null && Fields.SequenceEqual(other.Fields);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (ArrowField field in Fields)
        {
            hash.Add(field);
        }

        return hash.ToHashCode();
    }

    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"struct<{string.Join(", ", Fields.Select(f => $"{f.Name}: {f.Type}"))}>";
}

/// <summary>Lists of any length of <paramref name="Item"/>, with 64-bit offsets.</summary>
public sealed record LargeListType(ArrowField Item) : ArrowType
{
    /// <inheritdoc/>
    public override IReadOnlyList<ArrowField> Children { get; } = [Item];

    /// <summary>Equal when the item fields are.</summary>
    public bool Equals(LargeListType? other) => other is not null && Item.Equals(other.Item);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(typeof(LargeListType), Item);

    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"large_list<{Item.Type}>";
}

/// <summary>Lists of any length of <paramref name="Item"/>, each with its own start and size, in any order and overlapping as it likes.</summary>
public sealed record ListViewType(ArrowField Item) : ArrowType
{
    /// <inheritdoc/>
    public override IReadOnlyList<ArrowField> Children { get; } = [Item];

    /// <summary>Equal when the item fields are.</summary>
    public bool Equals(ListViewType? other) => other is not null && Item.Equals(other.Item);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(typeof(ListViewType), Item);

    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"list_view<{Item.Type}>";
}

/// <summary>Lists as views, with 64-bit starts and sizes.</summary>
public sealed record LargeListViewType(ArrowField Item) : ArrowType
{
    /// <inheritdoc/>
    public override IReadOnlyList<ArrowField> Children { get; } = [Item];

    /// <summary>Equal when the item fields are.</summary>
    public bool Equals(LargeListViewType? other) => other is not null && Item.Equals(other.Item);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(typeof(LargeListViewType), Item);

    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"large_list_view<{Item.Type}>";
}

/// <summary>
/// Lists of pairs of a key and a value: laid out as a list of the struct <paramref name="Entries"/>, which has two fields, the key first.
/// <paramref name="KeysSorted"/>: whether the keys of each row are in order.
/// </summary>
public sealed record MapType(ArrowField Entries, bool KeysSorted = false) : ArrowType
{
    /// <inheritdoc/>
    public override IReadOnlyList<ArrowField> Children { get; } = [Entries];

    /// <summary>Equal when the entries and their order are.</summary>
    public bool Equals(MapType? other) => other is not null && KeysSorted == other.KeysSorted && Entries.Equals(other.Entries);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(typeof(MapType), Entries, KeysSorted);

    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"map<{Entries.Type}>";
}
