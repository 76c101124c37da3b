using Capture.Core.Time;

namespace Capture.Devices.Mcu;

/// <summary>One trigger line of the board: <c>trigger: {front: 1}</c> in rig.yaml.</summary>
/// <param name="For">The stream whose exposures the line marks.</param>
/// <param name="Channel">The board's channel number.</param>
/// <param name="RateHz">Pulses a second; as a rule the camera's rate.</param>
/// <param name="PulseWidth">How long a pulse is high.</param>
public sealed record BoardTrigger(string For, int Channel, double RateHz, Duration PulseWidth);

/// <summary>A microcontroller with the project's firmware: <c>kind: mcu</c>.</summary>
public sealed record BoardSettings
{
    public required string Name { get; init; }

    /// <summary>Device path of the serial port, or <c>usb:VID:PID[:SERIAL]</c>.</summary>
    public required string Port { get; init; }

    public int Baud { get; init; } = 115_200;

    /// <summary>Trigger lines to run; none leaves all of them still.</summary>
    public IReadOnlyList<BoardTrigger> Triggers { get; init; } = [];

    /// <summary>IMU samples a second; must be one of the board's rates. 0 leaves the IMU still.</summary>
    public int ImuRateHz { get; init; } = 1000;

    /// <summary>IMU samples a frame on the wire; at most what the board says.</summary>
    public int ImuSamplesPerFrame { get; init; } = 5;

    /// <summary>Clock exchanges a second (1–50).</summary>
    public int ExchangesHz { get; init; } = 10;

    public Duration OpenTimeout { get; init; } = Duration.FromSeconds(3);

    /// <summary>A board silent for so long is lost, and its port opened anew.</summary>
    public Duration SilenceTimeout { get; init; } = Duration.FromSeconds(1);
}
