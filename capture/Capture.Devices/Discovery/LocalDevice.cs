namespace Capture.Devices.Discovery;

/// <summary>A device that the kernel shows on this host.</summary>
/// <param name="Kind">"serial", "camera" or "microphone".</param>
/// <param name="Address">What rig.yaml takes, as <c>/dev/serial/by-id/…</c>, <c>usb:046d:085e:1A2B3C</c> or <c>hw:CARD=Array,DEV=0</c>.</param>
/// <param name="Node">The kernel's node now; changes with the order of plugging.</param>
/// <param name="Description">What the device says of itself.</param>
/// <param name="Trouble">Why it cannot be used as it stands, with the command that mends it; null where it can.</param>
public sealed record LocalDevice(string Kind, string Address, string Node, string Description, string? Trouble)
{
    /// <summary>What a camera can be set to, one line a pixel format, as "mjpeg 1280x720 at 30/15, 640x480 at 30".</summary>
    public IReadOnlyList<string> Modes { get; init; } = [];

    /// <summary>A camera's controls, as "gain 0..255 (now 16)".</summary>
    public IReadOnlyList<string> Controls { get; init; } = [];
}
