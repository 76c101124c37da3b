namespace Capture.Arrow;

/// <summary>A signed integer. <paramref name="BitWidth"/> is 8, 16, 32 or 64.</summary>
public sealed record IntType(int BitWidth) : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"int{BitWidth}";
}

/// <summary>An unsigned integer. <paramref name="BitWidth"/> is 8, 16, 32 or 64.</summary>
public sealed record UIntType(int BitWidth) : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"uint{BitWidth}";
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

/// <summary>A floating-point number of 16 bits.</summary>
public sealed record HalfType : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => "float16";
}

/// <summary>
/// An integer of <paramref name="BitWidth"/> (32, 64, 128 or 256) bits, two's complement, that stands for itself times ten to the power of
/// minus <paramref name="Scale"/>; <paramref name="Precision"/> is the most decimal digits it has (1..9, 18, 38 or 76).
/// </summary>
public sealed record DecimalType(int BitWidth, int Precision, int Scale) : ArrowType
{
    /// <summary>The most digits that a width holds.</summary>
    public static int MaxPrecision(int bitWidth) => bitWidth switch { 32 => 9, 64 => 18, 128 => 38, _ => 76 };

    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"decimal{BitWidth}({Precision}, {Scale})";
}

/// <summary>No values at all: each row is null.</summary>
public sealed record NullType : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => "null";
}
