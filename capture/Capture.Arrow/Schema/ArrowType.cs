namespace Capture.Arrow;

/// <summary>
/// The logical type of a column (Apache Arrow columnar format 1.5, Schema.fbs): the whole format but its big-endian form. A recorder's
/// <see cref="BatchBuilder"/> takes int8–64, float32/64, bool, utf8, binary, list, fixed-size list and struct; any type is made by <see cref="ArrowColumn.Create"/>.
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

    /// <summary>Unsigned, 1 byte.</summary>
    public static UIntType UInt8 { get; } = new(8);

    /// <summary>Unsigned, 2 bytes.</summary>
    public static UIntType UInt16 { get; } = new(16);

    /// <summary>Unsigned, 4 bytes.</summary>
    public static UIntType UInt32 { get; } = new(32);

    /// <summary>Unsigned, 8 bytes.</summary>
    public static UIntType UInt64 { get; } = new(64);

    /// <summary>IEEE 754 half.</summary>
    public static HalfType Float16 { get; } = new();

    /// <summary>One bit a row.</summary>
    public static BoolType Bool { get; } = new();

    /// <summary>Text, with 32-bit offsets.</summary>
    public static Utf8Type Utf8 { get; } = new();

    /// <summary>Bytes, with 32-bit offsets.</summary>
    public static BinaryType Binary { get; } = new();

    /// <summary>No values: every row is null and takes no byte.</summary>
    public static NullType Null { get; } = new();

    /// <summary>Text, with 64-bit offsets.</summary>
    public static LargeUtf8Type LargeUtf8 { get; } = new();

    /// <summary>Bytes, with 64-bit offsets.</summary>
    public static LargeBinaryType LargeBinary { get; } = new();

    /// <summary>Text as views: short texts in place, long ones in any of several buffers.</summary>
    public static Utf8ViewType Utf8View { get; } = new();

    /// <summary>Bytes as views.</summary>
    public static BinaryViewType BinaryView { get; } = new();

    /// <summary>A list whose item field is called <c>item</c> and takes no nulls.</summary>
    public static ListType List(ArrowType item) => new(new ArrowField("item", item));

    /// <summary>Lists of <paramref name="size"/> items each; the item field is called <c>item</c> and takes no nulls.</summary>
    public static FixedSizeListType FixedSizeList(ArrowType item, int size) => new(new ArrowField("item", item), size);

    /// <summary>A struct of these fields.</summary>
    public static StructType Struct(params ReadOnlySpan<ArrowField> fields) => new(fields.ToArray());

    /// <summary>The fields nested in this type: one for lists, two for run ends, any number for struct and union, none else (nor for a dictionary's values).</summary>
    public virtual IReadOnlyList<ArrowField> Children => [];
}
