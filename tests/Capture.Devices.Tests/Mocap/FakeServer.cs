using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Capture.Devices.Tests.Mocap;

/// <summary>A NatNet server of the tests' own on loopback. Its clock runs at 10 MHz and was started at some moment of its own.</summary>
internal sealed class FakeServer : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly NatNetWire wire;
    private readonly Thread thread;
    private readonly byte[]? group;
    private readonly int dataPort;
    private volatile bool ended;
    private EndPoint? client;

    public FakeServer(int major = 4, int minor = 1, byte[]? group = null, int dataPort = 1511)
    {
        wire = new NatNetWire(major, minor);
        this.group = group;
        this.dataPort = dataPort;
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.Loopback.GetAddressBytes());
        thread = new Thread(Serve) { IsBackground = true };
        thread.Start();
    }

    public int Port => ((IPEndPoint)socket.LocalEndPoint!).Port;

    public int PeriodMs { get; set; } = 8;

    /// <summary>Frames with these numbers are left out.</summary>
    public HashSet<int> Leave { get; } = [];

    /// <summary>This frame is sent twice.</summary>
    public int Twice { get; set; }

    public volatile bool Quiet;

    /// <summary>Frame numbers begin anew.</summary>
    public volatile bool Restart;

    public volatile int CubeId = 2;

    public long ClockOffset = 123_456_789_000;

    public int KeepAlives;

    public int Echoes;

    public int LastNumber;

    public byte[]? ConnectBody { get; private set; }

    public long Ticks => (Stopwatch.GetTimestamp() / 100) + ClockOffset;

    public void Dispose()
    {
        ended = true;
        thread.Join(1000);
        socket.Dispose();
    }

    private void Serve()
    {
        byte[] buffer = new byte[2048];
        long next = Environment.TickCount64;
        int number = 100;
        while (!ended)
        {
            while (socket.Poll(1000, SelectMode.SelectRead))
            {
                EndPoint from = new IPEndPoint(IPAddress.Any, 0);
                int count = socket.ReceiveFrom(buffer, ref from);
                Answer(buffer.AsSpan(0, count), from);
            }

            if (client is null || Environment.TickCount64 < next)
            {
                continue;
            }

            next = Environment.TickCount64 + PeriodMs;
            if (Restart)
            {
                Restart = false;
                number = 0;
                ClockOffset = 5_000;
            }

            number++;
            LastNumber = number;
            if (Quiet || Leave.Contains(number))
            {
                continue;
            }

            byte[] frame = wire.Frame(new WireFrame
            {
                Number = number,
                Bodies = [new WireBody(CubeId, 2), new WireBody(1, 1)],
                Markers = [new WireMarker(65537, 0.5f)],
                MidExposure = (ulong)(Ticks - 50_000),
                Flags = (short)(CubeId == 2 ? 0 : 2),
            });
            EndPoint to = group is null ? client : new IPEndPoint(new IPAddress(group), dataPort);
            socket.SendTo(frame, to);
            if (number == Twice)
            {
                socket.SendTo(frame, to);
            }
        }
    }

    private void Answer(ReadOnlySpan<byte> request, EndPoint from)
    {
        long received = Ticks;
        switch (BinaryPrimitives.ReadUInt16LittleEndian(request))
        {
            case 0:
                ConnectBody = request[4..].ToArray();
                client = from;
                socket.SendTo(wire.ServerInfo(10_000_000, dataPort, group), from);
                break;
            case 2:
                socket.SendTo(NatNetWire.Packet(3, BitConverter.GetBytes(125f)), from);
                break;
            case 4:
                socket.SendTo(wire.Models(("gripper", 1), ("cube", CubeId)), from);
                break;
            case 9:
                client = null;
                break;
            case 10:
                KeepAlives++;
                break;
            case 12:
                Echoes++;
                byte[] reply = new byte[16];
                request[4..12].CopyTo(reply);
                BinaryPrimitives.WriteInt64LittleEndian(reply.AsSpan(8), received);
                socket.SendTo(NatNetWire.Packet(13, reply), from);
                break;
        }
    }
}
