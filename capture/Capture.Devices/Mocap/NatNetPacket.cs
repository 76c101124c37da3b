using System.Buffers.Binary;
using System.Text;

namespace Capture.Devices.Mocap;

/// <summary>NatNet message numbers.</summary>
public enum NatNetMessage : ushort
{
    Connect = 0,
    ServerInfo = 1,
    Request = 2,
    Response = 3,
    RequestModels = 4,
    Models = 5,
    RequestFrame = 6,
    Frame = 7,
    Text = 8,
    Disconnect = 9,
    KeepAlive = 10,
    EchoRequest = 12,
    EchoResponse = 13,
    Discovery = 14,
    Unrecognized = 100,
}

/// <summary>Head of every NatNet datagram: u16 message, u16 payload bytes, little-endian.</summary>
public static class NatNetPacket
{
    public const int HeadBytes = 4;

    /// <summary>Largest datagram: what UDP over IPv4 carries.</summary>
    public const int MaxBytes = 65_507;

    /// <summary>Length of the connect request's body: name[256], version[4], NatNet version[4], flag, wanted bitstream[4], fill.</summary>
    public const int ConnectBytes = 270;

    private const int WantedVersionOffset = 265;

    /// <summary>Splits a datagram. What stands after the payload (frames have four zero bytes there) is ignored.</summary>
    /// <returns>NeedMore where the datagram is shorter than it says.</returns>
    public static ParseStatus Read(ReadOnlySpan<byte> bytes, out NatNetMessage message, out ReadOnlySpan<byte> payload)
    {
        message = default;
        payload = default;
        if (bytes.Length < HeadBytes)
        {
            return ParseStatus.NeedMore;
        }

        message = (NatNetMessage)BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]);
        if (bytes.Length < HeadBytes + length)
        {
            return ParseStatus.NeedMore;
        }

        payload = bytes.Slice(HeadBytes, length);
        return ParseStatus.Complete;
    }

    /// <summary>Writes a request without a body (models, keep-alive, disconnect); returns its length.</summary>
    public static int WriteEmpty(Span<byte> destination, NatNetMessage message) => WriteHead(destination, message, 0);

    /// <summary>Writes the connect request, which asks for a bitstream version; returns its length.</summary>
    public static int WriteConnect(Span<byte> destination, NatNetVersion wanted)
    {
        Span<byte> body = destination.Slice(HeadBytes, ConnectBytes);
        body.Clear();
        "Ping"u8.CopyTo(body);
        body[WantedVersionOffset] = wanted.Major;
        body[WantedVersionOffset + 1] = wanted.Minor;
        return WriteHead(destination, NatNetMessage.Connect, ConnectBytes);
    }

    /// <summary>Writes an echo request that carries the client's own stamp; returns its length.</summary>
    public static int WriteEcho(Span<byte> destination, ulong clientStamp)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination[HeadBytes..], clientStamp);
        return WriteHead(destination, NatNetMessage.EchoRequest, 8);
    }

    /// <summary>Writes a request in words ("FrameRate"); returns its length.</summary>
    public static int WriteRequest(Span<byte> destination, string command)
    {
        int count = Encoding.ASCII.GetBytes(command, destination[HeadBytes..]);
        destination[HeadBytes + count] = 0;
        return WriteHead(destination, NatNetMessage.Request, count + 1);
    }

    /// <summary>Reads an echo response: the client's stamp and the server's ticks on receipt.</summary>
    public static bool TryReadEcho(ReadOnlySpan<byte> payload, out ulong clientStamp, out ulong serverTicks)
    {
        bool whole = payload.Length >= 16;
        clientStamp = whole ? BinaryPrimitives.ReadUInt64LittleEndian(payload) : 0;
        serverTicks = whole ? BinaryPrimitives.ReadUInt64LittleEndian(payload[8..]) : 0;
        return whole;
    }

    private static int WriteHead(Span<byte> destination, NatNetMessage message, int bodyBytes)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(destination, (ushort)message);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[2..], (ushort)bodyBytes);
        return HeadBytes + bodyBytes;
    }
}
