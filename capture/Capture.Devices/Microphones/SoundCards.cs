using System.Globalization;
using Capture.Devices.Discovery;

namespace Capture.Devices.Microphones;

/// <summary>A sound card that records.</summary>
/// <param name="Number">The kernel's number; changes with the order of plugging. Likewise the <paramref name="Id"/> of two cards of one make.</param>
/// <param name="Devices">Numbers of its capture devices.</param>
internal sealed record FoundCard(int Number, string Id, LocalIdentity Identity, IReadOnlyList<int> Devices);

/// <summary>Finds the sound cards of this host and says who they are, by sysfs; opens none.</summary>
internal sealed class SoundCards(string root = "/")
{
    public IReadOnlyList<FoundCard> Find()
    {
        string classes = Path.Combine(root, "sys/class/sound");
        return !Directory.Exists(classes) ? [] : [.. Directory.EnumerateFileSystemEntries(classes)
            .Select(folder => (Folder: folder, Number: NumberBehind(Path.GetFileName(folder), "card")))
            .Where(card => card.Number is not null)
            .OrderBy(card => card.Number)
            .Select(card => Look(card.Folder, card.Number!.Value))
            .OfType<FoundCard>()];
    }

    /// <summary>The card that a usb address names.</summary>
    /// <exception cref="DeviceException">There is none, or several.</exception>
    public FoundCard Resolve(LocalAddress address)
    {
        IReadOnlyList<FoundCard> all = Find();
        FoundCard[] fitting = [.. all.Where(c => address.Fits(c.Identity))];
        return fitting switch
        {
            [FoundCard one] => one,
            [] => throw new DeviceException(DeviceTrouble.NotFound, "no such microphone is plugged in", address.Text, all.Count == 0 ? "This host has no sound card that records: check the cable, and `lsusb`." : $"Here are: {Addresses(all, all)}"),
            _ => throw new DeviceException(DeviceTrouble.Refused, $"{fitting.Length} microphones have this address, and nothing tells them apart but where they are plugged in", address.Text, $"Use one of: {Addresses(fitting, all)}"),
        };
    }

    /// <summary>The card that an ALSA name means (hw:1, hw:CARD=Array,DEV=0, plughw:…); null for the name of a plugin.</summary>
    public FoundCard? Behind(string alsaName)
    {
        int colon = alsaName.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || alsaName[..colon] is not ("hw" or "plughw" or "dsnoop"))
        {
            return null;
        }

        string card = alsaName[(colon + 1)..].Split(',')[0];
        card = card.StartsWith("CARD=", StringComparison.Ordinal) ? card[5..] : card;
        return Find().FirstOrDefault(c => c.Id == card || c.Number.ToString(CultureInfo.InvariantCulture) == card);
    }

    /// <summary>The same card again, by its serial number wherever it is plugged in now, else by its place; null while it is away.</summary>
    /// <exception cref="DeviceException">Another card is in its place.</exception>
    public FoundCard? FindAgain(LocalIdentity before, bool serialIsItsOwn, string where)
    {
        IReadOnlyList<FoundCard> all = Find();
        FoundCard[] same = [.. all.Where(c => c.Identity.SameDevice(before))];
        FoundCard? again = same.FirstOrDefault(c => c.Identity.BusPath == before.BusPath) ?? (before.Serial is not null && serialIsItsOwn && same is [FoundCard moved] ? moved : null);
        return again is null && all.FirstOrDefault(c => c.Identity.BusPath == before.BusPath) is { } other
            ? throw new DeviceException(DeviceTrouble.Refused, $"another microphone is plugged in where {before} was: {other.Identity}", where, "Plug the right one in, or name the new one in rig.yaml and record anew.")
            : again;
    }

    private static string Addresses(IEnumerable<FoundCard> some, IReadOnlyList<FoundCard> all) =>
        string.Join(", ", some.Select(c => $"{(c.Identity.Vendor is null ? $"hw:CARD={c.Id}" : c.Identity.AddressAmong(all.Select(a => a.Identity)))} ({c.Identity.Model})"));

    private FoundCard? Look(string folder, int number)
    {
        string id = UsbPlace.FirstLine(Path.Combine(folder, "id")) ?? number.ToString(CultureInfo.InvariantCulture);
        if (!Directory.Exists(folder))
        {
            return null;
        }

        string prefix = $"pcmC{number}D";
        int[] devices = [.. Directory.EnumerateFileSystemEntries(folder)
            .Select(Path.GetFileName).OfType<string>()
            .Where(n => n.StartsWith(prefix, StringComparison.Ordinal) && n.EndsWith('c'))
            .Select(n => NumberBehind(n[..^1], prefix)).OfType<int>().Order()];
        string model = NameOf(Path.Combine(root, $"proc/asound/card{number}/pcm{devices.FirstOrDefault()}c/info")) ?? id;
        return devices.Length == 0 ? null : new FoundCard(number, id, UsbPlace.Behind(folder)?.Identify(model) ?? new LocalIdentity(null, null, null, "card:" + id, model), devices);
    }

    private static string? NameOf(string info)
    {
        try
        {
            return !File.Exists(info) ? null : File.ReadLines(info).Select(line => line.Split(':', 2)).FirstOrDefault(parts => parts.Length == 2 && parts[0].Trim() == "name")?[1].Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static int? NumberBehind(string? name, string prefix) =>
        name is not null && name.StartsWith(prefix, StringComparison.Ordinal) && int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
