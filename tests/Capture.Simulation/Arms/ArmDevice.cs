using Capture.Simulation.Clocks;
using Capture.Simulation.Faults;
using Capture.Simulation.Rig;
using Capture.Simulation.Scene;
using Capture.Simulation.Truth;

namespace Capture.Simulation.Arms;

/// <summary>One arm on its pseudo-terminal: takes instructions, answers after the wire time and a drawn latency, and records every reply and every write.</summary>
public sealed class ArmDevice : IDisposable
{
    private readonly string _name;
    private readonly PseudoTerminal _terminal;
    private readonly ServoBus _bus;
    private readonly LatencyModel _latency;
    private readonly TruthFile _truth;
    private readonly TruthFile _writes;
    private readonly TruthFolder _truthFolder;
    private readonly FaultWindow? _silent;
    private readonly long _epochNs;
    private readonly Thread _thread;
    private readonly BusReply _reply = new();
    private volatile bool _ended;
    private long _replies;
    private bool _isSilent;

    /// <param name="name">leader or follower.</param>
    /// <param name="link">Path of the symbolic link to the host's end.</param>
    /// <param name="writes">Shared by both arms: every instruction that is no read.</param>
    public ArmDevice(string name, string link, BenchProfile profile, BenchScene scene, FaultPlan faults, TruthFolder truth, TruthFile writes)
    {
        _name = name;
        _epochNs = profile.EpochNs;
        bool isLeader = name == "leader";
        IReadOnlyList<SimulatedClock> clocks = isLeader ? profile.Leader : profile.Follower;
        _bus = new ServoBus([.. Enumerable.Range(0, BenchProfile.ServoCount).Select(i => new ServoTable(i, clocks[i], scene, profile.EpochNs, isLeader))]);
        _latency = new LatencyModel(BenchProfile.ArmReply, profile.Seed, name);
        _silent = faults.ArmSilent(name);
        _truthFolder = truth;
        _truth = truth.Open(name);
        _writes = writes;
        _terminal = new PseudoTerminal(link);
        _thread = new Thread(Run) { IsBackground = true, Name = "arm " + name };
        _thread.Start();
    }

    public void Dispose()
    {
        _ended = true;
        _thread.Join();
        _terminal.Dispose();
    }

    private void Run()
    {
        var scanner = new InstructionScanner();
        byte[] buffer = new byte[1024];
        while (!_ended)
        {
            int got = _terminal.Read(buffer, 50);
            long receivedNs = HostMonotonic.NowNs;
            FollowSilence(receivedNs);
            if (got == 0)
            {
                continue;
            }

            scanner.Add(buffer.AsSpan(0, got));
            while (scanner.TryTake(out byte id, out bool crcRight, out ReadOnlySpan<byte> body))
            {
                Carry(id, crcRight, body, receivedNs);
            }
        }
    }

    private void Carry(byte id, bool crcRight, ReadOnlySpan<byte> body, long receivedNs)
    {
        if (body.Length == 0 || _isSilent)
        {
            return;
        }

        _bus.Handle(id, crcRight, body, receivedNs, _reply);
        if (_reply.IsWrite)
        {
            using TruthFile.Line line = _writes.Begin();
            line.Text("arm", _name);
            line.Number("true_ns", receivedNs);
            line.Number("id", id);
            line.Number("instruction", body[0]);
            line.Text("parameters", Convert.ToHexString(body[1..]));
        }

        if (_reply.Length == 0)
        {
            return;
        }

        HostMonotonic.SleepUntil(receivedNs + (_reply.Length * ServoBus.ByteNs) + _latency.Next());
        long writtenNs = HostMonotonic.NowNs;
        _terminal.Write(_reply.Bytes.AsSpan(0, _reply.Length));
        using TruthFile.Line truth = _truth.Begin();
        truth.Number("reply", _replies++);
        truth.Number("instruction", body[0]);
        truth.Number("address", _reply.Address);
        truth.Number("length", _reply.DataLength);
        truth.Number("received_ns", receivedNs);
        truth.Number("written_ns", writtenNs);
        truth.Numbers("ids", _reply.Ids.AsSpan(0, _reply.Servos));
        truth.Numbers("sample_ns", _reply.SampleNs.AsSpan(0, _reply.Servos));
        truth.Numbers("position", _reply.Positions.AsSpan(0, _reply.Servos));
    }

    private void FollowSilence(long nowNs)
    {
        bool silent = _silent is FaultWindow window && window.Holds(nowNs - _epochNs);
        if (silent != _isSilent)
        {
            _isSilent = silent;
            _truthFolder.FaultLine("arm-silent:" + _name, silent ? "begin" : "end", nowNs);
        }
    }
}
