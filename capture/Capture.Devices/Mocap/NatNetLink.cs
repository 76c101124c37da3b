using System.Net;
using System.Net.Sockets;
using Capture.Core.Time;

namespace Capture.Devices.Mocap;

/// <summary>The sockets to a NatNet server: one for commands (and frames, when the server sends to each client), one for multicast frames.</summary>
internal sealed class NatNetLink : IDisposable
{
    private const int ReceiveBufferBytes = 4 * 1024 * 1024;

    private readonly NatNetSettings settings;
    private readonly SocketAddress server;
    private readonly KernelStamps stamps;
    private readonly HostClock clock;
    private readonly byte[] request = new byte[NatNetPacket.HeadBytes + NatNetPacket.ConnectBytes];
    private readonly Socket command;
    private readonly AddressFamily family = AddressFamily.InterNetwork;
    private Socket? data;
    private uint commandDrops;
    private uint dataDrops;

    private NatNetLink(NatNetSettings settings, HostClock clock, IPEndPoint server)
    {
        this.settings = settings;
        this.clock = clock;
        this.server = server.Serialize();
        stamps = new KernelStamps(clock);
        command = MakeSocket();
        command.Bind(new IPEndPoint(settings.LocalAddress is { } local ? IPAddress.Parse(local) : IPAddress.Any, 0));
    }

    /// <summary>Datagrams that the kernel dropped since the last look.</summary>
    public long NewDrops { get; set; }

    public static NatNetLink Open(NatNetSettings settings, HostClock clock, IPAddress server)
    {
        try
        {
            return new NatNetLink(settings, clock, new IPEndPoint(server, settings.CommandPort));
        }
        catch (Exception e) when (e is SocketException or FormatException)
        {
            throw new DeviceException(DeviceTrouble.NotFound, $"no socket on the local address {settings.LocalAddress ?? "any"} ({e.Message})", Where(settings), "Set local to an address of this machine: ip -brief address", e);
        }
    }

    public static string Where(NatNetSettings settings) => $"natnet://{settings.Server}:{settings.CommandPort}";

    /// <summary>Joins the group of a server that sends multicast.</summary>
    public void Join(IPAddress group, int port)
    {
        data?.Dispose();
        data = MakeSocket();
        data.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, optionValue: true);
        try
        {
            data.Bind(new IPEndPoint(IPAddress.Any, port));
            MulticastOption option = settings.LocalAddress is { } local ? new MulticastOption(group, IPAddress.Parse(local)) : new MulticastOption(group);
            data.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, option);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new DeviceException(DeviceTrouble.InUse, $"port {port} is in use", Where(settings), $"Find the program with: ss -ulpn 'sport = :{port}'", e);
        }
        catch (SocketException e)
        {
            throw new DeviceException(DeviceTrouble.Unreachable, $"the multicast group {group} cannot be joined ({e.SocketErrorCode})", Where(settings), "Set local to the address of the interface towards the server: ip -brief address", e);
        }
    }

    public void Send(NatNetMessage message) => SendBytes(NatNetPacket.WriteEmpty(request, message));

    public void SendConnect() => SendBytes(NatNetPacket.WriteConnect(request, NatNetVersion.Newest));

    public void SendRequest(string words) => SendBytes(NatNetPacket.WriteRequest(request, words));

    /// <summary>Sends an echo request stamped with the moment before it left.</summary>
    public void SendEcho() => SendBytes(NatNetPacket.WriteEcho(request, (ulong)clock.Now.Nanoseconds));

    /// <summary>Waits until something may be there, or time is up.</summary>
    public void Wait(int microseconds) => (data ?? command).Poll(microseconds, SelectMode.SelectRead);

    /// <summary>Takes one datagram if there is one, with the kernel's stamp as host time. Allocates nothing.</summary>
    public bool TryReceive(byte[] buffer, out int count, out HostTime arrival) =>
        TryReceive(data, buffer, ref dataDrops, out count, out arrival) || TryReceive(command, buffer, ref commandDrops, out count, out arrival);

    public void Dispose()
    {
        command.Dispose();
        data?.Dispose();
    }

    private Socket MakeSocket()
    {
        Socket socket = new(family, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = ReceiveBufferBytes };
        ReadOnlySpan<byte> on = [1, 0, 0, 0];
        socket.SetRawSocketOption(UdpNative.SolSocket, UdpNative.SoTimestampNs, on);
        socket.SetRawSocketOption(UdpNative.SolSocket, UdpNative.SoRxqOvfl, on);
        return socket;
    }

    private void SendBytes(int count)
    {
        try
        {
            command.SendTo(request.AsSpan(0, count), SocketFlags.None, server);
        }
        catch (SocketException)
        {
            // No route or no buffer just now: silence decides whether the server is lost.
        }
    }

    private bool TryReceive(Socket? socket, byte[] buffer, ref uint drops, out int count, out HostTime arrival)
    {
        count = 0;
        arrival = default;
        if (socket is null)
        {
            return false;
        }

        int got = UdpNative.Receive(socket.Handle, buffer, out UdpArrival stamp);
        if (got < 0)
        {
            return false;
        }

        // The kernel attaches the counter only once it is above 0.
        if (stamp.Drops != 0 && stamp.Drops != drops)
        {
            NewDrops += stamp.Drops - drops;
            drops = stamp.Drops;
        }

        arrival = stamps.ToHost(stamp.RealtimeNanoseconds, clock.Now);
        count = stamp.Truncated ? 0 : got;
        return true;
    }
}
