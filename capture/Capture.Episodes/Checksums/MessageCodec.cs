using Capture.Arrow;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Checksums;

/// <summary>Encodes the parts of one Arrow file with the checksum of the format (chapter 7) in each. Allocates nothing before the file's end.</summary>
internal sealed class MessageCodec
{
    // The pair's tables, key and padding; and of a batch a comma and the longest count.
    private const int RowsPairLength = 128;
    private const int RowsTextLength = 11;

    private readonly IpcEncoder _encoder;
    private readonly MessageMetadata _metadata = new(entries: 1, bytes: 32);
    private readonly int _digits;

    public MessageCodec(ArrowSchema schema)
    {
        _encoder = new IpcEncoder(schema);
        _digits = _metadata.Add(Key, "00000000"u8);
    }

    private static ReadOnlySpan<byte> Key => "capture.crc32c"u8;

    private static ReadOnlySpan<byte> RowsKey => "capture.rows"u8;

    public ArrowSchema Schema => _encoder.Schema;

    public int MaxHeadLength => IpcEncoder.MagicLength + _encoder.MaxSchemaLength(_metadata);

    public int MaxBatchLength(BatchBuilder builder) => _encoder.MaxBatchLength(builder, _metadata);

    /// <summary>The most bytes that end of stream and footer take, whatever the batches' rows are.</summary>
    public int MaxClosingLength(int blocks) => checked(_encoder.MaxClosingLength(blocks, _metadata) + RowsPairLength + (RowsTextLength * blocks));

    /// <summary>Magic and schema message; returns their length.</summary>
    public int EncodeHead(Span<byte> buffer)
    {
        int magic = IpcEncoder.WriteMagic(buffer);
        Span<byte> message = buffer[magic..];
        ArrowBlock block = _encoder.EncodeSchema(message, magic, _metadata);
        Patch(message[..(int)block.Length], _metadata.ValueOffset(_digits));
        return magic + (int)block.Length;
    }

    /// <summary>The builder's rows as the message at <paramref name="offset"/>.</summary>
    public ArrowBlock EncodeBatch(BatchBuilder builder, Span<byte> buffer, long offset)
    {
        ArrowBlock block = _encoder.EncodeBatch(builder, buffer, offset, _metadata);
        Patch(buffer[..(int)block.Length], _metadata.ValueOffset(_digits));
        return block;
    }

    /// <summary>The same with the large buffers left where they are: the message is the encoded bytes with each of them in its place.</summary>
    public ArrowBlock EncodeBatch(BatchBuilder builder, Span<byte> buffer, long offset, ApartBuffers apart)
    {
        ArrowBlock block = _encoder.EncodeBatch(builder, buffer, offset, _metadata, apart);
        uint crc = 0;
        int at = 0;
        long left = block.Length;
        for (int i = 0; i < apart.Count; i++)
        {
            crc = Crc32C.Append(Crc32C.Append(crc, buffer.Slice(at, apart.Before(i))), apart.Bytes(i));
            at += apart.Before(i);
            left -= apart.Before(i) + apart.Bytes(i).Length;
        }

        MessageChecksum.WriteDigits(buffer.Slice(_metadata.ValueOffset(_digits), MessageChecksum.Digits), Crc32C.Append(crc, buffer.Slice(at, (int)left)));
        return block;
    }

    /// <summary>End of stream and footer, which tells the rows of each batch. The checksum covers the footer's flatbuffer alone.</summary>
    public ReadOnlySpan<byte> EncodeClosing(ReadOnlySpan<ArrowBlock> blocks, ReadOnlySpan<int> rows)
    {
        byte[] counts = RowCounts.Write(rows);
        var metadata = new MessageMetadata(entries: 2, bytes: 64 + counts.Length);
        int digits = metadata.Add(Key, "00000000"u8);
        metadata.Add(RowsKey, counts);
        byte[] buffer = new byte[_encoder.MaxClosingLength(blocks.Length, metadata)];
        int length = _encoder.EncodeClosing(buffer, blocks, metadata);
        Span<byte> footer = buffer.AsSpan(IpcEncoder.EndOfStreamLength..(length - MessageChecksum.FooterTailLength));
        Patch(footer, metadata.ValueOffset(digits) - IpcEncoder.EndOfStreamLength);
        return buffer.AsSpan(0, length);
    }

    private static void Patch(Span<byte> message, int at) => MessageChecksum.WriteDigits(message.Slice(at, MessageChecksum.Digits), Crc32C.Of(message));
}

/// <summary>The checksum of a message as eight hexadecimal digits inside the message (format, chapter 7).</summary>
public static class MessageChecksum
{
    public const int Digits = 8;

    /// <summary>Bytes behind the footer's flatbuffer: its length and the magic.</summary>
    public const int FooterTailLength = 4 + 6;

    /// <summary>What the digits at <paramref name="digitsAt"/> of these bytes must say.</summary>
    public static uint Of(ReadOnlySpan<byte> message, int digitsAt)
    {
        uint before = Crc32C.Of(message[..digitsAt]);
        return Crc32C.Append(Crc32C.Append(before, "00000000"u8), message[(digitsAt + Digits)..]);
    }

    /// <summary>Reads eight lower-case digits; false for anything else.</summary>
    public static bool TryReadDigits(ReadOnlySpan<byte> digits, out uint value)
    {
        value = 0;
        if (digits.Length != Digits)
        {
            return false;
        }

        foreach (byte digit in digits)
        {
            int nibble = digit switch
            {
                >= (byte)'0' and <= (byte)'9' => digit - '0',
                >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
                _ => -1,
            };
            if (nibble < 0)
            {
                return false;
            }

            value = (value << 4) | (uint)nibble;
        }

        return true;
    }

    internal static void WriteDigits(Span<byte> digits, uint value)
    {
        for (int i = 0; i < Digits; i++)
        {
            digits[i] = "0123456789abcdef"u8[(int)(value >> (28 - (4 * i))) & 15];
        }
    }
}
