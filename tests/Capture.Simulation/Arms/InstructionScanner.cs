using System.Buffers.Binary;

namespace Capture.Simulation.Arms;

/// <summary>Finds instruction packets in what the host sends, byte by byte and whatever stands between them.</summary>
public sealed class InstructionScanner
{
    private const int MaxPacket = 1024;
    private readonly byte[] _buffer = new byte[4096];
    private int _length;

    /// <summary>Takes bytes; when the buffer is full of noise the oldest bytes go.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            if (_length == _buffer.Length)
            {
                Drop(1);
            }

            _buffer[_length++] = b;
        }
    }

    /// <summary>The next whole packet: id, whether its CRC is right, and instruction + parameters without stuffing. The span holds until the next call.</summary>
    public bool TryTake(out byte id, out bool crcRight, out ReadOnlySpan<byte> body)
    {
        id = 0;
        crcRight = false;
        body = default;
        while (true)
        {
            int header = _buffer.AsSpan(0, _length).IndexOf((ReadOnlySpan<byte>)[0xFF, 0xFF, 0xFD]);
            if (header < 0)
            {
                Drop(Math.Max(0, _length - 2));
                return false;
            }

            Drop(header);
            if (_length < 10)
            {
                return false;
            }

            int total = 7 + BinaryPrimitives.ReadUInt16LittleEndian(_buffer.AsSpan(5));
            if (_buffer[3] == 0xFD || total is < 10 or > MaxPacket)
            {
                Drop(3);
                continue;
            }

            if (_length < total)
            {
                return false;
            }

            id = _buffer[4];
            crcRight = DynamixelPacket.Crc16(_buffer.AsSpan(0, total - 2)) == BinaryPrimitives.ReadUInt16LittleEndian(_buffer.AsSpan(total - 2));
            byte[] taken = _taken;
            _buffer.AsSpan(7, total - 9).CopyTo(taken);
            int unstuffed = DynamixelPacket.Unstuff(taken.AsSpan(0, total - 9));
            body = taken.AsSpan(0, unstuffed);
            Drop(total);
            return true;
        }
    }

    private readonly byte[] _taken = new byte[MaxPacket];

    private void Drop(int count)
    {
        _buffer.AsSpan(count, _length - count).CopyTo(_buffer);
        _length -= count;
    }
}
