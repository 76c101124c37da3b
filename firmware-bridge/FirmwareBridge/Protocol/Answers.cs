using System.Text;
using FirmwareBridge.MessagePack;

namespace FirmwareBridge.Protocol;

/// <summary>The board's two stamps of a clock exchange.</summary>
/// <param name="Received">Raw ticks at which the request's 0x00 came in.</param>
/// <param name="Sent">Raw ticks at which this answer began to leave.</param>
public readonly record struct ClockReply(uint Sequence, ulong BootId, ulong Received, ulong Sent)
{
    public int Write(Span<byte> payload)
    {
        MessagePackWriter w = PayloadWriter.Begin(payload, MessageType.ClockReply, 5);
        w.WriteUInt64(Sequence);
        w.WriteUInt64(BootId);
        w.WriteUInt64(Received);
        w.WriteUInt64(Sent);
        return PayloadWriter.End(w);
    }

    public static ProtocolStatus TryRead(ReadOnlySpan<byte> payload, out ClockReply message)
    {
        PayloadReader r = new(payload, MessageType.ClockReply, 5);
        message = new ClockReply(r.UInt32(), r.UInt64(), r.UInt64(), r.UInt64());
        return r.Status;
    }
}

/// <summary>A request was carried out.</summary>
/// <param name="Ticks">Raw ticks at which it took effect.</param>
/// <param name="NextSequence">Of the stream's next sample or edge; 0 after <see cref="StopAll"/>.</param>
public readonly record struct Done(uint Request, ulong BootId, ulong Ticks, ulong NextSequence)
{
    public int Write(Span<byte> payload)
    {
        MessagePackWriter w = PayloadWriter.Begin(payload, MessageType.Done, 5);
        w.WriteUInt64(Request);
        w.WriteUInt64(BootId);
        w.WriteUInt64(Ticks);
        w.WriteUInt64(NextSequence);
        return PayloadWriter.End(w);
    }

    public static ProtocolStatus TryRead(ReadOnlySpan<byte> payload, out Done message)
    {
        PayloadReader r = new(payload, MessageType.Done, 5);
        message = new Done(r.UInt32(), r.UInt64(), r.UInt64(), r.UInt64());
        return r.Status;
    }
}

/// <summary>A request was refused.</summary>
/// <param name="Request">0: the board could not tell which.</param>
/// <param name="Code">May be one that this version does not know.</param>
/// <param name="Text">For a person, at most 64 bytes.</param>
public readonly record struct BoardError(uint Request, BoardErrorCode Code, string Text)
{
    public int Write(Span<byte> payload)
    {
        MessagePackWriter w = PayloadWriter.Begin(payload, MessageType.Error, 4);
        w.WriteUInt64(Request);
        w.WriteInt64((int)Code);
        w.WriteString(Text);
        return PayloadWriter.End(w);
    }

    public static ProtocolStatus TryRead(ReadOnlySpan<byte> payload, out BoardError message)
    {
        PayloadReader r = new(payload, MessageType.Error, 4);
        message = new BoardError(r.UInt32(), (BoardErrorCode)r.Int32(), Encoding.UTF8.GetString(r.String(WireProtocol.MaxErrorTextLength)));
        return r.Status;
    }
}
