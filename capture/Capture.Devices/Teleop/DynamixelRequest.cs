using System.Buffers.Binary;

namespace Capture.Devices.Teleop;

/// <summary>
/// The requests that this program may send. They only ask: nothing here can write a register, so an arm that is recorded keeps its torque,
/// its goals and its settings. All four return the number of bytes written.
/// </summary>
public static class DynamixelRequest
{
    /// <summary>Space that any request of up to 64 servos fits into.</summary>
    public const int MaxBytes = 128;

    public static int Ping(Span<byte> destination, byte id) => Finish(destination, id, DynamixelInstruction.Ping, 0);

    public static int Read(Span<byte> destination, byte id, ushort address, ushort count)
    {
        Block(destination, address, count);
        return Finish(destination, id, DynamixelInstruction.Read, 4);
    }

    /// <summary>Asks each servo for the same block; each answers with a packet of its own, in the order of <paramref name="ids"/>.</summary>
    public static int SyncRead(Span<byte> destination, ReadOnlySpan<byte> ids, ushort address, ushort count) =>
        Many(destination, DynamixelInstruction.SyncRead, ids, address, count);

    /// <summary>As <see cref="SyncRead"/>, but all servos answer in one chained packet.</summary>
    public static int FastSyncRead(Span<byte> destination, ReadOnlySpan<byte> ids, ushort address, ushort count) =>
        Many(destination, DynamixelInstruction.FastSyncRead, ids, address, count);

    private static int Many(Span<byte> destination, DynamixelInstruction instruction, ReadOnlySpan<byte> ids, ushort address, ushort count)
    {
        Block(destination, address, count);
        ids.CopyTo(destination[12..]);
        return Finish(destination, DynamixelPacket.BroadcastId, instruction, 4 + ids.Length);
    }

    private static void Block(Span<byte> destination, ushort address, ushort count)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(destination[8..], address);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[10..], count);
    }

    // Ids are below FD and the four bytes before them hold no FF FF FD, so a request never needs stuffing.
    private static int Finish(Span<byte> destination, byte id, DynamixelInstruction instruction, int parameters)
    {
        destination[0] = 0xFF;
        destination[1] = 0xFF;
        destination[2] = 0xFD;
        destination[3] = 0x00;
        destination[4] = id;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[5..], (ushort)(parameters + 3));
        destination[7] = (byte)instruction;
        int end = 8 + parameters;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[end..], DynamixelCrc.Compute(destination[..end]));
        return end + 2;
    }
}
