using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Capture.Simulation.Clocks;
using Capture.Simulation.Faults;
using Capture.Simulation.Rig;
using Capture.Simulation.Scene;
using Capture.Simulation.Truth;

namespace Capture.Simulation.Mocap;

/// <summary>
/// A motion-capture server on 127.0.0.1, unicast. Frames go to every endpoint that sent a connect or keep-alive within the last 10 s, from the socket that it
/// spoke to (a client that uses one socket for both and one that opens a second one towards the data port are both served).
/// </summary>
public sealed class NatNetServer : IDisposable
{
    private const long ForgetNs = 10_000_000_000;
    private readonly BenchProfile _profile;
    private readonly BenchScene _scene;
    private readonly SimulatedClock _clock;
    private readonly TruthFile _truth;
    private readonly int _lossEvery;
    private readonly Socket _command;
    private readonly Socket _data;
    private readonly Thread[] _threads;
    private readonly Lock _lock = new();
    private readonly List<Client> _clients = [];
    private readonly CancellationTokenSource _end = new();

    public NatNetServer(BenchProfile profile, BenchScene scene, FaultPlan faults, TruthFolder truth, int commandPort, int dataPort)
    {
        _profile = profile;
        _scene = scene;
        _clock = profile.Mocap;
        _truth = truth.Open("mocap");
        _lossEvery = faults.MocapLossEvery;
        _command = Bind(commandPort);
        _data = Bind(dataPort);
        CommandPort = ((IPEndPoint)_command.LocalEndPoint!).Port;
        DataPort = ((IPEndPoint)_data.LocalEndPoint!).Port;
        _threads =
        [
            new Thread(() => Serve(_command)) { IsBackground = true, Name = "mocap command" },
            new Thread(() => Serve(_data)) { IsBackground = true, Name = "mocap data" },
            new Thread(SendFrames) { IsBackground = true, Name = "mocap frames" },
        ];
        foreach (Thread thread in _threads)
        {
            thread.Start();
        }
    }

    public int CommandPort { get; }

    public int DataPort { get; }

    public void Dispose()
    {
        _end.Cancel();
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        _command.Dispose();
        _data.Dispose();
        _end.Dispose();
    }

