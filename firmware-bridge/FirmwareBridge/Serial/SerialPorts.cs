namespace FirmwareBridge.Serial;

/// <summary>A serial port of this machine.</summary>
/// <param name="Path">/dev/ttyACM0</param>
/// <param name="UsbId">"usb:VENDOR:PRODUCT:SERIAL" as rig.yaml names it (the serial may be empty); null when it is no USB device.</param>
/// <param name="Description">What its maker calls it; empty when unknown.</param>
public sealed record SerialPortEntry(string Path, string? UsbId, string Description);

/// <summary>Which ports there are, from sysfs.</summary>
public static class SerialPorts
{
    /// <summary>Ports with a device behind them, sorted by path. Empty where sysfs is missing.</summary>
    public static IReadOnlyList<SerialPortEntry> List(string sysfs = "/sys/class/tty")
    {
        List<SerialPortEntry> ports = [];
        if (Directory.Exists(sysfs))
        {
            foreach (string entry in Directory.EnumerateFileSystemEntries(sysfs).Order(StringComparer.Ordinal))
            {
                string device = Path.Combine(entry, "device");
                if (Directory.Exists(device) && !IsUnusedUart(entry))
                {
                    ports.Add(Describe(Path.GetFileName(entry), device));
                }
            }
        }

        return ports;
    }

    /// <summary>A path stays what it is; "usb:VENDOR:PRODUCT[:SERIAL]" becomes the path of the only port that fits.</summary>
    /// <exception cref="SerialPortException">No port fits, or several do.</exception>
    public static string Resolve(string port, string sysfs = "/sys/class/tty")
    {
        if (!port.StartsWith("usb:", StringComparison.Ordinal))
        {
            return port;
        }

        SerialPortEntry[] fitting = [.. List(sysfs).Where(p => p.UsbId is not null && (p.UsbId.Equals(port, StringComparison.OrdinalIgnoreCase) || p.UsbId.StartsWith(port + ":", StringComparison.OrdinalIgnoreCase)))];
        return fitting.Length switch
        {
            1 => fitting[0].Path,
            0 => throw new SerialPortException(SerialFault.NotFound, port, $"{port}: no such port. Is the board plugged in? `capture devices` lists the ports."),
            _ => throw new SerialPortException(SerialFault.NotFound, port, $"{port}: fits {string.Join(", ", fitting.Select(p => $"{p.Path} ({p.UsbId})"))}. Name one of them."),
        };
    }

    private static SerialPortEntry Describe(string name, string device)
    {
        // The tty hangs below the USB interface, which hangs below the device that has the ids: one to three folders up.
        DirectoryInfo? folder = new DirectoryInfo(device).ResolveLinkTarget(returnFinalTarget: true) as DirectoryInfo ?? new DirectoryInfo(device);
        for (int up = 0; up < 4 && folder is not null; up++, folder = folder.Parent)
        {
            string vendor = Line(folder, "idVendor");
            if (vendor.Length > 0)
            {
                string description = $"{Line(folder, "manufacturer")} {Line(folder, "product")}".Trim();
                return new SerialPortEntry($"/dev/{name}", $"usb:{vendor}:{Line(folder, "idProduct")}:{Line(folder, "serial")}", description);
            }
        }

        return new SerialPortEntry($"/dev/{name}", null, "");
    }

    /// <summary>The 8250 driver lists ports that no chip answers behind: their type is 0.</summary>
    private static bool IsUnusedUart(string entry) => Line(new DirectoryInfo(entry), "type") == "0";

    private static string Line(DirectoryInfo folder, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder.FullName, file)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
