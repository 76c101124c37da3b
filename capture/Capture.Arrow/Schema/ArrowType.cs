namespace Capture.Arrow;

/// <summary>
/// The logical type of a column (Apache Arrow columnar format, Schema.fbs). Types that are not in this family are refused on reading.
/// Types are equal when all their parts are, nested fields and their metadata included.
/// </summary>
public abstract record ArrowType
{
    private protected ArrowType()
    {
    }

    /// <summary>Signed, 1 byte.</summary>
    public static IntType Int8 { get; } = new(8);

    /// <summary>Signed, 2 bytes.</summary>
    public static IntType Int16 { get; } = new(16);

    /// <summary>Signed, 4 bytes.</summary>
    public static IntType Int32 { get; } = new(32);

    /// <summary>Signed, 8 bytes.</summary>
    public static IntType Int64 { get; } = new(64);

    /// <summary>IEEE 754 single.</summary>
    public static FloatType Float32 { get; } = new(32);

    /// <summary>IEEE 754 double.</summary>
    public static FloatType Float64 { get; } = new(64);

    /// <summary>One bit a row.</summary>
    public static BoolType Bool { get; } = new();

    /// <summary>Text, with 32-bit offsets.</summary>
    public static Utf8Type Utf8 { get; } = new();

    /// <summary>Bytes, with 32-bit offsets.</summary>
    public static BinaryType Binary { get; } = new();

    /// <summary>A list whose item field is called <c>item</c> and takes no nulls.</summary>
    public static ListType List(ArrowType item) => new(new ArrowField("item", item));

    /// <summary>Lists of <paramref name="size"/> items each; the item field is called <c>item</c> and takes no nulls.</summary>
    public static FixedSizeListType FixedSizeList(ArrowType item, int size) => new(new ArrowField("item", item), size);

    /// <summary>A struct of these fields.</summary>
    public static StructType Struct(params ReadOnlySpan<ArrowField> fields) => new(fields.ToArray());

    /// <summary>The fields nested in this type: one for lists, any number for a struct, none else.</summary>
    public virtual IReadOnlyList<ArrowField> Children => [];
}

/// <summary>A signed integer. <paramref name="BitWidth"/> is 8, 16, 32 or 64.</summary>
public sealed record IntType(int BitWidth) : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"int{BitWidth}";
}

/// <summary>A floating-point number. <paramref name="BitWidth"/> is 32 or 64.</summary>
public sealed record FloatType(int BitWidth) : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"float{BitWidth}";
}

/// <summary>True or false, packed into bits.</summary>
public sealed record BoolType : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => "bool";
}

/// <summary>Text in UTF-8.</summary>
public sealed record Utf8Type : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => "utf8";
}

/// <summary>Bytes of any length.</summary>
public sealed record BinaryType : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => "binary";
}

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
