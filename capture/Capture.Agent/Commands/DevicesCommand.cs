using System.CommandLine;
using System.Text.Json;
using Capture.Devices.Discovery;

namespace Capture.Agent.Commands;

/// <summary><c>capture devices</c>: what the kernel shows, by the names that rig.yaml takes.</summary>
internal static class DevicesCommand
{
    public static Command Create()
    {
        var json = Options.Json();
        var command = new Command("devices", "Lists serial ports, cameras and microphones of this host.") { json };
        command.SetAction(parsed => Trouble.Guard(() => List(parsed.GetValue(json))));
        return command;
    }

    private static int List(bool json)
    {
        IReadOnlyList<LocalDevice> found = new DeviceDiscovery("/").Find();
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(
                found.Select(d => new { kind = d.Kind, address = d.Address, node = d.Node, description = d.Description, trouble = d.Trouble })));
            return ExitCode.Good;
        }

        foreach (LocalDevice device in found)
        {
            Console.WriteLine($"{device.Kind,-11} {device.Address,-44} {device.Description}{(device.Trouble is null ? "" : $"   ({device.Trouble})")}");
        }

        if (found.Count == 0)
        {
            Console.WriteLine("No serial port, camera or microphone is attached to this host.");
        }

        Console.WriteLine("Network devices are not searched for: a camera is named by its url, a mocap server by its address.");
        return ExitCode.Good;
    }
}
