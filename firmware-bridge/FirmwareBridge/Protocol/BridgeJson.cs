using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace FirmwareBridge.Protocol;

/// <summary>Messages as JSON lines, one object a message or fault: offset, length, type, and the message's elements with their units in the names.</summary>
/// <param name="lines">Gets UTF-8 lines, each ended by a line feed.</param>
public sealed class BridgeJson(Stream lines) : IBridgeSink
{
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly ImuReading[] _samples = new ImuReading[WireProtocol.MaxSamplesPerFrame];
    private readonly StreamCount[] _streams = new StreamCount[WireProtocol.MaxStreams];

    /// <summary>Messages written.</summary>
    public long Messages { get; private set; }

    /// <summary>Faults written: a decode that ends with any found something wrong.</summary>
    public long Faults { get; private set; }

    public void OnMessage(long offset, int length, MessageType type, ReadOnlySpan<byte> payload)
    {
        _line.ResetWrittenCount();
        using (Utf8JsonWriter json = new(_line))
        {
            Begin(json, offset, length);
            json.WriteString("type", NameOf(type));
            ProtocolStatus status = WriteElements(json, type, payload);
            if (status == ProtocolStatus.Ok)
            {
                Messages++;
            }
            else
            {
                Faults++;
                json.WriteString("fault", status == ProtocolStatus.OutOfRange ? "a number is out of range" : "an element is missing or of the wrong kind");
            }

            json.WriteEndObject();
        }

        Flush();
    }

    public void OnFault(long offset, int length, BridgeFault fault)
    {
        Faults++;
        _line.ResetWrittenCount();
        using (Utf8JsonWriter json = new(_line))
        {
            Begin(json, offset, length);
            json.WriteString("fault", Describe(fault));
            json.WriteEndObject();
        }

        Flush();
    }

    /// <summary>The fault in words.</summary>
    public static string Describe(BridgeFault fault) => fault switch
    {
        BridgeFault.BrokenCobs => "a COBS block reaches beyond the frame: bytes were lost",
        BridgeFault.TooShort => "shorter than a checksum",
        BridgeFault.TooLong => "longer than a frame may be: a 0x00 was lost, or this is no bridge stream",
        BridgeFault.WrongCrc => "wrong checksum",
        BridgeFault.NotAMessage => "the payload is no message",
        BridgeFault.UnknownType => "a message type that protocol 1.0 does not know",
        _ => "the stream ends inside this frame",
    };

    /// <summary>The message's name in wire-protocol.md.</summary>
    public static string NameOf(MessageType type) => type switch
    {
        MessageType.Hello => "hello",
        MessageType.ClockRequest => "clock_request",
        MessageType.StartImu => "start_imu",
        MessageType.StopImu => "stop_imu",
        MessageType.StartTrigger => "start_trigger",
        MessageType.StopTrigger => "stop_trigger",
        MessageType.StopAll => "stop_all",
        MessageType.Info => "info",
        MessageType.ClockReply => "clock_reply",
        MessageType.Done => "done",
        MessageType.Error => "error",
        MessageType.Imu => "imu",
        MessageType.Edge => "edge",
        _ => "counts",
    };

    private static void Begin(Utf8JsonWriter json, long offset, int length)
    {
        json.WriteStartObject();
        json.WriteNumber("offset", offset);
        json.WriteNumber("length", length);
    }

    private void Flush()
    {
        lines.Write(_line.WrittenSpan);
        lines.WriteByte((byte)'\n');
    }

    /// <summary>Elements are written only after the whole message was read: a broken one shows its fault, not half its numbers.</summary>
    private ProtocolStatus WriteElements(Utf8JsonWriter json, MessageType type, ReadOnlySpan<byte> payload) => type switch
    {
        MessageType.Info => WriteInfo(json, payload),
        MessageType.Imu => WriteImu(json, payload),
        MessageType.Counts => WriteCounts(json, payload),
        >= MessageType.Info => WriteAnswer(json, type, payload),
        _ => WriteRequest(json, type, payload),
    };

