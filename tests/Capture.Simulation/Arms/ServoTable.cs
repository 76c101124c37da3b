using System.Buffers.Binary;
using Capture.Simulation.Clocks;
using Capture.Simulation.Scene;

namespace Capture.Simulation.Arms;

/// <summary>
/// The control table of one X-series servo. Fixed entries are stored; what the servo measures is filled in from the scene at the instant of the sample:
/// 116 goal position, 120 realtime tick, 122 moving, 126 current, 128 velocity, 132 position, 144 voltage, 146 temperature.
/// </summary>
public sealed class ServoTable
{
    public const int Length = 147;
    public const ushort ModelNumber = 1020;
    public const byte FirmwareVersion = 48;
    private readonly byte[] _table = new byte[Length];
    private readonly int _joint;
    private readonly SimulatedClock _clock;
    private readonly BenchScene _scene;
    private readonly long _epochNs;
    private readonly bool _isLeader;
    private readonly ulong _noiseSeed;

    public ServoTable(int joint, SimulatedClock clock, BenchScene scene, long epochNs, bool isLeader)
    {
        _joint = joint;
        _clock = clock;
        _scene = scene;
        _epochNs = epochNs;
        _isLeader = isLeader;
        _noiseSeed = Xoshiro256.Derive(scene.Seed, (isLeader ? "leader/noise" : "follower/noise") + joint.ToString(System.Globalization.CultureInfo.InvariantCulture));
        U16(0, ModelNumber);
        _table[6] = FirmwareVersion;
        _table[7] = Id;
        _table[8] = 3; // 1 Mbaud
        _table[9] = 0; // return delay
        _table[11] = 3; // position control
        _table[13] = 2; // protocol 2.0
        _table[31] = 80;
        U16(32, 160);
        U16(34, 95);
        _table[64] = (byte)(isLeader ? 0 : 1); // torque
        _table[68] = 2; // status for everything
    }

    public byte Id => BenchArmModel.Joints[_joint].Id;

    /// <summary>Return delay, ns (address 9, units of 2 µs).</summary>
    public long ReturnDelayNs => _table[9] * 2_000L;

    /// <summary>Stores what a host wrote; false when it lies outside the table or in what the servo measures.</summary>
    public bool Write(int address, ReadOnlySpan<byte> data)
    {
        if (address < 7 || address + data.Length > 120)
        {
            return false;
        }

        data.CopyTo(_table.AsSpan(address));
        return true;
    }

    /// <summary>Reads the table as it stands at a true instant; false when the range lies outside. Returns the present position beside it.</summary>
    public bool Read(int address, Span<byte> into, long trueNs, out int position)
    {
        position = 0;
        if (address + into.Length > Length)
        {
            return false;
        }

        long sceneNs = trueNs - _epochNs;
        position = Measure(sceneNs);
        U16(120, (ushort)_clock.RawTicksAt(trueNs));
        double goal = BenchArmModel.Counts(_joint, _isLeader ? _scene.LeaderJoints(sceneNs) : _scene.FollowerGoal(sceneNs));
        I32(116, (int)Math.Round(goal));
        const long Half = 2_000_000;
        double countsPerSecond = (Counts(sceneNs + Half) - Counts(sceneNs - Half)) / (2e-9 * Half);
        // One unit is 0.229 turns a minute.
        int velocity = (int)Math.Round(countsPerSecond / BenchArmModel.CountsPerTurn * 60 / 0.229);
        _table[122] = (byte)(velocity == 0 ? 0 : 1);
        _table[123] = (byte)(velocity == 0 ? 1 : 0x30);
        // One unit is 2.69 mA: friction with the speed, gravity on the pitch joints, hardly anything in the operator's hand.
        double load = (_isLeader ? 0.1 : 1) * ((velocity * 1.2) + (_joint is 1 or 2 ? 60 : 5));
        I16(124, (short)Math.Clamp(load * 1.5, -885, 885));
        I16(126, (short)Math.Round(load + Noise(sceneNs, 1, 2)));
        I32(128, velocity);
        I32(132, position);
        U16(144, (ushort)(120 + (int)Math.Round(Noise(sceneNs, 2, 1))));
        _table[146] = (byte)(31 + _joint);
        _table.AsSpan(address, into.Length).CopyTo(into);
        return true;
    }

    private double Counts(long sceneNs) =>
        BenchArmModel.Counts(_joint, _isLeader ? _scene.LeaderJoints(sceneNs) : _scene.FollowerJoints(sceneNs));

    /// <summary>Encoder noise: half a count, then rounding.</summary>
    private int Measure(long sceneNs) => (int)Math.Round(Counts(sceneNs) + Noise(sceneNs, 0, 0.5));

    private double Noise(long sceneNs, int what, double amplitude) =>
        ((Xoshiro256.UnitAt(_noiseSeed + (ulong)what, sceneNs / 1_000_000) * 2) - 1) * amplitude;

    private void U16(int address, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(_table.AsSpan(address), value);

    private void I16(int address, short value) => BinaryPrimitives.WriteInt16LittleEndian(_table.AsSpan(address), value);

    private void I32(int address, int value) => BinaryPrimitives.WriteInt32LittleEndian(_table.AsSpan(address), value);
}
