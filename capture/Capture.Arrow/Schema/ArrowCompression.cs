namespace Capture.Arrow;

/// <summary>How the buffers of a batch are compressed, each by itself (Message.fbs, CompressionType).</summary>
public enum ArrowCompression
{
    /// <summary>They lie as they are.</summary>
    None,

    /// <summary>LZ4 frames.</summary>
    Lz4Frame,

    /// <summary>Zstandard frames.</summary>
    Zstd,
}
