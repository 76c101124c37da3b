namespace Capture.Devices.Discovery;

/// <summary>Finds devices by reading what the kernel and udev publish under /dev, /sys and /proc; opens none of them.</summary>
/// <param name="root">"/" on a host; tests give a folder of their own.</param>
public sealed class DeviceDiscovery(string root)
{
    /// <summary>Every serial port, camera and sound card with a capture device, in that order, each by address.</summary>
    public IReadOnlyList<LocalDevice> Find() => [.. SerialPorts(), .. Cameras(), .. Microphones()];

    private string At(string path) => Path.Combine(root, path.TrimStart('/'));

    private IEnumerable<LocalDevice> SerialPorts()
    {
        // udev's links carry the USB serial number and survive replugging; the plain node does not.
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string link in Entries("/dev/serial/by-id"))
        {
            if (new FileInfo(link).ResolveLinkTarget(returnFinalTarget: true) is { } target)
            {
                named[target.Name] = Path.GetFileName(link);
            }
        }

        foreach (string folder in Entries("/sys/class/tty"))
        {
            string name = Path.GetFileName(folder);
            // A tty with a device behind it that is not the platform's own console port.
            if (!Path.Exists(Path.Combine(folder, "device")) || name.StartsWith("ttyS", StringComparison.Ordinal) || !Path.Exists(At("/dev/" + name)))
            {
                continue;
            }

            string node = "/dev/" + name;
            bool stable = named.TryGetValue(name, out string? id);
            yield return new LocalDevice("serial", stable ? "/dev/serial/by-id/" + id : node, node, stable ? id! : "serial port", Access(node, "dialout"));
        }
    }

    private IEnumerable<LocalDevice> Cameras()
    {
        foreach (string folder in Entries("/sys/class/video4linux"))
        {
            string node = "/dev/" + Path.GetFileName(folder);
            yield return new LocalDevice("camera", node, node, FirstLine(Path.Combine(folder, "name")) ?? "video device", Access(node, "video"));
        }
    }

    private IEnumerable<LocalDevice> Microphones()
    {
        foreach (string folder in Entries("/proc/asound").Where(f => Path.GetFileName(f).StartsWith("card", StringComparison.Ordinal)))
        {
            string? card = FirstLine(Path.Combine(folder, "id"));
            if (card is null)
            {
                continue;
            }

            foreach (string pcm in Entries(folder).Where(f => Path.GetFileName(f) is ['p', 'c', 'm', .., 'c']))
            {
                string device = Path.GetFileName(pcm)[3..^1];
                string description = ReadField(Path.Combine(pcm, "info"), "name") ?? card;
                string node = $"/dev/snd/pcmC{Path.GetFileName(folder)[4..]}D{device}c";
                yield return new LocalDevice("microphone", $"hw:CARD={card},DEV={device}", node, description, Access(node, "audio"));
            }
        }
    }

    private string? Access(string node, string group) =>
        AccessNative.MayReadWrite(At(node)) ? null : $"no permission: sudo usermod -aG {group} $USER, then log in anew";

    private IEnumerable<string> Entries(string path)
    {
        string full = path.StartsWith(root, StringComparison.Ordinal) && root != "/" ? path : At(path);
        return Directory.Exists(full) ? Directory.EnumerateFileSystemEntries(full).Order(StringComparer.Ordinal) : [];
    }

    private static string? FirstLine(string path) => File.Exists(path) ? File.ReadLines(path).FirstOrDefault()?.Trim() : null;

    private static string? ReadField(string path, string field) =>
        !File.Exists(path)
            ? null
            : File.ReadLines(path).Select(line => line.Split(':', 2)).FirstOrDefault(parts => parts.Length == 2 && parts[0].Trim() == field)?[1].Trim();
}
