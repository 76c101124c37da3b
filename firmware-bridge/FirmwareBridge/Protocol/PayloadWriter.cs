using FirmwareBridge.MessagePack;

namespace FirmwareBridge.Protocol;

/// <summary>Starts and ends a message; the elements between are written by <see cref="MessagePackWriter"/>.</summary>
internal static class PayloadWriter
{
    /// <param name="elements">The type included.</param>
    internal static MessagePackWriter Begin(Span<byte> payload, MessageType type, int elements)
    {
        MessagePackWriter writer = new(payload);
        writer.WriteArrayHeader(elements);
        writer.WriteUInt64((ulong)type);
        return writer;
    }

    /// <exception cref="ArgumentException">The message did not fit.</exception>
    internal static int End(in MessagePackWriter writer) =>
        writer.Overflow ? throw new ArgumentException($"The message does not fit: give it {Framing.FrameEncoder.MaxPayload} bytes.") : writer.Length;
}
