using System.Runtime.InteropServices;

namespace Capture.Arrow;

/// <summary>Where one whole message lies on file (File.fbs, Block).</summary>
/// <param name="Offset">File offset of the message's first byte; a multiple of 8.</param>
/// <param name="MetadataLength">Bytes from there to the body: 8 bytes of prefix, the metadata and its padding.</param>
/// <param name="BodyLength">Bytes of the body, padding included.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ArrowBlock(long Offset, int MetadataLength, long BodyLength)
{
    /// <summary>Bytes of the whole message.</summary>
    public long Length => MetadataLength + BodyLength;

    /// <summary>File offset of the first byte of the body.</summary>
    public long BodyOffset => Offset + MetadataLength;

    /// <summary>File offset just behind the message.</summary>
    public long End => Offset + Length;
}
