using Capture.Core.Time;
using FirmwareBridge.Serial;

namespace Capture.Devices.Teleop;

/// <summary>What came of one poll.</summary>
/// <param name="Requested">Just before the request was handed to the kernel: no servo can have seen it earlier, however late this thread runs on.</param>
/// <param name="FirstReply">When the first byte of an answer was read; meaningless without answers.</param>
/// <param name="LastReply">When the last byte was read.</param>
/// <param name="Answered">Servos that answered with a whole block.</param>
/// <param name="Faults">Packets that were broken.</param>
/// <param name="Gone">The port is gone.</param>
internal readonly record struct PollResult(HostTime Requested, HostTime FirstReply, HostTime LastReply, int Answered, int Faults, bool Gone);

/// <summary>A serial bus of Dynamixel servos, asked and never told.</summary>
internal sealed class DynamixelBus : IDisposable
{
    private static readonly Duration WriteTimeout = Duration.FromMilliseconds(20);
    private static readonly Duration FirstReplyTimeout = Duration.FromMilliseconds(25);
    private static readonly Duration NextReplyTimeout = Duration.FromMilliseconds(6);
    private static readonly Duration PingTimeout = Duration.FromMilliseconds(100);

    private readonly SerialPort port;
    private readonly HostClock clock;
    private readonly byte[] ids;
    private readonly byte[] request = new byte[DynamixelRequest.MaxBytes];
    private readonly byte[] received = new byte[2 * DynamixelPacket.MaxBytes];
    private readonly byte[] scratch = new byte[DynamixelPacket.MaxBytes];
    private readonly bool fast;

    // A status packet does not say which request it answers. After a poll that was not answered in time the next one asks for a byte more,
    // so that an answer to the late one has the wrong length and is not taken for the new one's. Twelve lengths fit into the X series' table,
    // and so many polls that time out take 300 ms: beyond that an answer is not late but lost.
    private static readonly Duration LateAnswersEnd = Duration.FromSeconds(1);
    private const int Lengths = 12;
    private ushort blockBytes = ServoBlock.Bytes;
    private HostTime unansweredAt;

    private DynamixelBus(SerialPort port, HostClock clock, byte[] ids, bool fast)
    {
        this.port = port;
        this.clock = clock;
        this.ids = ids;
        this.fast = fast;
        Blocks = new ServoBlock[ids.Length];
        Present = new bool[ids.Length];
    }

    /// <summary>The newest block of each servo, in the order of the ids; valid where <see cref="Present"/>.</summary>
    public ServoBlock[] Blocks { get; }

    /// <summary>Which servos answered the last poll.</summary>
    public bool[] Present { get; }

    /// <exception cref="DeviceException">The port cannot be had.</exception>
    public static DynamixelBus Open(DynamixelSettings settings, HostClock clock)
    {
        try
        {
            SerialPort opened = SerialPort.Open(SerialPorts.Resolve(settings.Port), settings.Baud);
            return new DynamixelBus(opened, clock, [.. settings.Model.Joints.Select(j => j.Id)], settings.FastSyncRead);
        }
        catch (SerialPortException e)
        {
            throw SerialTrouble.ToDevice(e);
        }
    }

    /// <summary>Asks one servo who it is.</summary>
    /// <param name="model">Its model number (XL330-M288 = 1200, XL430-W250 = 1060, …).</param>
    public bool Ping(byte id, out int model, out int firmware)
    {
        model = 0;
        firmware = 0;
        port.DiscardBuffers();
        if (!Send(DynamixelRequest.Ping(request, id)))
        {
            return false;
        }

        int filled = 0;
        HostTime deadline = clock.Now + PingTimeout;
        while (clock.Now < deadline && filled < received.Length && port.Read(received.AsSpan(filled), deadline - clock.Now, out int count) == SerialStatus.Ok)
        {
            filled += count;
            int at = 0;
            ParseStatus status;
            while ((status = DynamixelPacket.Read(received.AsSpan(at, filled - at), scratch, out DynamixelPacket packet, out int consumed, out _)) != ParseStatus.NeedMore)
            {
                at += consumed;
                if (status == ParseStatus.Complete && packet.Instruction == DynamixelInstruction.Status && packet.Id == id && packet.Data.Length >= 3)
                {
                    model = packet.Data[0] | (packet.Data[1] << 8);
                    firmware = packet.Data[2];
                    return true;
                }
            }

            received.AsSpan(at, filled - at).CopyTo(received);
            filled -= at;
        }

        return false;
    }

