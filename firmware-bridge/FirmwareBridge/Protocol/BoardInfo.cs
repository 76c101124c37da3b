using System.Globalization;
using System.Text;
using FirmwareBridge.MessagePack;

namespace FirmwareBridge.Protocol;

/// <summary>An IMU as its board declares it.</summary>
/// <param name="AccelerationRange">±, m/s².</param>
/// <param name="AngularRateRange">±, rad/s.</param>
public sealed record BoardImu(int Id, string Name, IReadOnlyList<int> RatesHz, float AccelerationRange, float AngularRateRange, int MaxSamplesPerFrame);

/// <summary>A trigger line as its board declares it.</summary>
public sealed record BoardTrigger(int Channel, Capture.Core.Time.Duration MinPeriod, Capture.Core.Time.Duration MaxPeriod);

/// <summary>What a board is: the answer to <see cref="Hello"/>, and its first word after a start.</summary>
public sealed record BoardInfo
{
    /// <summary>That of the hello; 0 when sent at boot, unasked.</summary>
    public required uint Nonce { get; init; }

    public required int ProtocolMajor { get; init; }

    public required int ProtocolMinor { get; init; }

    public required string FirmwareName { get; init; }

    public required string FirmwareVersion { get; init; }

    /// <summary>The board's own number, lower-case hexadecimal, 2 to 32 digits. It stays the same through restarts and ports.</summary>
    public required string Uid { get; init; }

    /// <summary>Drawn at each start: ticks and counters of two boots are unrelated.</summary>
    public required ulong BootId { get; init; }

    /// <summary>The counter when this was sent, raw.</summary>
    public required ulong Ticks { get; init; }

    /// <summary>Nominal ticks a second.</summary>
    public required uint TickRateHz { get; init; }

    /// <summary>Width of the counter: 8 to 64.</summary>
    public required int TickBits { get; init; }

    public required IReadOnlyList<BoardImu> Imus { get; init; }

    public required IReadOnlyList<BoardTrigger> Triggers { get; init; }

    /// <summary>Allocates; a board says this once per connection.</summary>
    public static ProtocolStatus TryRead(ReadOnlySpan<byte> payload, out BoardInfo? message)
    {
        PayloadReader r = new(payload, MessageType.Info, 13);
        BoardInfo info = new()
        {
            Nonce = r.UInt32(),
            ProtocolMajor = r.Int32(),
            ProtocolMinor = r.Int32(),
            FirmwareName = Encoding.UTF8.GetString(r.String(64)),
            FirmwareVersion = Encoding.UTF8.GetString(r.String(64)),
            Uid = Convert.ToHexStringLower(r.Binary(WireProtocol.MaxUidLength)),
            BootId = r.UInt64(),
            Ticks = r.UInt64(),
            TickRateHz = (uint)r.Int32(1_000_000_000, 1),
            TickBits = r.Int32(64, 8),
            Imus = ReadImus(ref r),
            Triggers = ReadTriggers(ref r),
        };
        ProtocolStatus status = r.Status == ProtocolStatus.Ok && info.Uid.Length == 0 ? ProtocolStatus.OutOfRange : r.Status;
        message = status == ProtocolStatus.Ok ? info : null;
        return status;
    }

    public int Write(Span<byte> payload)
    {
        MessagePackWriter w = PayloadWriter.Begin(payload, MessageType.Info, 13);
        w.WriteUInt64(Nonce);
        w.WriteInt64(ProtocolMajor);
        w.WriteInt64(ProtocolMinor);
        w.WriteString(FirmwareName);
        w.WriteString(FirmwareVersion);
        w.WriteBinary(Convert.FromHexString(Uid));
        w.WriteUInt64(BootId);
        w.WriteUInt64(Ticks);
        w.WriteUInt64(TickRateHz);
        w.WriteInt64(TickBits);
        w.WriteArrayHeader(Imus.Count);
        foreach (BoardImu imu in Imus)
        {
            w.WriteArrayHeader(6);
            w.WriteInt64(imu.Id);
            w.WriteString(imu.Name);
            w.WriteArrayHeader(imu.RatesHz.Count);
            foreach (int rate in imu.RatesHz)
            {
                w.WriteInt64(rate);
            }

            w.WriteSingle(imu.AccelerationRange);
            w.WriteSingle(imu.AngularRateRange);
            w.WriteInt64(imu.MaxSamplesPerFrame);
        }

        w.WriteArrayHeader(Triggers.Count);
        foreach (BoardTrigger trigger in Triggers)
        {
            w.WriteArrayHeader(3);
            w.WriteInt64(trigger.Channel);
            w.WriteInt64(trigger.MinPeriod.Nanoseconds);
            w.WriteInt64(trigger.MaxPeriod.Nanoseconds);
        }

        return PayloadWriter.End(w);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{FirmwareName} {FirmwareVersion}, board {Uid}, protocol {ProtocolMajor}.{ProtocolMinor}, {TickRateHz} Hz × {TickBits} bits, {Imus.Count} IMU, {Triggers.Count} triggers");

    private static BoardImu[] ReadImus(ref PayloadReader r)
    {
        BoardImu[] imus = new BoardImu[r.Array(WireProtocol.MaxImus)];
        for (int i = 0; i < imus.Length; i++)
        {
            int extra = r.Tuple(6);
            int id = r.Int32(WireProtocol.MaxImus - 1);
            string name = Encoding.UTF8.GetString(r.String(64));
            int[] rates = new int[r.Array(WireProtocol.MaxRates)];
            for (int k = 0; k < rates.Length; k++)
            {
                rates[k] = r.Int32(min: 1);
            }

            imus[i] = new BoardImu(id, name, rates, r.Single(), r.Single(), r.Int32(WireProtocol.MaxSamplesPerFrame, 1));
            r.Skip(extra);
        }

        return imus;
    }

    private static BoardTrigger[] ReadTriggers(ref PayloadReader r)
    {
        BoardTrigger[] triggers = new BoardTrigger[r.Array(WireProtocol.MaxTriggers)];
        for (int i = 0; i < triggers.Length; i++)
        {
            int extra = r.Tuple(3);
            triggers[i] = new BoardTrigger(r.Int32(WireProtocol.MaxTriggers - 1), new(r.Nanoseconds()), new(r.Nanoseconds()));
            r.Skip(extra);
        }

        return triggers;
    }
}
