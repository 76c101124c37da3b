using System.Buffers.Binary;

namespace Capture.Arrow;

/// <summary>Reads the metadata of one message (Message.fbs).</summary>
internal static class MessageDecoding
{
    /// <summary>What the prefix of a message says.</summary>
    public enum Prefix
    {
        Message,
        EndOfStream,
    }

    /// <summary>Reads the 8 bytes before a message: the mark and the metadata's length, checked against the limits.</summary>
    public static Prefix ReadPrefix(ReadOnlySpan<byte> bytes, ArrowReadLimits limits, out int metadataLength)
    {
        uint mark = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        metadataLength = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        if (mark != FlatNames.Continuation)
        {
            throw new ArrowFormatException(ArrowFault.Malformed, $"A message begins with FFFFFFFF, not {mark:X8}; what lies here is no message (or was written before Arrow 0.15).");
        }

        if (metadataLength == 0)
        {
            return Prefix.EndOfStream;
        }

        if (metadataLength < 0 || metadataLength % 8 != 0)
        {
            throw new ArrowFormatException(ArrowFault.Malformed, $"The metadata's length is {metadataLength}, not a positive multiple of 8; the message is damaged.");
        }

        return metadataLength <= limits.MetadataBytes
            ? Prefix.Message
            : throw new ArrowFormatException(ArrowFault.LimitExceeded, $"The metadata's length is {metadataLength}, over the limit of {limits.MetadataBytes}; raise ArrowReadLimits.MetadataBytes if that is meant.");
    }

    /// <summary>Reads a message's metadata. <paramref name="schema"/> is set where it carries one.</summary>
    public static ArrowMessage Read(ReadOnlySpan<byte> metadata, long offset, ArrowReadLimits limits, out ArrowSchema? schema)
    {
        schema = null;
        FlatTable message = FlatTable.Root(metadata);
        CheckVersion(message.Int16(0));
        long bodyLength = message.Int64(3);
        if (bodyLength < 0)
        {
            throw new ArrowFormatException(ArrowFault.Malformed, $"The body's length is {bodyLength}; the message is damaged.");
        }

        if (bodyLength > limits.BodyBytes)
        {
            throw new ArrowFormatException(ArrowFault.LimitExceeded, $"The body's length is {bodyLength}, over the limit of {limits.BodyBytes}; raise ArrowReadLimits.BodyBytes if that is meant.");
        }

        var decoding = new SchemaDecoding(limits, metadata.Length);
        ArrowMessagePair[] pairs = decoding.MessagePairs(message, 4, FlatNames.PrefixLength);
        var block = new ArrowBlock(offset, FlatNames.PrefixLength + metadata.Length, bodyLength);
        switch (message.Byte(1))
        {
            case FlatNames.HeaderSchema:
                schema = decoding.Read(message.Table(2, "schema"));
                return bodyLength == 0
                    ? new ArrowMessage(block, ArrowMessageKind.Schema, 0, pairs)
                    : throw new ArrowFormatException(ArrowFault.Malformed, $"A schema has a body of {bodyLength} bytes; the message is damaged.");
            case FlatNames.HeaderRecordBatch:
                FlatTable batch = message.Table(2, "record batch");
                return new ArrowMessage(block, ArrowMessageKind.RecordBatch, Rows(batch, limits), pairs) { Compression = Codec(batch) };
            case FlatNames.HeaderDictionaryBatch:
                FlatTable dictionary = message.Table(2, "dictionary");
                FlatTable values = dictionary.Table(1, "record batch of the dictionary");
                return new ArrowMessage(block, ArrowMessageKind.DictionaryBatch, Rows(values, limits), pairs)
                {
                    Compression = Codec(values),
                    DictionaryId = dictionary.Int64(0),
                    IsDelta = dictionary.Byte(2) != 0,
                };
            case byte other:
                string name = other switch { 4 => "a tensor", 5 => "a sparse tensor", _ => $"of kind {other}" };
                throw new ArrowFormatException(ArrowFault.Unsupported, $"The message is {name}; only schemas, dictionaries and record batches are read here.");
        }
    }

    /// <summary>Refuses all metadata versions but V4 and V5.</summary>
    public static void CheckVersion(short version)
    {
        if (version is not (FlatNames.VersionV4 or FlatNames.VersionV5))
        {
            throw new ArrowFormatException(ArrowFault.Unsupported, $"The metadata's version is V{version + 1}; only V4 and V5 (Arrow 0.15 and later) are read here. Rewrite the file with a newer writer.");
        }
    }

    private static long Rows(FlatTable batch, ArrowReadLimits limits)
    {
        long rows = batch.Int64(0);
        if (rows < 0)
        {
            throw new ArrowFormatException(ArrowFault.Malformed, $"The batch has {rows} rows; the message is damaged.");
        }

        return rows <= limits.Rows
            ? rows
            : throw new ArrowFormatException(ArrowFault.LimitExceeded, $"The batch has {rows} rows, over the limit of {limits.Rows}; raise ArrowReadLimits.Rows if that is meant.");
    }

    private static ArrowCompression Codec(FlatTable batch)
    {
        if (!batch.Has(3))
        {
            return ArrowCompression.None;
        }

        FlatTable compression = batch.Table(3, "compression");
        if (compression.Byte(1) != 0)
        {
            throw new ArrowFormatException(ArrowFault.Unsupported, $"The batch is compressed by method {compression.Byte(1)}; only buffers compressed each by itself (method 0) are read here.");
        }

        return compression.Byte(0) switch
        {
            0 => ArrowCompression.Lz4Frame,
            1 => ArrowCompression.Zstd,
            byte codec => throw new ArrowFormatException(ArrowFault.Unsupported, $"The batch is compressed with codec {codec}; only LZ4 frames (0) and Zstandard (1) are read here. Write it uncompressed."),
        };
    }
}
