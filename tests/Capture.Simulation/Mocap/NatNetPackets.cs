using System.Buffers.Binary;
using System.Text;

namespace Capture.Simulation.Mocap;

/// <summary>A rigid body of one frame: pose in the world frame (metres, quaternion x y z w) and its markers in the world frame.</summary>
public readonly record struct BodyState(int Id, float X, float Y, float Z, float Qx, float Qy, float Qz, float Qw, float MeanErrorM, ReadOnlyMemory<float> MarkersXyz);

/// <summary>The times of one frame in the server's ticks.</summary>
public readonly record struct FrameTimes(double Timestamp, ulong MidExposure, ulong DataReceived, ulong Transmit);

/// <summary>A rigid body as it is described: marker offsets in the body's frame.</summary>
public sealed record BodyModel(int Id, string Name, float[] MarkersXyz);

/// <summary>
/// Writes the packets of a NatNet server, bitstream 4.1 (and nothing else): little-endian, unaligned, header u16 message + u16 payload bytes. Layout after the
/// vendor's PacketClient. Every section of a frame carries its byte count after its element count (new in 4.1); after the declared payload of a frame stand four
/// zero bytes, as in every real frame.
/// </summary>
public ref struct NatNetPackets
{
    public const ushort Connect = 0;
    public const ushort ServerInfo = 1;
    public const ushort Request = 2;
    public const ushort Response = 3;
    public const ushort RequestModelDefinition = 4;
    public const ushort ModelDefinition = 5;
    public const ushort RequestFrame = 6;
    public const ushort Frame = 7;
    public const ushort MessageString = 8;
    public const ushort Disconnect = 9;
    public const ushort KeepAlive = 10;
    public const ushort EchoRequest = 12;
    public const ushort EchoResponse = 13;
    public const ushort Unrecognized = 100;

    private readonly Span<byte> _buffer;
    private int _at;

    private NatNetPackets(Span<byte> buffer)
    {
        _buffer = buffer;
        _at = 4;
    }

    /// <summary>Answer to connect: names, versions, the rate of the ticks and where frames come from. 283 bytes.</summary>
    public static int WriteServerInfo(Span<byte> buffer, string name, ulong ticksPerSecond, ushort dataPort)
    {
        var p = new NatNetPackets(buffer);
        Span<byte> field = buffer.Slice(4, 256);
        field.Clear();
        Encoding.UTF8.GetBytes(name, field[..255]);
        p._at += 256;
        p.Bytes([3, 1, 0, 0]);
        p.Bytes([4, 1, 0, 0]);
        p.U64(ticksPerSecond);
        p.U16(dataPort);
        p.Bytes([0]);
        p.Bytes([239, 255, 42, 99]);
        return p.End(ServerInfo);
    }

    public static int WriteEchoResponse(Span<byte> buffer, ulong clientTicks, ulong receivedTicks)
    {
        var p = new NatNetPackets(buffer);
        p.U64(clientTicks);
        p.U64(receivedTicks);
        return p.End(EchoResponse);
    }

    /// <summary>Answer to a request by text: a string, NUL-terminated.</summary>
    public static int WriteResponse(Span<byte> buffer, string text)
    {
        var p = new NatNetPackets(buffer);
        p.Text(text);
        return p.End(Response);
    }

    /// <summary>A message without a payload.</summary>
    public static int WriteEmpty(Span<byte> buffer, ushort message) => new NatNetPackets(buffer).End(message);

    /// <summary>Per body one marker set (type 0) and one rigid body (type 1), each with its size in bytes after the type (4.1) and marker names (4.0).</summary>
    public static int WriteModelDefinition(Span<byte> buffer, ReadOnlySpan<BodyModel> bodies)
    {
        var p = new NatNetPackets(buffer);
        p.I32(bodies.Length * 2);
        foreach (BodyModel body in bodies)
        {
            int markers = body.MarkersXyz.Length / 3;
            p.I32(0);
            int size = p.Reserve();
            p.Text(body.Name);
            p.I32(markers);
            for (int i = 1; i <= markers; i++)
            {
                p.Text($"{body.Name}_{i}");
            }

            p.Close(size);
            p.I32(1);
            size = p.Reserve();
            p.Text(body.Name);
            p.I32(body.Id);
            p.I32(-1);
            p.F32(0);
            p.F32(0);
            p.F32(0);
            p.I32(markers);
            foreach (float f in body.MarkersXyz)
            {
                p.F32(f);
            }

            for (int i = 0; i < markers; i++)
            {
                p.I32(0);
            }

            for (int i = 1; i <= markers; i++)
            {
                p.Text($"{body.Name}_{i}");
            }

            p.Close(size);
        }

        return p.End(ModelDefinition);
    }

    /// <summary>One frame of data; returns the bytes of the datagram, the four trailing zeros included.</summary>
    public static int WriteFrame(Span<byte> buffer, int frame, ReadOnlySpan<BodyState> bodies, ReadOnlySpan<BodyModel> models, FrameTimes times)
    {
        var p = new NatNetPackets(buffer);
        p.I32(frame);

        p.I32(bodies.Length);
        int size = p.Reserve();
        for (int b = 0; b < bodies.Length; b++)
        {
            p.Text(models[b].Name);
            p.I32(bodies[b].MarkersXyz.Length / 3);
            foreach (float f in bodies[b].MarkersXyz.Span)
            {
                p.F32(f);
            }
        }

        p.Close(size);
        p.EmptySection(); // unlabeled markers
        p.I32(bodies.Length);
        size = p.Reserve();
        foreach (ref readonly BodyState body in bodies)
        {
            p.I32(body.Id);
            p.F32(body.X);
            p.F32(body.Y);
            p.F32(body.Z);
            p.F32(body.Qx);
            p.F32(body.Qy);
            p.F32(body.Qz);
            p.F32(body.Qw);
            p.F32(body.MeanErrorM);
            p.U16(1); // tracking valid
        }

        p.Close(size);
        p.EmptySection(); // skeletons
        p.EmptySection(); // assets (4.1)
        p.LabeledMarkers(bodies);
        p.EmptySection(); // force plates
        p.EmptySection(); // devices
        p.U32(0); // timecode: no generator
        p.U32(0);
        p.F64(times.Timestamp);
        p.U64(times.MidExposure);
        p.U64(times.DataReceived);
        p.U64(times.Transmit);
        p.U32(0); // precision timestamp, seconds and fraction (4.0): no PTP
        p.U32(0);
        p.U16(0); // not recording, models unchanged
        int length = p.End(Frame);
        buffer.Slice(length, 4).Clear();
        return length + 4;
    }

    private void LabeledMarkers(ReadOnlySpan<BodyState> bodies)
    {
        int count = 0;
        foreach (ref readonly BodyState body in bodies)
        {
            count += body.MarkersXyz.Length / 3;
        }

        I32(count);
        int size = Reserve();
        foreach (ref readonly BodyState body in bodies)
        {
            ReadOnlySpan<float> xyz = body.MarkersXyz.Span;
            for (int i = 0; i < xyz.Length / 3; i++)
            {
                I32((body.Id << 16) | (i + 1));
                F32(xyz[3 * i]);
                F32(xyz[(3 * i) + 1]);
                F32(xyz[(3 * i) + 2]);
                F32(0.012f); // diameter, m
                U16(2 | 8); // solved from the point cloud, belongs to a model
                F32(body.MeanErrorM);
            }
        }

        Close(size);
    }

    private void EmptySection()
    {
        I32(0);
        I32(0);
    }

    private int Reserve()
    {
        _at += 4;
        return _at;
    }

    private readonly void Close(int start) => BinaryPrimitives.WriteInt32LittleEndian(_buffer[(start - 4)..], _at - start);

    private readonly int End(ushort message)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer, message);
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer[2..], checked((ushort)(_at - 4)));
        return _at;
    }

    private void Bytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer[_at..]);
        _at += bytes.Length;
    }

    private void Text(string text)
    {
        _at += Encoding.UTF8.GetBytes(text, _buffer[_at..]);
        _buffer[_at++] = 0;
    }

    private void U16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer[_at..], value);
        _at += 2;
    }

    private void I32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer[_at..], value);
        _at += 4;
    }

    private void U32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer[_at..], value);
        _at += 4;
    }

    private void U64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer[_at..], value);
        _at += 8;
    }

    private void F32(float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(_buffer[_at..], value);
        _at += 4;
    }

    private void F64(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_buffer[_at..], value);
        _at += 8;
    }
}
