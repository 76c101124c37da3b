using Capture.Core.Time;

namespace FirmwareBridge.Board;

/// <summary>An IMU to run.</summary>
/// <param name="RateHz">One that the board offers.</param>
/// <param name="SamplesPerFrame">1 to 10: at 1 kHz, 5 delay a sample by up to 4 ms and need 40 kB/s.</param>
public sealed record ImuSetting(int Imu = 0, int RateHz = 1000, int SamplesPerFrame = 5);

/// <summary>A trigger line to run: rising edges at phase + n · period of the board's clock.</summary>
public sealed record TriggerSetting(int Channel, Duration Period, Duration Phase, Duration Width)
{
    /// <summary>Pulses a second, high for <paramref name="width"/> (default 5 ms).</summary>
    public static TriggerSetting AtRate(int channel, int hz, Duration? width = null) =>
        new(channel, new Duration(1_000_000_000 / hz), Duration.Zero, width ?? Duration.FromMilliseconds(5));
}

/// <summary>How to talk to one board.</summary>
public sealed record BoardLinkOptions
{
    /// <summary>A path, or "usb:VENDOR:PRODUCT[:SERIAL]".</summary>
    public required string Port { get; init; }

    /// <summary>Bits a second; USB CDC ignores it.</summary>
    public int Baud { get; init; } = 115_200;

    /// <summary>The uid that the board must have, hexadecimal; null: any board.</summary>
    public string? ExpectedUid { get; init; }

    public IReadOnlyList<ImuSetting> Imus { get; init; } = [];

    public IReadOnlyList<TriggerSetting> Triggers { get; init; } = [];

    /// <summary>How long <see cref="BoardLink.Open"/> waits for the board's first answer.</summary>
    public Duration HelloTimeout { get; init; } = Duration.FromSeconds(2);

    /// <summary>A request without an answer is repeated after this long.</summary>
    public Duration RequestTimeout { get; init; } = Duration.FromMilliseconds(300);

    /// <summary>Mean distance of two clock exchanges; the actual one varies by a tenth, so that it does not beat with the board's streams.</summary>
    public Duration ClockEvery { get; init; } = Duration.FromMilliseconds(100);

    /// <summary>An exchange without an answer is reported as lost after this long.</summary>
    public Duration ClockTimeout { get; init; } = Duration.FromMilliseconds(500);
}

/// <summary>A board could not be reached, or is not what the settings ask for. The message says what and what to do.</summary>
public sealed class BoardLinkException(string message) : IOException(message);
