using Capture.Arrow;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Checksums;

/// <summary>What a checksum says.</summary>
internal enum ChecksumState
{
    Right,
    Wrong,

    /// <summary>There is none: another tool may have rewritten the file.</summary>
    Missing,
}

/// <summary>Checks messages and footers that were read.</summary>
internal static class ChecksumCheck
{
    /// <summary>Checks a message's bytes, all of them.</summary>
    public static ChecksumState Of(ArrowMessage message, ReadOnlySpan<byte> bytes) =>
        message.Find(MetadataKeys.Crc32C) is { } pair ? Compare(bytes, pair) : ChecksumState.Missing;

    /// <summary>Checks a footer's flatbuffer.</summary>
    public static ChecksumState Of(ArrowFooter footer, ReadOnlySpan<byte> bytes)
    {
        foreach (ArrowMessagePair pair in footer.Metadata)
        {
            if (pair.Key == MetadataKeys.Crc32C)
            {
                return Compare(bytes, pair);
            }
        }

        return ChecksumState.Missing;
    }

    /// <summary>Whether the digits at a place of a message are the checksum of the rest of it.</summary>
    public static bool IsRight(ReadOnlySpan<byte> message, int digitsAt) =>
        MessageChecksum.TryReadDigits(message.Slice(digitsAt, MessageChecksum.Digits), out uint said)
        && said == MessageChecksum.Of(message, digitsAt);

    private static ChecksumState Compare(ReadOnlySpan<byte> bytes, in ArrowMessagePair pair) =>
        pair.ValueLength == MessageChecksum.Digits && IsRight(bytes, pair.ValueOffset) ? ChecksumState.Right : ChecksumState.Wrong;
}
