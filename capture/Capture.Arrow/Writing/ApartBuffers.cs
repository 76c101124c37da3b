using System.Runtime.InteropServices;

namespace Capture.Arrow;

/// <summary>
/// The large buffers of a batch that was encoded without copying them: the message is the encoded bytes with each of these in its place. Between two of them lie
/// <see cref="Piece.Before"/> encoded bytes. Made once and used for every batch; the pieces hold until the builder is cleared.
/// </summary>
public sealed class ApartBuffers
{
    /// <summary>A buffer of fewer bytes is copied: writing it apart would cost a call to save less than one.</summary>
    public const int LeastBytes = 32 * 1024;

    private const int Most = 8;

    private readonly Piece[] _pieces = new Piece[Most];

    /// <summary>Buffers that were left where they are.</summary>
    public int Count { get; private set; }

    /// <summary>Encoded bytes that come before the buffer, counted from the buffer before it or from the start of the message.</summary>
    public int Before(int index) => _pieces[index].Before;

    /// <summary>The buffer's bytes, its padding included.</summary>
    public unsafe ReadOnlySpan<byte> Bytes(int index) => new((byte*)_pieces[index].Data, _pieces[index].Length);

    internal bool HasRoom => Count < Most;

    internal void Clear() => Count = 0;

    internal unsafe void Add(int before, byte* data, int length) => _pieces[Count++] = new Piece(before, (nint)data, length);

    /// <summary>Adds what is encoded before the body to the first piece's distance.</summary>
    internal void Shift(int metadataLength)
    {
        if (Count > 0)
        {
            _pieces[0] = _pieces[0] with { Before = _pieces[0].Before + metadataLength };
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Piece(int Before, nint Data, int Length);
}
