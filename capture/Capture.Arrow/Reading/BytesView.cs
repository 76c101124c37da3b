using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Capture.Arrow;

/// <summary>One view of 16 bytes (columnar format, "Variable-size Binary View Layout"): a length, then 12 bytes in place, or a prefix, a buffer and an offset.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct BytesView
{
    /// <summary>Bytes of a view.</summary>
    public const int Width = 16;

    /// <summary>The most bytes that stand in the view itself.</summary>
    public const int MaxInline = 12;

    public BytesView(ReadOnlySpan<byte> view)
    {
        Length = BinaryPrimitives.ReadInt32LittleEndian(view);
        Prefix = BinaryPrimitives.ReadUInt32LittleEndian(view[4..]);
        Buffer = BinaryPrimitives.ReadInt32LittleEndian(view[8..]);
        Offset = BinaryPrimitives.ReadInt32LittleEndian(view[12..]);
    }

    /// <summary>Bytes of the value.</summary>
    public int Length { get; }

    /// <summary>The first four bytes of the value.</summary>
    public uint Prefix { get; }

    /// <summary>Which data buffer holds a long value.</summary>
    public int Buffer { get; }

    /// <summary>Where in it.</summary>
    public int Offset { get; }
}