    private static Socket Bind(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 100 };
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"UDP port {port} of 127.0.0.1 cannot be used for motion capture: {e.Message}. Choose another --ports.", e);
        }
    }

    private void Serve(Socket socket)
    {
        byte[] request = new byte[2048];
        byte[] answer = new byte[4096];
        EndPoint from = new IPEndPoint(IPAddress.Loopback, 0);
        while (!_end.IsCancellationRequested)
        {
            int length;
            try
            {
                length = socket.ReceiveFrom(request, ref from);
            }
            catch (SocketException)
            {
                // Nothing within 100 ms, or a client's port has gone.
                continue;
            }

            long receivedNs = HostMonotonic.NowNs;
            int answered = Answer(socket, request.AsSpan(0, length), (IPEndPoint)from, receivedNs, answer);
            if (answered > 0)
            {
                try
                {
                    socket.SendTo(answer, answered, SocketFlags.None, from);
                }
                catch (SocketException)
                {
                    // The client went away between question and answer.
                }
            }
        }
    }

    private int Answer(Socket socket, ReadOnlySpan<byte> packet, IPEndPoint from, long receivedNs, byte[] answer)
    {
        if (packet.Length < 4)
        {
            return 0;
        }

        ReadOnlySpan<byte> payload = packet[4..];
        switch (BinaryPrimitives.ReadUInt16LittleEndian(packet))
        {
            case NatNetPackets.Connect:
                Heard(socket, from, receivedNs);
                return NatNetPackets.WriteServerInfo(answer, "bench", (ulong)_clock.TickHz, (ushort)DataPort);
            case NatNetPackets.KeepAlive:
                Heard(socket, from, receivedNs);
                return 0;
            case NatNetPackets.Disconnect:
                Forget(from);
                return 0;
            case NatNetPackets.EchoRequest when payload.Length >= 8:
                return NatNetPackets.WriteEchoResponse(answer, BinaryPrimitives.ReadUInt64LittleEndian(payload), _clock.RawTicksAt(receivedNs));
            case NatNetPackets.RequestModelDefinition:
                return NatNetPackets.WriteModelDefinition(answer, MocapBodies.Models);
            case NatNetPackets.Request:
                return AnswerText(Encoding.ASCII.GetString(payload.TrimEnd((byte)0)), answer);
            default:
                return NatNetPackets.WriteEmpty(answer, NatNetPackets.Unrecognized);
        }
    }

    private static int AnswerText(string request, byte[] answer) => request switch
    {
        "Bitstream" or "Bitstream,4.1" => NatNetPackets.WriteResponse(answer, "Bitstream,4.1"),
        "FrameRate" => NatNetPackets.WriteResponse(answer, "120.000000"),
        "CurrentMode" => NatNetPackets.WriteResponse(answer, "0"),
        _ => NatNetPackets.WriteEmpty(answer, NatNetPackets.Unrecognized),
    };

    private void Heard(Socket socket, IPEndPoint from, long nowNs)
    {
        lock (_lock)
        {
            foreach (Client client in _clients)
            {
                if (client.Address.Equals(from))
                {
                    client.HeardNs = nowNs;
                    return;
                }
            }

            if (_clients.Count < 8)
            {
                _clients.Add(new Client(socket, new IPEndPoint(from.Address, from.Port)) { HeardNs = nowNs });
            }
        }
    }

    private void Forget(IPEndPoint from)
    {
        lock (_lock)
        {
            _clients.RemoveAll(client => client.Address.Equals(from));
        }
    }

    private void SendFrames()
    {
        var processing = new LatencyModel(BenchProfile.MocapProcessing, _profile.Seed, "mocap/processing");
        var network = new LatencyModel(BenchProfile.MocapNetwork, _profile.Seed, "mocap/network");
        byte[] packet = new byte[4096];
        float[][] markers = [new float[12], new float[12]];
        BodyState[] bodies = new BodyState[2];
        long firstTick = _clock.TicksAt(HostMonotonic.NowNs) + (_clock.TickHz / 100);
        long startNs = _clock.TrueTimeAt(firstTick);
        for (long frame = 0; !_end.IsCancellationRequested; frame++)
        {
            long midTick = firstTick + (frame * _clock.TickHz / BenchProfile.MocapRateHz);
            long midNs = _clock.TrueTimeAt(midTick);
            long transmitNs = midNs + processing.Next();
            long networkNs = network.Next();
            long receivedNs = midNs + 2_000_000;
            if (!HostMonotonic.SleepUntil(transmitNs + networkNs, _end.Token))
            {
                return;
            }

            Pose gripper = _scene.Gripper(midNs - _profile.EpochNs);
            Pose cube = _scene.Cube(midNs - _profile.EpochNs);
            bodies[0] = MocapBodies.Seen(MocapBodies.Models[0], gripper, _profile.Seed, frame, markers[0]);
            bodies[1] = MocapBodies.Seen(MocapBodies.Models[1], cube, _profile.Seed, frame, markers[1]);
            var times = new FrameTimes((midNs - startNs) * 1e-9, (ulong)midTick, _clock.RawTicksAt(receivedNs), _clock.RawTicksAt(transmitNs));
            int length = NatNetPackets.WriteFrame(packet, (int)frame, bodies, MocapBodies.Models, times);
            bool lost = _lossEvery > 0 && frame % _lossEvery == _lossEvery - 1;
            long sentNs = HostMonotonic.NowNs;
            int clients = lost ? 0 : Send(packet.AsSpan(0, length), sentNs);
            WriteTruth(frame, midTick, midNs, transmitNs, sentNs, clients, lost, gripper, cube);
        }
    }

    private int Send(ReadOnlySpan<byte> packet, long nowNs)
    {
        int sent = 0;
        lock (_lock)
        {
            for (int i = _clients.Count - 1; i >= 0; i--)
            {
                Client client = _clients[i];
                if (nowNs - client.HeardNs > ForgetNs)
                {
                    _clients.RemoveAt(i);
                    continue;
                }

                try
                {
                    client.Socket.SendTo(packet, SocketFlags.None, client.SocketAddress);
                    sent++;
                }
                catch (SocketException)
                {
                    // A port that nobody listens on any more: forgotten after its 10 s.
                }
            }
        }

        return sent;
    }

    private void WriteTruth(long frame, long midTick, long midNs, long transmitNs, long sentNs, int clients, bool lost, Pose gripper, Pose cube)
    {
        using TruthFile.Line line = _truth.Begin();
        line.Number("frame", frame);
        line.Number("mid_ns", midNs);
        line.Number("mid_ticks", midTick);
        line.Number("transmit_ns", transmitNs);
        line.Number("sent_ns", sentNs);
        line.Number("clients", clients);
        line.Flag("lost", lost);
        line.Reals("gripper", [gripper.Position.X, gripper.Position.Y, gripper.Position.Z, gripper.Rotation.X, gripper.Rotation.Y, gripper.Rotation.Z, gripper.Rotation.W]);
        line.Reals("cube", [cube.Position.X, cube.Position.Y, cube.Position.Z, cube.Rotation.X, cube.Rotation.Y, cube.Rotation.Z, cube.Rotation.W]);
    }

    private sealed class Client(Socket socket, IPEndPoint address)
    {
        public Socket Socket => socket;

        public IPEndPoint Address => address;

        /// <summary>Made once: sending to it allocates nothing.</summary>
        public SocketAddress SocketAddress { get; } = address.Serialize();

        public long HeardNs { get; set; }
    }
}
