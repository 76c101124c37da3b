using System.Runtime.InteropServices;

namespace Capture.Arrow;

/// <summary>How the bytes end.</summary>
public enum ArrowTailKind
{
    /// <summary>With the last whole message: the file or stream still grows, or its writer was stopped between two messages.</summary>
    Open,

    /// <summary>A stream, with its end-of-stream mark.</summary>
    EndOfStream,

    /// <summary>A file, with a footer that agrees with its messages.</summary>
    Sealed,

    /// <summary>In the middle of a message or of the footer: being written just now, or the writer was killed.</summary>
    Torn,

    /// <summary>With bytes that are no message, or a message or footer that is refused.</summary>
    Damaged,
}

/// <summary>What lies behind the last whole message.</summary>
/// <param name="Kind">How the bytes end.</param>
/// <param name="Offset">Where the tail begins: just behind the last whole message.</param>
/// <param name="Length">Its bytes; 0 for <see cref="ArrowTailKind.Open"/>.</param>
/// <param name="Reason">For a torn or damaged tail, one sentence why; else null.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ArrowTail(ArrowTailKind Kind, long Offset, long Length, string? Reason);

/// <summary>A file's footer that was read and agrees with the messages.</summary>
public sealed class ArrowFooter
{
    internal ArrowFooter(long offset, int length, ArrowMessagePair[] metadata)
    {
        Offset = offset;
        Length = length;
        Metadata = metadata;
    }

    /// <summary>File offset of the footer's flatbuffer, behind the end-of-stream mark.</summary>
    public long Offset { get; }

    /// <summary>Bytes of the flatbuffer; its length and the magic follow.</summary>
    public int Length { get; }

    /// <summary>The footer's custom metadata; value offsets count from <see cref="Offset"/>.</summary>
    public IReadOnlyList<ArrowMessagePair> Metadata { get; }
}
