using Capture.Devices.Discovery;

namespace Capture.Devices;

/// <summary>What a source asks of the USB bus that it is on.</summary>
/// <param name="BytesPerSecond">On the wire, without the bus's own overhead.</param>
/// <param name="Exact">False where the device compresses, and the size of its pictures is an estimate.</param>
public sealed record BusDemand(string Source, UsbBus Bus, double BytesPerSecond, bool Exact);

/// <summary>A source that shares a bus with others.</summary>
public interface IBusUser
{
    /// <summary>Known once the source is open; null where no bus is shared.</summary>
    BusDemand? Demand { get; }
}
