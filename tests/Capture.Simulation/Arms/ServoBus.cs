using System.Buffers.Binary;

namespace Capture.Simulation.Arms;

/// <summary>What the bus answered: bytes, the wire time they take, and per servo that was read its true sample instant and position.</summary>
public sealed class BusReply
{
    public byte[] Bytes { get; } = new byte[4096];

    public int Length { get; set; }

    public int Servos { get; set; }

    public long[] Ids { get; } = new long[256];

    public long[] SampleNs { get; } = new long[256];

    public long[] Positions { get; } = new long[256];

    public int Address { get; set; }

    public int DataLength { get; set; }

    /// <summary>True for an instruction that changes a servo (or would): anything but ping and the reads.</summary>
    public bool IsWrite { get; set; }
}

/// <summary>
/// Seven servos on one half-duplex line of 1 Mbaud (10 µs a byte): understands ping, read, write, reg write, action, reboot, sync read, sync write, fast sync
/// read; answers every other instruction with error 2. Ids that nobody has are silent. Each servo samples when its turn on the wire comes.
/// </summary>
public sealed class ServoBus(IReadOnlyList<ServoTable> servos)
{
    public const long ByteNs = 10_000;
    private const byte InstructionError = 2;
    private const byte CrcError = 3;
    private const byte LengthError = 5;
    private const byte AccessError = 7;
    private readonly byte[] _data = new byte[ServoTable.Length * 16];
    private readonly byte[] _fastIds = new byte[16];

    /// <summary>Carries out one instruction packet that was complete at <paramref name="receivedNs"/>.</summary>
    public void Handle(byte id, bool crcRight, ReadOnlySpan<byte> body, long receivedNs, BusReply reply)
    {
        reply.Length = 0;
        reply.Servos = 0;
        reply.Address = 0;
        reply.DataLength = 0;
        byte instruction = body[0];
        ReadOnlySpan<byte> parameters = body[1..];
        reply.IsWrite = crcRight && instruction is not (DynamixelPacket.Ping or DynamixelPacket.Read or DynamixelPacket.SyncRead or DynamixelPacket.FastSyncRead or 0x92 or 0x9A);
        if (!crcRight)
        {
            if (Find(id) is not null)
            {
                Answer(reply, id, CrcError, []);
            }

            return;
        }

        switch (instruction)
        {
            case DynamixelPacket.Ping:
                foreach (ServoTable servo in servos)
                {
                    if (id == servo.Id || id == DynamixelPacket.Broadcast)
                    {
                        Answer(reply, servo.Id, 0, [ServoTable.ModelNumber & 255, ServoTable.ModelNumber >> 8, ServoTable.FirmwareVersion]);
                    }
                }

                break;
            case DynamixelPacket.Read when parameters.Length == 4:
                if (Find(id) is ServoTable one)
                {
                    ReadInto(one, U16(parameters), U16(parameters[2..]), receivedNs, reply);
                }

                break;
            case DynamixelPacket.SyncRead when parameters.Length > 4 && id == DynamixelPacket.Broadcast:
                foreach (byte wanted in parameters[4..])
                {
                    // A servo that is not there leaves a silence; those behind it in the list wait for it in vain, as on the real line.
                    if (Find(wanted) is not ServoTable next)
                    {
                        break;
                    }

                    ReadInto(next, U16(parameters), U16(parameters[2..]), receivedNs, reply);
                }

                break;
            case DynamixelPacket.FastSyncRead when parameters.Length is > 4 and <= 20 && id == DynamixelPacket.Broadcast:
                FastSyncRead(parameters, receivedNs, reply);
                break;
            case 0x03:
                Write(id, parameters, reply);
                break;
            case 0x83 when parameters.Length > 4:
                SyncWrite(parameters);
                break;
            case 0x04 or 0x05 or 0x08:
                if (Find(id) is not null)
                {
                    Answer(reply, id, 0, []);
                }

                break;
            default:
                if (Find(id) is not null)
                {
                    Answer(reply, id, InstructionError, []);
                }

                break;
        }
    }

    private void ReadInto(ServoTable servo, int address, int length, long receivedNs, BusReply reply)
    {
        long sampleNs = receivedNs + (reply.Length * ByteNs) + servo.ReturnDelayNs;
        int position = 0;
        if (length is 0 or > ServoTable.Length || !servo.Read(address, _data.AsSpan(0, length), sampleNs, out position))
        {
            Answer(reply, servo.Id, AccessError, []);
            return;
        }

        Sampled(reply, servo.Id, sampleNs, position, address, length);
        Answer(reply, servo.Id, 0, _data.AsSpan(0, length));
    }

    private void FastSyncRead(ReadOnlySpan<byte> parameters, long receivedNs, BusReply reply)
    {
        int address = U16(parameters);
        int length = U16(parameters[2..]);
        int count = 0;
        foreach (byte wanted in parameters[4..])
        {
            long sampleNs = receivedNs + ((8 + (count * (length + 4))) * ByteNs);
            if (Find(wanted) is not ServoTable servo || length is 0 or > ServoTable.Length
                || !servo.Read(address, _data.AsSpan(count * length, length), sampleNs, out int position))
            {
                break;
            }

            _fastIds[count++] = wanted;
            Sampled(reply, wanted, sampleNs, position, address, length);
        }

        if (count > 0)
        {
            reply.Length = DynamixelPacket.WriteFastStatus(reply.Bytes, _fastIds.AsSpan(0, count), _data, length);
        }
    }

    private void Write(byte id, ReadOnlySpan<byte> parameters, BusReply reply)
    {
        if (id == DynamixelPacket.Broadcast)
        {
            foreach (ServoTable servo in servos)
            {
                _ = parameters.Length > 2 && servo.Write(U16(parameters), parameters[2..]);
            }
        }
        else if (Find(id) is ServoTable servo)
        {
            byte error = parameters.Length < 3 ? LengthError : servo.Write(U16(parameters), parameters[2..]) ? (byte)0 : AccessError;
            Answer(reply, id, error, []);
        }
    }

    private void SyncWrite(ReadOnlySpan<byte> parameters)
    {
        int address = U16(parameters);
        int length = U16(parameters[2..]);
        for (ReadOnlySpan<byte> rest = parameters[4..]; length > 0 && rest.Length > length; rest = rest[(length + 1)..])
        {
            _ = Find(rest[0])?.Write(address, rest.Slice(1, length));
        }
    }

    private ServoTable? Find(byte id)
    {
        foreach (ServoTable servo in servos)
        {
            if (servo.Id == id)
            {
                return servo;
            }
        }

        return null;
    }

    private static void Sampled(BusReply reply, byte id, long sampleNs, int position, int address, int length)
    {
        reply.Address = address;
        reply.DataLength = length;
        reply.Ids[reply.Servos] = id;
        reply.SampleNs[reply.Servos] = sampleNs;
        reply.Positions[reply.Servos] = position;
        reply.Servos = Math.Min(reply.Servos + 1, 255);
    }

    private static void Answer(BusReply reply, byte id, byte error, ReadOnlySpan<byte> data)
    {
        if (reply.Length + 16 + (data.Length * 4 / 3) <= reply.Bytes.Length)
        {
            reply.Length += DynamixelPacket.WriteStatus(reply.Bytes.AsSpan(reply.Length), id, error, data);
        }
    }

    private static int U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);
}
