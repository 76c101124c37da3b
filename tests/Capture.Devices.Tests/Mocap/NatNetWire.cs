using System.Buffers.Binary;
using System.Text;

namespace Capture.Devices.Tests.Mocap;

internal sealed record WireBody(int Id, float X, bool Tracked = true);

internal sealed record WireMarker(int Id, float X, bool Occluded = false);

/// <summary>A frame as a server would have it.</summary>
internal sealed record WireFrame
{
    public int Number { get; init; } = 1;

    public WireBody[] Bodies { get; init; } = [];

    public WireMarker[] Markers { get; init; } = [];

    public ulong MidExposure { get; init; } = 1_000_000;

    public short Flags { get; init; }
}

/// <summary>The server's side of NatNet, written for the tests from the layout notes alone.</summary>
internal sealed class NatNetWire(int major, int minor)
{
    private readonly MemoryStream bytes = new();

    private bool Sized => major > 4 || (major == 4 && minor >= 1);

    public byte[] Frame(WireFrame f)
    {
        bytes.SetLength(0);
        I32(f.Number);
        Section(1, () => Set("all", 2));
        Section(1, () => F32(1, 2, 3));
        Section(f.Bodies.Length, () => Array.ForEach(f.Bodies, Body));
        Section(1, () =>
        {
            I32(77);
            I32(1);
            Body(new WireBody(5, 0));
        });
        if (Sized)
        {
            Section(1, () =>
            {
                I32(9);
                I32(1);
                Body(new WireBody(6, 0));
                I32(1);
                Marker(new WireMarker(1, 0));
            });
        }

        Section(f.Markers.Length, () => Array.ForEach(f.Markers, Marker));
        Section(1, Analog);
        Section(1, Analog);
        I32(0);
        I32(0);
        U64(BitConverter.DoubleToUInt64Bits(12.5));
        U64(f.MidExposure);
        U64(f.MidExposure + 2000);
        U64(f.MidExposure + 5000);
        if (major >= 4)
        {
            I32(0);
            I32(0);
        }

        I16(f.Flags);
        return Packet(7, bytes.ToArray(), trailer: 4);
    }

    public byte[] Models(params (string Name, int Id)[] bodies)
    {
        bytes.SetLength(0);
        I32(bodies.Length + 1);
        Dataset(0, () =>
        {
            Text("all");
            I32(2);
            Text("m1");
            Text("m2");
        });
        foreach ((string name, int id) in bodies)
        {
            Dataset(1, () =>
            {
                Text(name);
                I32(id);
                I32(-1);
                F32(0, 0, 0);
                I32(2);
                F32(0, 0, 0, 1, 1, 1);
                I32(0);
                I32(0);
                if (major >= 4)
                {
                    Text("a");
                    Text("b");
                }
            });
        }

        return Packet(5, bytes.ToArray());
    }

    public byte[] ServerInfo(ulong clockHz, int dataPort = 1511, byte[]? group = null)
    {
        byte[] body = new byte[256 + 8 + 8 + 2 + 1 + 4];
        Array.Fill(body, (byte)0xCC, 0, 256);
        Encoding.ASCII.GetBytes("Motive\0").CopyTo(body, 0);
        body[256] = 3;
        body[260] = (byte)major;
        body[261] = (byte)minor;
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(264), clockHz);
        BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(272), (ushort)dataPort);
        body[274] = (byte)(group is null ? 0 : 1);
        group?.CopyTo(body, 275);
        return Packet(1, body);
    }

    public static byte[] Packet(ushort message, byte[] payload, int trailer = 0)
    {
        byte[] packet = new byte[4 + payload.Length + trailer];
        BinaryPrimitives.WriteUInt16LittleEndian(packet, message);
        BinaryPrimitives.WriteUInt16LittleEndian(packet.AsSpan(2), (ushort)payload.Length);
        payload.CopyTo(packet, 4);
        return packet;
    }

    private void Section(int count, Action write)
    {
        I32(count);
        WithSize(Sized, write);
    }

    private void Dataset(int type, Action write)
    {
        I32(type);
        WithSize(Sized, write);
    }

    private void WithSize(bool sized, Action write)
    {
        long at = bytes.Position;
        if (sized)
        {
            I32(0);
        }

        write();
        if (sized)
        {
            long end = bytes.Position;
            bytes.Position = at;
            I32((int)(end - at - 4));
            bytes.Position = end;
        }
    }

    private void Set(string name, int markers)
    {
        Text(name);
        I32(markers);
        F32(new float[markers * 3]);
    }

    private void Body(WireBody b)
    {
        I32(b.Id);
        F32(b.X, 2, 3, 0, 0, 0, 1, 0.0004f);
        I16((short)(b.Tracked ? 1 : 0));
    }

    private void Marker(WireMarker m)
    {
        I32(m.Id);
        F32(m.X, 0.5f, 0.25f, 0.014f);
        I16((short)(m.Occluded ? 1 : 0));
        F32(0.0002f);
    }

    private void Analog()
    {
        I32(4);
        I32(2);
        I32(1);
        F32(1.5f);
        I32(2);
        F32(2.5f, 3.5f);
    }

    private void Text(string text) => bytes.Write(Encoding.UTF8.GetBytes(text + "\0"));

    private void I16(short v) => bytes.Write(BitConverter.GetBytes(v));

    private void I32(int v) => bytes.Write(BitConverter.GetBytes(v));

    private void U64(ulong v) => bytes.Write(BitConverter.GetBytes(v));

    private void F32(params float[] values) => Array.ForEach(values, v => bytes.Write(BitConverter.GetBytes(v)));
}
