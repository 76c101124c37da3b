namespace Capture.Arrow;

/// <summary>How the values of a column lie in a body, nested columns left out (columnar format, "Physical Memory Layout").</summary>
internal enum ArrowLayout
{
    /// <summary>Nothing.</summary>
    Null,

    /// <summary>Bitmap, values of one bit.</summary>
    Bits,

    /// <summary>Bitmap, values of <see cref="ArrowShape.ByteWidth"/> bytes.</summary>
    Fixed,

    /// <summary>Bitmap, 32-bit offsets, data.</summary>
    Bytes,

    /// <summary>Bitmap, 64-bit offsets, data.</summary>
    LargeBytes,

    /// <summary>Bitmap, views of 16 bytes, then as many data buffers as the batch says.</summary>
    Views,

    /// <summary>Bitmap, 32-bit offsets.</summary>
    List,

    /// <summary>Bitmap, 64-bit offsets.</summary>
    LargeList,

    /// <summary>Bitmap, 32-bit starts, 32-bit sizes.</summary>
    ListViews,

    /// <summary>Bitmap, 64-bit starts, 64-bit sizes.</summary>
    LargeListViews,

    /// <summary>Bitmap: struct and fixed-size list.</summary>
    Bitmap,

    /// <summary>Type ids of one byte.</summary>
    SparseUnion,

    /// <summary>Type ids of one byte, 32-bit offsets.</summary>
    DenseUnion,

    /// <summary>Nothing: run ends and values are children.</summary>
    Runs,
}

/// <summary>What each type takes in a record batch's body.</summary>
internal static class ArrowShape
{
    /// <summary>The layout of a type.</summary>
    public static ArrowLayout Layout(ArrowType type) => type switch
    {
        NullType => ArrowLayout.Null,
        BoolType => ArrowLayout.Bits,
        Utf8Type or BinaryType => ArrowLayout.Bytes,
        LargeUtf8Type or LargeBinaryType => ArrowLayout.LargeBytes,
        Utf8ViewType or BinaryViewType => ArrowLayout.Views,
        ListType or MapType => ArrowLayout.List,
        LargeListType => ArrowLayout.LargeList,
        ListViewType => ArrowLayout.ListViews,
        LargeListViewType => ArrowLayout.LargeListViews,
        StructType or FixedSizeListType => ArrowLayout.Bitmap,
        UnionType u => u.Mode == ArrowUnionMode.Sparse ? ArrowLayout.SparseUnion : ArrowLayout.DenseUnion,
        RunEndType => ArrowLayout.Runs,
        _ => ArrowLayout.Fixed,
    };

    /// <summary>Buffers of a column of this type, its children's left out; the bitmap counts as one, the data of views as none.</summary>
    public static int Buffers(ArrowType type) => Layout(type) switch
    {
        ArrowLayout.Null or ArrowLayout.Runs => 0,
        ArrowLayout.Bitmap or ArrowLayout.SparseUnion => 1,
        ArrowLayout.Bytes or ArrowLayout.LargeBytes or ArrowLayout.ListViews or ArrowLayout.LargeListViews => 3,
        ArrowLayout.Fixed when ByteWidth(type) < 0 => throw new ArgumentException($"{type} has values of less than no bytes."),
        _ => 2,
    };

    /// <summary>Bytes of a value of a type of layout <see cref="ArrowLayout.Fixed"/>.</summary>
    public static int ByteWidth(ArrowType type) => type switch
    {
        IntType { BitWidth: 8 or 16 or 32 or 64 } t => t.BitWidth / 8,
        UIntType { BitWidth: 8 or 16 or 32 or 64 } t => t.BitWidth / 8,
        FloatType { BitWidth: 32 or 64 } t => t.BitWidth / 8,
        HalfType => 2,
        DecimalType { BitWidth: 32 or 64 or 128 or 256 } t => t.BitWidth / 8,
        DateType t => t.Unit == ArrowDateUnit.Day ? 4 : 8,
        TimeType t => t.BitWidth / 8,
        TimestampType or DurationType => 8,
        IntervalType t => t.Unit switch { ArrowIntervalUnit.YearMonth => 4, ArrowIntervalUnit.DayTime => 8, _ => 16 },
        FixedSizeBinaryType t => t.ByteWidth,
        DictionaryType t => ByteWidth(t.Index),
        _ => throw new ArgumentException($"{type} is not a type that this library knows."),
    };

    /// <summary>Whether the column has a bitmap of its own.</summary>
    public static bool HasBitmap(ArrowType type) =>
        Layout(type) is not (ArrowLayout.Null or ArrowLayout.SparseUnion or ArrowLayout.DenseUnion or ArrowLayout.Runs);

    /// <summary>All dictionaries of these fields, those within other dictionaries' values too, outer ones first.</summary>
    public static IEnumerable<DictionaryType> Dictionaries(IEnumerable<ArrowField> fields) => fields.SelectMany(f => Dictionaries(f.Type));

    private static IEnumerable<DictionaryType> Dictionaries(ArrowType type) =>
        type is DictionaryType d ? [d, .. Dictionaries(d.Value)] : Dictionaries(type.Children);
}
