using Capture.Core.Time;

namespace Capture.Devices.Microphones;

/// <summary>What a microphone gives for a sample.</summary>
public enum SampleWidth
{
    S16,

    /// <summary>24 bits, packed in three bytes or in four; recorded as 32 bits whose lowest byte is 0.</summary>
    S24,

    S32,

    F32,
}

/// <summary>An ALSA capture device: <c>kind: microphone</c>.</summary>
public sealed record MicrophoneSettings
{
    public required string Name { get; init; }

    /// <summary>"usb:VENDOR:PRODUCT[:SERIAL][@PATH]", which stays the same over replugging, or ALSA's name, as "hw:CARD=Array" or a name in asound.conf.</summary>
    public required string Device { get; init; }

    /// <summary>Frames a second; the device must offer exactly this.</summary>
    public required int SampleRateHz { get; init; }

    /// <summary>1–64.</summary>
    public required int Channels { get; init; }

    public required SampleWidth Samples { get; init; }

    /// <summary>Length of one row; frames a period = rate × this, rounded down.</summary>
    public int PeriodMs { get; init; } = 10;

    /// <summary>Length of the kernel's buffer asked for; the device may give another.</summary>
    public int BufferMs { get; init; } = 1000;

    /// <summary>Declared latency from the sound to the stamp (the driver's, or the read's return behind a plugin); null where unknown.</summary>
    public LatencyRange? Latency { get; init; }
}
