namespace Capture.Devices.Teleop;

/// <summary>
/// Walks the one status packet that answers a fast sync read: error, id, data, then for every further servo the CRC over all before it and
/// error, id, data again. The last servo's CRC is the packet's own.
/// </summary>
public ref struct FastSyncReply(DynamixelPacket packet, int bytesPerServo)
{
    private readonly ReadOnlySpan<byte> chain = packet.Parameters;
    private int offset;

    public byte Id { get; private set; }

    public byte Error { get; private set; }

    public ReadOnlySpan<byte> Data { get; private set; }

    /// <summary>Steps to the next servo; false at the end, and where the chain ends inside one.</summary>
    public bool Next()
    {
        if (chain.Length - offset < 2 + bytesPerServo)
        {
            return false;
        }

        Error = chain[offset];
        Id = chain[offset + 1];
        Data = chain.Slice(offset + 2, bytesPerServo);
        offset += 2 + bytesPerServo + 2;
        return true;
    }
}
