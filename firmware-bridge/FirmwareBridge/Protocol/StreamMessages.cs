using System.Numerics;
using FirmwareBridge.MessagePack;

namespace FirmwareBridge.Protocol;

/// <summary>One IMU sample as it stands in its frame.</summary>
/// <param name="Ticks">Raw.</param>
/// <param name="Acceleration">m/s², in the sensor's own right-handed frame.</param>
/// <param name="AngularRate">rad/s.</param>
public readonly record struct ImuReading(ulong Ticks, Vector3 Acceleration, Vector3 AngularRate);

/// <summary>A frame of consecutive IMU samples.</summary>
/// <param name="FirstSequence">That of its first sample, counted since boot.</param>
/// <param name="Count">1 to <see cref="WireProtocol.MaxSamplesPerFrame"/>.</param>
public readonly record struct ImuFrame(int Imu, ulong FirstSequence, int Count)
{
    /// <param name="samples">As many as <see cref="Count"/>.</param>
    public int Write(ReadOnlySpan<ImuReading> samples, Span<byte> payload)
    {
        MessagePackWriter w = PayloadWriter.Begin(payload, MessageType.Imu, 4);
        w.WriteInt64(Imu);
        w.WriteUInt64(FirstSequence);
        w.WriteArrayHeader(Count);
        foreach (ImuReading sample in samples[..Count])
        {
            w.WriteArrayHeader(7);
            w.WriteUInt64(sample.Ticks);
            WriteVector(ref w, sample.Acceleration);
            WriteVector(ref w, sample.AngularRate);
        }

        return PayloadWriter.End(w);
    }

    /// <param name="samples">Room for <see cref="WireProtocol.MaxSamplesPerFrame"/>; the first <see cref="Count"/> are filled.</param>
    public static ProtocolStatus TryRead(ReadOnlySpan<byte> payload, Span<ImuReading> samples, out ImuFrame message)
    {
        PayloadReader r = new(payload, MessageType.Imu, 4);
        int imu = r.Int32(WireProtocol.MaxImus - 1);
        ulong first = r.UInt64();
        int count = r.Array(Math.Min(samples.Length, WireProtocol.MaxSamplesPerFrame), 1);
        for (int i = 0; i < count && r.Status == ProtocolStatus.Ok; i++)
        {
            int extra = r.Tuple(7);
            samples[i] = new ImuReading(r.UInt64(), new Vector3(r.Single(), r.Single(), r.Single()), new Vector3(r.Single(), r.Single(), r.Single()));
            r.Skip(extra);
        }

        message = new ImuFrame(imu, first, count);
        return r.Status;
    }

    private static void WriteVector(ref MessagePackWriter w, Vector3 v)
    {
        w.WriteSingle(v.X);
        w.WriteSingle(v.Y);
        w.WriteSingle(v.Z);
    }
}

/// <summary>A trigger line changed.</summary>
/// <param name="Sequence">Rising and falling edges counted alike since boot: pulse number = sequence / 2.</param>
/// <param name="Ticks">Raw ticks at which the pin changed.</param>
public readonly record struct EdgeMessage(int Channel, ulong Sequence, ulong Ticks, bool Rising)
{
    public int Write(Span<byte> payload)
    {
        MessagePackWriter w = PayloadWriter.Begin(payload, MessageType.Edge, 5);
        w.WriteInt64(Channel);
        w.WriteUInt64(Sequence);
        w.WriteUInt64(Ticks);
        w.WriteBoolean(Rising);
        return PayloadWriter.End(w);
    }

    public static ProtocolStatus TryRead(ReadOnlySpan<byte> payload, out EdgeMessage message)
    {
        PayloadReader r = new(payload, MessageType.Edge, 5);
        message = new EdgeMessage(r.Int32(WireProtocol.MaxTriggers - 1), r.UInt64(), r.UInt64(), r.Boolean());
        return r.Status;
    }
}

/// <summary>Totals of one stream since boot.</summary>
/// <param name="Produced">Samples or edges that got a sequence number.</param>
/// <param name="Dropped">Of these, the ones that the board itself threw away or its peripheral failed to give.</param>
public readonly record struct StreamCount(BoardStreamKind Kind, int Id, ulong Produced, ulong Dropped);

/// <summary>The board's own book-keeping: produced = received + dropped + lost on the line.</summary>
/// <param name="Ticks">Raw.</param>
/// <param name="BadFrames">Frames from the host that the board dropped as wrong.</param>
/// <param name="Count">Streams, at most <see cref="WireProtocol.MaxStreams"/>.</param>
public readonly record struct CountsMessage(ulong BootId, ulong Ticks, uint BadFrames, int Count)
{
    /// <param name="streams">As many as <see cref="Count"/>.</param>
    public int Write(ReadOnlySpan<StreamCount> streams, Span<byte> payload)
    {
        MessagePackWriter w = PayloadWriter.Begin(payload, MessageType.Counts, 5);
        w.WriteUInt64(BootId);
        w.WriteUInt64(Ticks);
        w.WriteUInt64(BadFrames);
        w.WriteArrayHeader(Count);
        foreach (StreamCount stream in streams[..Count])
        {
            w.WriteArrayHeader(4);
            w.WriteInt64((int)stream.Kind);
            w.WriteInt64(stream.Id);
            w.WriteUInt64(stream.Produced);
            w.WriteUInt64(stream.Dropped);
        }

        return PayloadWriter.End(w);
    }

    /// <param name="streams">Room for <see cref="WireProtocol.MaxStreams"/>.</param>
    public static ProtocolStatus TryRead(ReadOnlySpan<byte> payload, Span<StreamCount> streams, out CountsMessage message)
    {
        PayloadReader r = new(payload, MessageType.Counts, 5);
        ulong bootId = r.UInt64();
        ulong ticks = r.UInt64();
        uint badFrames = r.UInt32();
        int count = r.Array(Math.Min(streams.Length, WireProtocol.MaxStreams));
        for (int i = 0; i < count && r.Status == ProtocolStatus.Ok; i++)
        {
            int extra = r.Tuple(4);
            streams[i] = new StreamCount((BoardStreamKind)r.Int32(), r.Int32(WireProtocol.MaxTriggers - 1), r.UInt64(), r.UInt64());
            r.Skip(extra);
        }

        message = new CountsMessage(bootId, ticks, badFrames, count);
        return r.Status;
    }
}
