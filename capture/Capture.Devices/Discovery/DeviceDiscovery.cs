using Capture.Devices.Cameras.V4l2;
using Capture.Devices.Microphones;

namespace Capture.Devices.Discovery;

/// <summary>Finds devices by what the kernel and udev publish under /dev, /sys and /proc. Cameras are asked what they can do; nothing else is opened.</summary>
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
        IReadOnlyList<FoundCamera> found = new CameraFinder(KernelV4l2.Instance, root).Find();
        foreach (FoundCamera camera in found)
        {
            (IReadOnlyList<string> modes, IReadOnlyList<string> controls) = CameraFacts.Of(KernelV4l2.Instance, camera, root);
            yield return new LocalDevice(
                "camera",
                camera.Identity.AddressAmong(found.Select(f => f.Identity)),
                camera.Node,
                $"{camera.Identity.Model} at {camera.Identity.BusPath}",
                Access(camera.Node, "video"))
            {
                Modes = modes,
                Controls = controls,
            };
        }
    }

    private IEnumerable<LocalDevice> Microphones()
    {
        IReadOnlyList<FoundCard> found = new SoundCards(root).Find();
        foreach (FoundCard card in found)
        {
            foreach (int device in card.Devices)
            {
                // The usb address names the first capture device of a card.
                bool usb = card.Identity.Vendor is not null && device == card.Devices[0];
                string node = $"/dev/snd/pcmC{card.Number}D{device}c";
                yield return new LocalDevice(
                    "microphone",
                    usb ? card.Identity.AddressAmong(found.Select(f => f.Identity)) : $"hw:CARD={card.Id},DEV={device}",
                    node,
                    usb ? $"{card.Identity.Model} at {card.Identity.BusPath} (hw:CARD={card.Id},DEV={device})" : card.Identity.Model,
                    Access(node, "audio"));
            }
        }
    }

    private string? Access(string node, string group) =>
        AccessNative.MayReadWrite(At(node)) ? null : $"no permission: {AccessRemedy.For(node, group)}";

    private IEnumerable<string> Entries(string path)
    {
        string full = path.StartsWith(root, StringComparison.Ordinal) && root != "/" ? path : At(path);
        return Directory.Exists(full) ? Directory.EnumerateFileSystemEntries(full).Order(StringComparer.Ordinal) : [];
    }
}