    /// <summary>Reads the block of every servo. Allocates nothing.</summary>
    public PollResult Poll()
    {
        Array.Clear(Present);
        if (blockBytes != ServoBlock.Bytes && clock.Now - unansweredAt > LateAnswersEnd)
        {
            blockBytes = ServoBlock.Bytes;
        }

        int length = fast
            ? DynamixelRequest.FastSyncRead(request, ids, ServoBlock.Address, blockBytes)
            : DynamixelRequest.SyncRead(request, ids, ServoBlock.Address, blockBytes);
        // What is still on its way belongs to an earlier request: it goes before the next one is sent.
        port.DiscardBuffers();
        HostTime requested = clock.Now;
        if (!Send(length))
        {
            return new PollResult(requested, requested, requested, 0, 0, Gone: true);
        }

        HostTime first = requested;
        HostTime last = requested;
        int filled = 0;
        int answered = 0;
        int faults = 0;
        while (answered < ids.Length && filled < received.Length)
        {
            Duration patience = answered == 0 && filled == 0 ? FirstReplyTimeout - (clock.Now - requested) : NextReplyTimeout;
            SerialStatus status = port.Read(received.AsSpan(filled), patience, out int count);
            if (status != SerialStatus.Ok)
            {
                unansweredAt = clock.Now;
                blockBytes = (ushort)(ServoBlock.Bytes + ((blockBytes - ServoBlock.Bytes + 1) % Lengths));
                return new PollResult(requested, first, last, answered, faults, Gone: status == SerialStatus.Closed);
            }

            last = clock.Now;
            first = first == requested ? last : first;
            filled += count;
            filled = Take(filled, ref answered, ref faults);
        }

        return new PollResult(requested, first, last, answered, faults, Gone: false);
    }

    public void Dispose() => port.Dispose();

    private bool Send(int length) => port.Write(request.AsSpan(0, length), WriteTimeout, out _) == SerialStatus.Ok;

    private int Take(int filled, ref int answered, ref int faults)
    {
        int at = 0;
        while (true)
        {
            ParseStatus status = DynamixelPacket.Read(received.AsSpan(at, filled - at), scratch, out DynamixelPacket packet, out int consumed, out _);
            if (status == ParseStatus.NeedMore)
            {
                break;
            }

            at += consumed;
            if (status == ParseStatus.Malformed)
            {
                faults++;
            }
            else if (packet.Instruction == DynamixelInstruction.Status)
            {
                // Some adapters echo the request: that is no status packet, and falls through.
                answered += TakeStatus(packet);
            }
        }

        received.AsSpan(at, filled - at).CopyTo(received);
        return filled - at;
    }

    private int TakeStatus(DynamixelPacket packet)
    {
        if (packet.Id != DynamixelPacket.BroadcastId)
        {
            return TakeBlock(packet.Id, packet.Error, packet.Data);
        }

        // Each servo's part is error, id, data and CRC; the last CRC is the packet's own.
        const int Around = 4;
        if ((packet.Parameters.Length + 2) % (blockBytes + Around) != 0)
        {
            return 0;
        }

        int taken = 0;
        FastSyncReply chain = new(packet, blockBytes);
        while (chain.Next())
        {
            taken += TakeBlock(chain.Id, chain.Error, chain.Data);
        }

        return taken;
    }

    private int TakeBlock(byte id, byte error, ReadOnlySpan<byte> data)
    {
        int index = Array.IndexOf(ids, id);

        // Bit 7 is the hardware alert: the values are good nevertheless.
        if (index < 0 || Present[index] || (error & 0x7F) != 0 || data.Length != blockBytes)
        {
            return 0;
        }

        Blocks[index] = ServoBlock.Read(data[..ServoBlock.Bytes]);
        Present[index] = true;
        return 1;
    }
}
