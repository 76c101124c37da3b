using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Capture.Devices.Mocap;

/// <summary>What a NatNet server says of itself (message 1).</summary>
/// <param name="ClockHz">Ticks a second of its stamps.</param>
/// <param name="Group">Multicast group of its frames; null where it sends to each client.</param>
public sealed record NatNetServerInfo(string Application, string ApplicationVersion, NatNetVersion Version, ulong ClockHz, int DataPort, IPAddress? Group)
{
    private const int MinBytes = 256 + 4 + 4;
    private const int FullBytes = MinBytes + 8 + 2 + 1 + 4;

    /// <summary>False where the payload is too short, or the clock has no rate (servers before 3.0 give none).</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out NatNetServerInfo? info)
    {
        info = null;
        if (payload.Length < MinBytes)
        {
            return false;
        }

        // The name's tail after its zero is uninitialised memory of the server.
        ReadOnlySpan<byte> name = payload[..256];
        int end = name.IndexOf((byte)0);
        string application = Encoding.UTF8.GetString(end < 0 ? name : name[..end]);
        ReadOnlySpan<byte> v = payload[256..];
        string version = $"{v[0]}.{v[1]}.{v[2]}.{v[3]}";
        NatNetVersion natNet = new(v[4], v[5]);
        if (payload.Length < FullBytes)
        {
            info = new NatNetServerInfo(application, version, natNet, 0, 0, null);
            return true;
        }

        ReadOnlySpan<byte> link = payload[MinBytes..];
        bool multicast = link[10] != 0;
        info = new NatNetServerInfo(
            application,
            version,
            natNet,
            BinaryPrimitives.ReadUInt64LittleEndian(link),
            BinaryPrimitives.ReadUInt16LittleEndian(link[8..]),
            multicast ? new IPAddress(link.Slice(11, 4)) : null);
        return true;
    }
}
