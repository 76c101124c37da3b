using System.Globalization;

namespace Capture.Devices.Discovery;

/// <summary>A USB root hub: what all devices behind it share.</summary>
/// <param name="Name">As "usb1 (0000:00:14.0)".</param>
/// <param name="MegabitsPerSecond">Signalling rate of the device's own connection: 12, 480, 5000…</param>
public sealed record UsbBus(string Name, double MegabitsPerSecond);

/// <summary>The USB device behind a kernel object, as sysfs tells it.</summary>
internal sealed record UsbPlace(string Vendor, string Product, string? Serial, string BusPath, UsbBus Bus)
{
    /// <summary>Walks up from a class folder, as /sys/class/video4linux/video0; null where no USB device is above it.</summary>
    public static UsbPlace? Behind(string folder)
    {
        string real = new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder;
        for (string? device = Path.GetDirectoryName(real); device is not null && device.Length > 1; device = Path.GetDirectoryName(device))
        {
            if (FirstLine(Path.Combine(device, "idVendor")) is { Length: > 0 } vendor && FirstLine(Path.Combine(device, "idProduct")) is { Length: > 0 } product)
            {
                (string path, UsbBus bus) = Way(device);
                return new UsbPlace(vendor.ToLowerInvariant(), product.ToLowerInvariant(), FirstLine(Path.Combine(device, "serial")) is { Length: > 0 } serial ? serial : null, path, bus);
            }
        }

        return null;
    }

    public LocalIdentity Identify(string model) => new(Vendor, Product, Serial, BusPath, model);

    /// <summary>First line of a small file; null where it is not there, or was unplugged while it was read.</summary>
    public static string? FirstLine(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadLines(path).FirstOrDefault()?.Trim() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // As the kernel's usb_make_path does: the controller's name, and the ports from its root hub on.
    private static (string Path, UsbBus Bus) Way(string device)
    {
        string hub = device;
        while (!Path.GetFileName(hub).StartsWith("usb", StringComparison.Ordinal) && Path.GetDirectoryName(hub) is { Length: > 1 } parent)
        {
            hub = parent;
        }

        string controller = Path.GetFileName(Path.GetDirectoryName(hub) ?? "");
        string ports = FirstLine(Path.Combine(device, "devpath")) ?? Path.GetFileName(device);
        _ = double.TryParse(FirstLine(Path.Combine(device, "speed")), NumberStyles.Float, CultureInfo.InvariantCulture, out double speed);
        return ($"usb-{controller}-{ports}", new UsbBus($"{Path.GetFileName(hub)} ({controller})", speed));
    }
}
