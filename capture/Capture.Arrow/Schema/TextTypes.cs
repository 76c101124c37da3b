namespace Capture.Arrow;

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

/// <summary>Text in UTF-8, with 64-bit offsets.</summary>
public sealed record LargeUtf8Type : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => "large_utf8";
}

/// <summary>Bytes of any length, with 64-bit offsets.</summary>
public sealed record LargeBinaryType : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => "large_binary";
}

/// <summary>Text in UTF-8, as views of 16 bytes: up to 12 bytes stand in the view, longer texts in one of several buffers.</summary>
public sealed record Utf8ViewType : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => "utf8_view";
}

/// <summary>Bytes of any length, as views.</summary>
public sealed record BinaryViewType : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => "binary_view";
}

/// <summary>Bytes of exactly <paramref name="ByteWidth"/> (0 or more).</summary>
public sealed record FixedSizeBinaryType(int ByteWidth) : ArrowType
{
    /// <summary>The type's name in plain text.</summary>
    public override string ToString() => $"fixed_size_binary[{ByteWidth}]";
}
