using System.Globalization;
using Capture.Devices.Discovery;

namespace Capture.Devices.Cameras.V4l2;

/// <summary>A video node that gives pictures.</summary>
/// <param name="Node">As /dev/video0; changes with the order of plugging.</param>
/// <param name="OpenError">0, or −errno where the node could not be asked.</param>
/// <param name="Bus">The USB bus that carries it; null elsewhere.</param>
internal sealed record FoundCamera(string Node, LocalIdentity Identity, string Driver, int OpenError, UsbBus? Bus);

/// <summary>Finds the cameras of this host and says who they are: sysfs for the USB device behind a node, QUERYCAP for what the node can do.</summary>
/// <param name="root">"/" on a host; tests give a folder of their own.</param>
internal sealed class CameraFinder(IV4l2 kernel, string root = "/")
{
    /// <summary>Every node that captures pictures, in the order of their numbers. A metadata node or an output is none.</summary>
    public IReadOnlyList<FoundCamera> Find()
    {
        string classes = Path.Combine(root, "sys/class/video4linux");
        var found = new List<FoundCamera>();
        if (!Directory.Exists(classes))
        {
            return found;
        }

        IEnumerable<string> names = Directory.EnumerateFileSystemEntries(classes).Select(Path.GetFileName).OfType<string>()
            .Where(n => n.StartsWith("video", StringComparison.Ordinal) && int.TryParse(n.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out _));
        foreach (string name in names.OrderBy(n => int.Parse(n.AsSpan(5), CultureInfo.InvariantCulture)))
        {
            if (Look(Path.Combine(classes, name), "/dev/" + name) is { } camera)
            {
                int before = found.Count(f => f.Identity.BusPath.Split('+')[0] == camera.Identity.BusPath);
                found.Add(before == 0 ? camera : camera with { Identity = camera.Identity with { BusPath = $"{camera.Identity.BusPath}+{before}" } });
            }
        }

        return found;
    }

    /// <summary>The one camera that an address names.</summary>
    /// <exception cref="DeviceException">There is none, or several.</exception>
    public FoundCamera Resolve(LocalAddress address)
    {
        IReadOnlyList<FoundCamera> all = Find();
        if (address.Node is { } node)
        {
            string full = Path.Combine(root, node.TrimStart('/'));
            string target = (File.Exists(full) ? new FileInfo(full).ResolveLinkTarget(returnFinalTarget: true)?.FullName : null) ?? full;
            return all.FirstOrDefault(c => Path.GetFileName(c.Node) == Path.GetFileName(target))
                ?? throw (File.Exists(full)
                    ? new DeviceException(DeviceTrouble.Unsupported, "this node gives no pictures (a metadata node or an output)", node, "Run `capture devices` to see which node does.")
                    : NotFound(address, all));
        }

        FoundCamera[] fitting = [.. all.Where(c => address.Fits(c.Identity))];
        return fitting switch
        {
            [FoundCamera one] => one,
            [] => throw NotFound(address, all),
            _ => throw new DeviceException(DeviceTrouble.Refused, $"{fitting.Length} cameras have this address, and nothing tells them apart but where they are plugged in", address.Text, $"Use one of: {Addresses(fitting, all)}"),
        };
    }

    /// <summary>
    /// The same camera again, after it was away: by its serial number wherever it is plugged in now; by its place where it has none, or where the number was not its own. Null
    /// while it is not there.
    /// </summary>
    /// <param name="serialIsItsOwn">No other camera beside it had the same number when it was opened.</param>
    /// <exception cref="DeviceException">Another camera is in its place.</exception>
    public FoundCamera? FindAgain(LocalIdentity before, bool serialIsItsOwn, string where)
    {
        IReadOnlyList<FoundCamera> all = Find();
        FoundCamera[] same = [.. all.Where(c => c.Identity.SameDevice(before))];
        FoundCamera? inPlace = same.FirstOrDefault(c => c.Identity.BusPath == before.BusPath);
        if (inPlace is not null)
        {
            return inPlace;
        }

        if (before.Serial is not null && serialIsItsOwn && same is [FoundCamera moved])
        {
            return moved;
        }

        // A node that cannot be asked yet (udev has not given it its group) is not taken for another camera.
        FoundCamera? other = all.FirstOrDefault(c => c.Identity.BusPath == before.BusPath && c.OpenError == 0);
        return other is null
            ? null
            : throw new DeviceException(DeviceTrouble.Refused, $"another camera is plugged in where {before} was: {other.Identity}", where, "Plug the right one in, or name the new one in rig.yaml and record anew.");
    }

    private static DeviceException NotFound(LocalAddress address, IReadOnlyList<FoundCamera> all) => new(
        DeviceTrouble.NotFound,
        "no such camera is plugged in",
        address.Text,
        all.Count == 0 ? "This host shows no camera at all: check the cable, and `lsusb`." : $"Cameras here: {Addresses(all, all)}");

    private static string Addresses(IEnumerable<FoundCamera> some, IReadOnlyList<FoundCamera> all) =>
        string.Join(", ", some.Select(c => $"{c.Identity.AddressAmong(all.Select(a => a.Identity))} ({c.Identity.Model}, {c.Node})"));

    private FoundCamera? Look(string folder, string node)
    {
        int error = kernel.Open(Path.Combine(root, node.TrimStart('/')), out IV4l2Node? opened);
        V4l2Capability capability = default;
        using (opened)
        {
            error = opened?.Control(V4l2Codes.QueryCapability, ref capability) ?? error;
        }

        if (error == 0)
        {
            uint can = (capability.Capabilities & V4l2Codes.CapDeviceCaps) != 0 ? capability.DeviceCaps : capability.Capabilities;
            if ((can & V4l2Codes.CapVideoCapture) == 0 || (can & V4l2Codes.CapStreaming) == 0)
            {
                return null;
            }
        }
        else if (error is V4l2Codes.NoEntry or V4l2Codes.NoDevice or V4l2Codes.NoDeviceOrAddress || UsbPlace.FirstLine(Path.Combine(folder, "index")) is not (null or "0"))
        {
            // On its way out; or a further node of a camera that cannot be asked: its first one stands for it.
            return null;
        }

        string model = error == 0 ? capability.Card.ToString() : UsbPlace.FirstLine(Path.Combine(folder, "name")) ?? "video device";
        if (UsbPlace.Behind(folder) is { } usb)
        {
            return new FoundCamera(node, usb.Identify(model), capability.Driver.ToString(), error, usb.Bus);
        }

        string busInfo = capability.BusInfo.ToString();
        return new FoundCamera(node, new LocalIdentity(null, null, null, busInfo.Length > 0 ? busInfo : node, model), capability.Driver.ToString(), error, null);
    }
}
