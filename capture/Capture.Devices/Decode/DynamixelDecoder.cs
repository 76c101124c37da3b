using System.Buffers.Binary;
using System.Text.Json;
using Capture.Devices.Teleop;

namespace Capture.Devices.Decode;

/// <summary>
/// Dynamixel protocol 2.0 as JSON lines. Where the request stands in the recording too, the registers of its answers are named as those of the X series.
/// </summary>
public sealed class DynamixelDecoder(DecodedLines lines) : StreamDecoder(lines)
{
    /// <summary>Registers of the X series that a rig meets: address, bytes, signed, name with its unit (e-manual, control table).</summary>
    private static readonly Register[] Registers =
    [
        new(64, 1, false, "torque_enable"),
        new(102, 2, true, "goal_current_counts"),
        new(104, 4, true, "goal_velocity_counts"),
        new(116, 4, true, "goal_position_counts"),
        new(120, 2, false, "realtime_tick_ms"),
        new(122, 1, false, "moving"),
        new(123, 1, false, "moving_status"),
        new(124, 2, true, "present_pwm_counts"),
        new(126, 2, true, "present_current_counts"),
        new(128, 4, true, "present_velocity_counts"),
        new(132, 4, true, "present_position_counts"),
        new(144, 2, false, "input_voltage_dv"),
        new(146, 1, false, "temperature_celsius"),
    ];

    private readonly byte[] scratch = new byte[DynamixelPacket.MaxBytes];
    private ushort address;
    private ushort count;
    private DynamixelInstruction lastRequest;

    protected override int Decode(ReadOnlySpan<byte> bytes, long offset, long? time, bool atEnd)
    {
        ParseStatus status = DynamixelPacket.Read(bytes, scratch, out DynamixelPacket packet, out int consumed, out DynamixelFault fault);
        if (status == ParseStatus.NeedMore)
        {
            if (!atEnd)
            {
                return 0;
            }

            // A packet may still stand behind what only looked like the start of one.
            status = ParseStatus.Malformed;
            fault = DynamixelFault.CutOff;
            consumed = 1;
        }

        if (status == ParseStatus.Malformed)
        {
            Lines.Problem(offset, time, Explain(fault), consumed);
            return consumed;
        }

        Write(packet, offset, time);
        return consumed;
    }

    private static string Explain(DynamixelFault fault) => fault switch
    {
        DynamixelFault.Noise => "bytes that belong to no packet",
        DynamixelFault.Length => $"a packet's length is below 3 or beyond {DynamixelPacket.MaxBytes} bytes",
        DynamixelFault.CutOff => "the packet is cut off",
        DynamixelFault.Stuffing => "FF FF FD inside a packet is not followed by FD",
        _ => "the checksum is wrong",
    };

    private void Write(DynamixelPacket packet, long offset, long? time)
    {
        string type = Enum.IsDefined(packet.Instruction)
            ? JsonNamingPolicy.SnakeCaseLower.ConvertName(packet.Instruction.ToString())
            : "unknown_instruction";
        Utf8JsonWriter json = Lines.Begin(type, offset, time);
        json.WriteNumber("id", packet.Id);
        switch (packet.Instruction)
        {
            case DynamixelInstruction.Status when packet.Id == DynamixelPacket.BroadcastId && lastRequest == DynamixelInstruction.FastSyncRead:
                WriteFastSync(json, packet);
                break;
            case DynamixelInstruction.Status:
                WriteStatus(json, packet.Error, packet.Data);
                break;
            case DynamixelInstruction.Read or DynamixelInstruction.SyncRead or DynamixelInstruction.FastSyncRead when packet.Parameters.Length >= 4:
                Remember(packet.Instruction, packet.Parameters);
                json.WriteNumber("address", address);
                json.WriteNumber("count_bytes", count);
                if (packet.Instruction != DynamixelInstruction.Read)
                {
                    json.WriteStartArray("ids");
                    foreach (byte id in packet.Parameters[4..])
                    {
                        json.WriteNumberValue(id);
                    }

                    json.WriteEndArray();
                }

                break;
            default:
                lastRequest = packet.Instruction;
                count = 0;
                json.WriteNumber("instruction", (byte)packet.Instruction);
                json.WriteString("parameters_hex", Convert.ToHexStringLower(packet.Parameters));
                break;
        }

        Lines.End();
    }

    private void Remember(DynamixelInstruction instruction, ReadOnlySpan<byte> parameters)
    {
        lastRequest = instruction;
        address = BinaryPrimitives.ReadUInt16LittleEndian(parameters);
        count = BinaryPrimitives.ReadUInt16LittleEndian(parameters[2..]);
    }

    private void WriteFastSync(Utf8JsonWriter json, DynamixelPacket packet)
    {
        json.WriteStartArray("servos");
        FastSyncReply chain = new(packet, count);
        while (chain.Next())
        {
            json.WriteStartObject();
            json.WriteNumber("id", chain.Id);
            WriteStatus(json, chain.Error, chain.Data);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteStatus(Utf8JsonWriter json, byte error, ReadOnlySpan<byte> data)
    {
        json.WriteNumber("error_code", error & 0x7F);
        json.WriteBoolean("hardware_alert", (error & 0x80) != 0);
        json.WriteString("data_hex", Convert.ToHexStringLower(data));
        if (lastRequest is not (DynamixelInstruction.Read or DynamixelInstruction.SyncRead or DynamixelInstruction.FastSyncRead) || data.Length != count)
        {
            return;
        }

        json.WriteStartObject("registers");
        foreach (Register register in Registers)
        {
            int at = register.Address - address;
            if (at >= 0 && at + register.Bytes <= data.Length)
            {
                json.WriteNumber(register.Name, register.Read(data[at..]));
            }
        }

        json.WriteEndObject();
    }

    private readonly record struct Register(int Address, int Bytes, bool Signed, string Name)
    {
        public long Read(ReadOnlySpan<byte> b) => (Bytes, Signed) switch
        {
            (1, _) => b[0],
            (2, true) => BinaryPrimitives.ReadInt16LittleEndian(b),
            (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(b),
            _ => BinaryPrimitives.ReadInt32LittleEndian(b),
        };
    }
}
