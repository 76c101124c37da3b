using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Capture.Arrow;
using Capture.Episodes.Checksums;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Reading.Scanning;

/// <summary>
/// Of one batch that was decoded: the bytes that its message begins with, and where its checksum and one column's values lie. A batch that begins with the same bytes, but for the
/// checksum, needs no decoding, which takes as long as the checksum of a short batch does; those of a recorder are alike until its last.
/// </summary>
internal sealed class BatchPattern
{
    private readonly byte[] _head;
    private readonly long _bodyLength;
    private readonly int _rows;
    private readonly int _digitsAt;

    private BatchPattern(byte[] head, long bodyLength, int rows, int digitsAt, int valuesAt, int valuesLength)
    {
        _head = head;
        _bodyLength = bodyLength;
        _rows = rows;
        _digitsAt = digitsAt;
        ValuesAt = valuesAt;
        ValuesLength = valuesLength;
    }

    /// <summary>Where the column's values begin, from the message's first byte.</summary>
    public int ValuesAt { get; }

    /// <summary>Bytes of the column's values.</summary>
    public int ValuesLength { get; }

    /// <summary>Decodes one batch whose checksum was found right, or that has none.</summary>
    /// <exception cref="ArrowFormatException">It is no batch of the schema.</exception>
    public static BatchPattern Of<T>(ArrowMessage message, int rows, ReadOnlySpan<byte> bytes, ColumnLayout layout)
        where T : unmanaged
    {
        ReadOnlySpan<byte> values = MemoryMarshal.AsBytes(layout.Values<T>(bytes, ArrowReadLimits.Default));
        int digitsAt = message.Find(MetadataKeys.Crc32C)?.ValueOffset ?? -1;
        int at = values.IsEmpty ? 0 : (int)Unsafe.ByteOffset(ref MemoryMarshal.GetReference(bytes), ref MemoryMarshal.GetReference(values));
        return new BatchPattern(bytes[..message.Block.MetadataLength].ToArray(), message.Block.BodyLength, rows, digitsAt, at, values.Length);
    }

    /// <summary>Whether a batch is like this one in all but its values and their checksum.</summary>
    public bool Fits(ArrowBlock block, int rows, ReadOnlySpan<byte> bytes) =>
        block.MetadataLength == _head.Length
        && block.BodyLength == _bodyLength
        && rows == _rows
        && (_digitsAt < 0
            ? bytes.StartsWith(_head)
            : bytes.StartsWith(_head.AsSpan(0, _digitsAt)) && bytes[(_digitsAt + MessageChecksum.Digits)..].StartsWith(_head.AsSpan(_digitsAt + MessageChecksum.Digits)));

    /// <summary>Whether the checksum of a batch that <see cref="Fits"/> is right; true where such batches have none.</summary>
    public bool IsRight(ReadOnlySpan<byte> bytes) => _digitsAt < 0 || ChecksumCheck.IsRight(bytes, _digitsAt);
}
