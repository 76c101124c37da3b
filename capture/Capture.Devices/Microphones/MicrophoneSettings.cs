using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Devices.Microphones;

/// <summary>An ALSA capture device: <c>kind: microphone</c>.</summary>
public sealed record MicrophoneSettings
{
    public required string Name { get; init; }

    /// <summary>ALSA's name of the device, as "hw:CARD=Array" or a name in asound.conf.</summary>
    public required string Device { get; init; }

    /// <summary>Frames a second; the device must offer exactly this.</summary>
    public required int SampleRateHz { get; init; }

    /// <summary>1–64.</summary>
    public required int Channels { get; init; }

    public required AudioSampleFormat Format { get; init; }

    /// <summary>Length of one row; frames a period = rate × this, rounded down.</summary>
    public int PeriodMs { get; init; } = 10;

    /// <summary>Length of the kernel's buffer asked for; the device may give another.</summary>
    public int BufferMs { get; init; } = 400;

    /// <summary>Declared latency from the sound to the read's return; null where unknown.</summary>
    public LatencyRange? Latency { get; init; }
}
