namespace Capture.Devices.Discovery;

/// <summary>Which camera or sound card it is, whatever the kernel calls it today.</summary>
/// <param name="Vendor">USB vendor, four lower-case hex digits; null where it is no USB device. Likewise <paramref name="Product"/>.</param>
/// <param name="Serial">USB serial number as the device tells it; null where it tells none.</param>
/// <param name="BusPath">
/// Where it is plugged in: the kernel's bus info, as <c>usb-0000:00:14.0-2.1</c> or <c>platform:vivid-000</c>; a second camera in the same device has <c>+1</c> behind it. Survives a
/// reboot; changes with the socket.
/// </param>
/// <param name="Model">The driver's name of it.</param>
public sealed record LocalIdentity(string? Vendor, string? Product, string? Serial, string BusPath, string Model)
{
    /// <summary>The shortest address that names this one and none of the others found beside it.</summary>
    public string AddressAmong(IEnumerable<LocalIdentity> found) =>
        Vendor is null ? BusPath
        : Serial is null || found.Count(SameDevice) > 1 ? $"{Usb}@{BusPath}"
        : Usb;

    /// <summary>The same make and serial number: one device that was moved, or two that the maker did not tell apart.</summary>
    public bool SameDevice(LocalIdentity other) => Vendor == other.Vendor && Product == other.Product && Serial == other.Serial && (Vendor is not null || BusPath == other.BusPath);

    public override string ToString() => Vendor is null ? $"{Model} at {BusPath}" : $"{Model} ({Usb}) at {BusPath}";

    private string Usb => Serial is null ? $"usb:{Vendor}:{Product}" : $"usb:{Vendor}:{Product}:{Serial}";
}

/// <summary>A device of this host as rig.yaml names it: a node or link under /dev, <c>usb:VENDOR:PRODUCT[:SERIAL][@PATH]</c>, or the bus path of one that is not on USB.</summary>
public sealed record LocalAddress
{
    private LocalAddress(string text) => Text = text;

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>Path of a node or of a link to one; null for the other forms.</summary>
    public string? Node { get; private init; }

    private string? Vendor { get; init; }

    private string? Product { get; init; }

    private string? Serial { get; init; }

    private string? BusPath { get; init; }

    /// <summary>Null, with what was expected, for a text that is no address.</summary>
    public static LocalAddress? Parse(string text, out string? problem)
    {
        problem = null;
        if (text.StartsWith('/'))
        {
            return new LocalAddress(text) { Node = text };
        }

        if (!text.StartsWith("usb:", StringComparison.Ordinal))
        {
            problem = text.Length > 0 && !text.Any(char.IsWhiteSpace) ? null : "it is no address of a device";
            return problem is null ? new LocalAddress(text) { BusPath = text } : null;
        }

        int at = text.LastIndexOf('@');
        string[] parts = (at < 0 ? text : text[..at]).Split(':', 4);
        if (parts.Length < 3 || !IsHex(parts[1]) || !IsHex(parts[2]) || parts is [_, _, _, ""] || at == text.Length - 1)
        {
            problem = "expected usb:VENDOR:PRODUCT:SERIAL, vendor and product as four hex digits, as usb:046d:085e:1A2B3C, or usb:046d:085e@usb-0000:00:14.0-2";
            return null;
        }

        return new LocalAddress(text)
        {
            Vendor = parts[1].ToLowerInvariant(),
            Product = parts[2].ToLowerInvariant(),
            Serial = parts.Length == 4 ? parts[3] : null,
            BusPath = at < 0 ? null : text[(at + 1)..],
        };
    }

    /// <summary>True where everything that the address says fits. An address of a node says nothing of who is behind it.</summary>
    public bool Fits(LocalIdentity device) =>
        (Vendor is null || Vendor == device.Vendor)
        && (Product is null || Product == device.Product)
        && (Serial is null || Serial == device.Serial)
        && (BusPath is null || BusPath == device.BusPath);

    private static bool IsHex(string text) => text.Length == 4 && text.All(char.IsAsciiHexDigit);
}
