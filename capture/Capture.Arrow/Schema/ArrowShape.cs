namespace Capture.Arrow;

/// <summary>What each type takes in a record batch's body.</summary>
internal static class ArrowShape
{
    /// <summary>Buffers of a column of this type, its children's left out; the bitmap counts as one.</summary>
    public static int Buffers(ArrowType type) => type switch
    {
        IntType { BitWidth: 8 or 16 or 32 or 64 } or FloatType { BitWidth: 32 or 64 } or BoolType or ListType => 2,
        Utf8Type or BinaryType => 3,
        FixedSizeListType or StructType => 1,
        _ => throw new ArgumentException($"{type} is not a type that this library knows."),
    };
}
