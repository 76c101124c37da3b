using Capture.Core.Time;
using FirmwareBridge.MessagePack;

namespace FirmwareBridge.Protocol;

/// <summary>Asks the board what it is.</summary>
/// <param name="ProtocolMajor">The version that the host speaks.</param>
/// <param name="Nonce">Comes back in the answer; not 0.</param>
public readonly record struct Hello(int ProtocolMajor, uint Nonce)
{
    public int Write(Span<byte> payload)
    {
        MessagePackWriter w = PayloadWriter.Begin(payload, MessageType.Hello, 3);
        w.WriteInt64(ProtocolMajor);
        w.WriteUInt64(Nonce);
        return PayloadWriter.End(w);
    }

    public static ProtocolStatus TryRead(ReadOnlySpan<byte> payload, out Hello message)
    {
        PayloadReader r = new(payload, MessageType.Hello, 3);
        message = new Hello(r.Int32(), r.UInt32());
        return r.Status;
    }
}

/// <summary>Asks for the board's clock.</summary>
/// <param name="Sequence">Chosen by the host; comes back in the answer.</param>
public readonly record struct ClockRequest(uint Sequence)
{
    public int Write(Span<byte> payload)
    {
        MessagePackWriter w = PayloadWriter.Begin(payload, MessageType.ClockRequest, 2);
        w.WriteUInt64(Sequence);
        return PayloadWriter.End(w);
    }

    public static ProtocolStatus TryRead(ReadOnlySpan<byte> payload, out ClockRequest message)
    {
        PayloadReader r = new(payload, MessageType.ClockRequest, 2);
        message = new ClockRequest(r.UInt32());
        return r.Status;
    }
}

/// <summary>Starts, or restarts, an IMU.</summary>
/// <param name="Request">Not 0; comes back in the answer.</param>
/// <param name="RateHz">One of those in <see cref="BoardImu.RatesHz"/>.</param>
/// <param name="SamplesPerFrame">1 to <see cref="BoardImu.MaxSamplesPerFrame"/>: more cost latency, fewer cost bytes.</param>
public readonly record struct StartImu(uint Request, int Imu, int RateHz, int SamplesPerFrame)
{
    public int Write(Span<byte> payload)
    {
        MessagePackWriter w = PayloadWriter.Begin(payload, MessageType.StartImu, 5);
        w.WriteUInt64(Request);
        w.WriteInt64(Imu);
        w.WriteInt64(RateHz);
        w.WriteInt64(SamplesPerFrame);
        return PayloadWriter.End(w);
    }

    public static ProtocolStatus TryRead(ReadOnlySpan<byte> payload, out StartImu message)
    {
        PayloadReader r = new(payload, MessageType.StartImu, 5);
        message = new StartImu(r.UInt32(), r.Int32(), r.Int32(), r.Int32());
        return r.Status;
    }
}

/// <summary>Stops an IMU.</summary>
public readonly record struct StopImu(uint Request, int Imu)
{
    public int Write(Span<byte> payload)
    {
        MessagePackWriter w = PayloadWriter.Begin(payload, MessageType.StopImu, 3);
        w.WriteUInt64(Request);
        w.WriteInt64(Imu);
        return PayloadWriter.End(w);
    }

    public static ProtocolStatus TryRead(ReadOnlySpan<byte> payload, out StopImu message)
    {
        PayloadReader r = new(payload, MessageType.StopImu, 3);
        message = new StopImu(r.UInt32(), r.Int32());
        return r.Status;
    }
}

/// <summary>Starts, or restarts, the pulses of a trigger line: rising edges at phase + n · period of the board's clock.</summary>
/// <param name="Phase">Shorter than the period.</param>
/// <param name="Width">How long the line is high; more than 0, shorter than the period.</param>
public readonly record struct StartTrigger(uint Request, int Channel, Duration Period, Duration Phase, Duration Width)
{
    public int Write(Span<byte> payload)
    {
        MessagePackWriter w = PayloadWriter.Begin(payload, MessageType.StartTrigger, 6);
        w.WriteUInt64(Request);
        w.WriteInt64(Channel);
        w.WriteInt64(Period.Nanoseconds);
        w.WriteInt64(Phase.Nanoseconds);
        w.WriteInt64(Width.Nanoseconds);
        return PayloadWriter.End(w);
    }

    public static ProtocolStatus TryRead(ReadOnlySpan<byte> payload, out StartTrigger message)
    {
        PayloadReader r = new(payload, MessageType.StartTrigger, 6);
        message = new StartTrigger(r.UInt32(), r.Int32(), new Duration(r.Nanoseconds()), new Duration(r.Nanoseconds()), new Duration(r.Nanoseconds()));
        return r.Status;
    }
}

/// <summary>Stops a trigger line; a pulse that is high ends at its time.</summary>
public readonly record struct StopTrigger(uint Request, int Channel)
{
    public int Write(Span<byte> payload)
    {
        MessagePackWriter w = PayloadWriter.Begin(payload, MessageType.StopTrigger, 3);
        w.WriteUInt64(Request);
        w.WriteInt64(Channel);
        return PayloadWriter.End(w);
    }

    public static ProtocolStatus TryRead(ReadOnlySpan<byte> payload, out StopTrigger message)
    {
        PayloadReader r = new(payload, MessageType.StopTrigger, 3);
        message = new StopTrigger(r.UInt32(), r.Int32());
        return r.Status;
    }
}

/// <summary>Stops every stream.</summary>
public readonly record struct StopAll(uint Request)
{
    public int Write(Span<byte> payload)
    {
        MessagePackWriter w = PayloadWriter.Begin(payload, MessageType.StopAll, 2);
        w.WriteUInt64(Request);
        return PayloadWriter.End(w);
    }

    public static ProtocolStatus TryRead(ReadOnlySpan<byte> payload, out StopAll message)
    {
        PayloadReader r = new(payload, MessageType.StopAll, 2);
        message = new StopAll(r.UInt32());
        return r.Status;
    }
}