    private static ProtocolStatus WriteRequest(Utf8JsonWriter json, MessageType type, ReadOnlySpan<byte> payload)
    {
        ProtocolStatus status;
        switch (type)
        {
            case MessageType.Hello:
                status = Hello.TryRead(payload, out Hello hello);
                return Numbers(json, status, ("protocol_major", hello.ProtocolMajor), ("nonce", hello.Nonce));
            case MessageType.ClockRequest:
                status = ClockRequest.TryRead(payload, out ClockRequest clock);
                return Numbers(json, status, ("sequence", clock.Sequence));
            case MessageType.StartImu:
                status = StartImu.TryRead(payload, out StartImu imu);
                return Numbers(json, status, ("request", imu.Request), ("imu", imu.Imu), ("rate_hz", imu.RateHz), ("samples_per_frame", imu.SamplesPerFrame));
            case MessageType.StopImu:
                status = StopImu.TryRead(payload, out StopImu stopImu);
                return Numbers(json, status, ("request", stopImu.Request), ("imu", stopImu.Imu));
            case MessageType.StartTrigger:
                status = StartTrigger.TryRead(payload, out StartTrigger trigger);
                return Numbers(json, status, ("request", trigger.Request), ("channel", trigger.Channel), ("period_ns", trigger.Period.Nanoseconds), ("phase_ns", trigger.Phase.Nanoseconds), ("width_ns", trigger.Width.Nanoseconds));
            case MessageType.StopTrigger:
                status = StopTrigger.TryRead(payload, out StopTrigger stopTrigger);
                return Numbers(json, status, ("request", stopTrigger.Request), ("channel", stopTrigger.Channel));
            default:
                status = StopAll.TryRead(payload, out StopAll stopAll);
                return Numbers(json, status, ("request", stopAll.Request));
        }
    }

    private static ProtocolStatus WriteAnswer(Utf8JsonWriter json, MessageType type, ReadOnlySpan<byte> payload)
    {
        ProtocolStatus status;
        switch (type)
        {
            case MessageType.ClockReply:
                status = ClockReply.TryRead(payload, out ClockReply reply);
                WriteBootId(json, status, reply.BootId);
                return Numbers(json, status, ("sequence", reply.Sequence), ("received_ticks", reply.Received), ("sent_ticks", reply.Sent));
            case MessageType.Done:
                status = Done.TryRead(payload, out Done done);
                WriteBootId(json, status, done.BootId);
                return Numbers(json, status, ("request", done.Request), ("ticks", done.Ticks), ("next_sequence", done.NextSequence));
            case MessageType.Edge:
                status = EdgeMessage.TryRead(payload, out EdgeMessage edge);
                Numbers(json, status, ("channel", edge.Channel), ("sequence", edge.Sequence), ("ticks", edge.Ticks));
                if (status == ProtocolStatus.Ok)
                {
                    json.WriteBoolean("rising", edge.Rising);
                }

                return status;
            default:
                status = BoardError.TryRead(payload, out BoardError error);
                Numbers(json, status, ("request", error.Request), ("code", (int)error.Code));
                if (status == ProtocolStatus.Ok)
                {
                    json.WriteString("text", error.Text);
                }

                return status;
        }
    }

