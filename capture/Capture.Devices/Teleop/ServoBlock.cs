using System.Buffers.Binary;

namespace Capture.Devices.Teleop;

/// <summary>The block of an X servo's control table that is read at every poll: addresses 116–135.</summary>
/// <param name="GoalPosition">Counts (116).</param>
/// <param name="RealtimeTick">1 ms counter of the servo, 0–32767, wraps (120).</param>
/// <param name="Current">Present current, counts of the model's unit (126).</param>
/// <param name="Velocity">Present velocity, counts of 0.229 rev/min (128).</param>
/// <param name="Position">Present position, counts; negative and beyond one turn in multi-turn mode (132).</param>
public readonly record struct ServoBlock(int GoalPosition, ushort RealtimeTick, short Current, int Velocity, int Position)
{
    public const ushort Address = 116;

    /// <summary>What is used. A few bytes more can be asked for: trajectory, voltage and temperature follow up to 146.</summary>
    public const ushort Bytes = 20;

    /// <summary>Values of the realtime tick before it wraps.</summary>
    public const int TickBits = 15;

    /// <param name="block">Exactly <see cref="Bytes"/> long.</param>
    public static ServoBlock Read(ReadOnlySpan<byte> block) => new(
        BinaryPrimitives.ReadInt32LittleEndian(block),
        BinaryPrimitives.ReadUInt16LittleEndian(block[4..]),
        BinaryPrimitives.ReadInt16LittleEndian(block[10..]),
        BinaryPrimitives.ReadInt32LittleEndian(block[12..]),
        BinaryPrimitives.ReadInt32LittleEndian(block[16..]));
}