    private static ProtocolStatus WriteInfo(Utf8JsonWriter json, ReadOnlySpan<byte> payload)
    {
        ProtocolStatus status = BoardInfo.TryRead(payload, out BoardInfo? info);
        if (info is null)
        {
            return status;
        }

        json.WriteNumber("nonce", info.Nonce);
        json.WriteString("protocol", string.Create(CultureInfo.InvariantCulture, $"{info.ProtocolMajor}.{info.ProtocolMinor}"));
        json.WriteString("firmware", info.FirmwareName);
        json.WriteString("version", info.FirmwareVersion);
        json.WriteString("uid", info.Uid);
        WriteBootId(json, status, info.BootId);
        Numbers(json, status, ("ticks", info.Ticks), ("tick_rate_hz", info.TickRateHz), ("tick_bits", info.TickBits));
        json.WriteStartArray("imus");
        foreach (BoardImu imu in info.Imus)
        {
            json.WriteStartObject();
            json.WriteNumber("id", imu.Id);
            json.WriteString("name", imu.Name);
            json.WriteStartArray("rates_hz");
            foreach (int rate in imu.RatesHz)
            {
                json.WriteNumberValue(rate);
            }

            json.WriteEndArray();
            WriteFloat(json, "acceleration_range_m_s2", imu.AccelerationRange);
            WriteFloat(json, "angular_rate_range_rad_s", imu.AngularRateRange);
            json.WriteNumber("max_samples_per_frame", imu.MaxSamplesPerFrame);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("triggers");
        foreach (BoardTrigger trigger in info.Triggers)
        {
            json.WriteStartObject();
            Numbers(json, status, ("channel", trigger.Channel), ("min_period_ns", trigger.MinPeriod.Nanoseconds), ("max_period_ns", trigger.MaxPeriod.Nanoseconds));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return status;
    }

    private ProtocolStatus WriteImu(Utf8JsonWriter json, ReadOnlySpan<byte> payload)
    {
        ProtocolStatus status = ImuFrame.TryRead(payload, _samples, out ImuFrame frame);
        if (status != ProtocolStatus.Ok)
        {
            return status;
        }

        Numbers(json, status, ("imu", frame.Imu), ("first_sequence", frame.FirstSequence));
        json.WriteStartArray("samples");
        foreach (ImuReading sample in _samples.AsSpan(0, frame.Count))
        {
            json.WriteStartObject();
            json.WriteNumber("ticks", sample.Ticks);
            WriteVector(json, "acceleration_m_s2", sample.Acceleration);
            WriteVector(json, "angular_rate_rad_s", sample.AngularRate);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return status;
    }

    private ProtocolStatus WriteCounts(Utf8JsonWriter json, ReadOnlySpan<byte> payload)
    {
        ProtocolStatus status = CountsMessage.TryRead(payload, _streams, out CountsMessage counts);
        if (status != ProtocolStatus.Ok)
        {
            return status;
        }

        WriteBootId(json, status, counts.BootId);
        Numbers(json, status, ("ticks", counts.Ticks), ("bad_frames", counts.BadFrames));
        json.WriteStartArray("streams");
        foreach (StreamCount stream in _streams.AsSpan(0, counts.Count))
        {
            json.WriteStartObject();
            json.WriteString("kind", stream.Kind == BoardStreamKind.Imu ? "imu" : stream.Kind == BoardStreamKind.Edges ? "edges" : "unknown");
            Numbers(json, status, ("id", stream.Id), ("produced", stream.Produced), ("dropped", stream.Dropped));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return status;
    }

    /// <summary>As text: a JSON number of 64 random bits does not survive most readers.</summary>
    private static void WriteBootId(Utf8JsonWriter json, ProtocolStatus status, ulong bootId)
    {
        if (status == ProtocolStatus.Ok)
        {
            json.WriteString("boot_id", bootId.ToString("x16", CultureInfo.InvariantCulture));
        }
    }

    private static ProtocolStatus Numbers(Utf8JsonWriter json, ProtocolStatus status, params ReadOnlySpan<(string Name, Int128 Value)> numbers)
    {
        foreach ((string name, Int128 value) in numbers)
        {
            if (status == ProtocolStatus.Ok)
            {
                json.WriteNumber(name, (decimal)value);
            }
        }

        return status;
    }

    private static void WriteVector(Utf8JsonWriter json, string name, Vector3 v)
    {
        json.WriteStartArray(name);
        for (int axis = 0; axis < 3; axis++)
        {
            WriteFloatValue(json, v[axis]);
        }

        json.WriteEndArray();
    }

    private static void WriteFloat(Utf8JsonWriter json, string name, float value)
    {
        json.WritePropertyName(name);
        WriteFloatValue(json, value);
    }

    /// <summary>JSON has no NaN and no infinity: null.</summary>
    private static void WriteFloatValue(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
