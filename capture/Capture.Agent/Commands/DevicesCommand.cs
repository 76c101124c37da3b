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
        var details = new Option<bool>("--details") { Description = "Also each camera's modes and controls, as rig.yaml takes them." };
        var command = new Command("devices", "Lists serial ports, cameras and microphones of this host.") { json, details };
        command.SetAction(parsed => Trouble.Guard(() => List(parsed.GetValue(json), parsed.GetValue(details))));
        return command;
    }

    private static int List(bool json, bool details)
    {
        IReadOnlyList<LocalDevice> found = new DeviceDiscovery("/").Find();
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(
                found.Select(d => new { kind = d.Kind, address = d.Address, node = d.Node, description = d.Description, trouble = d.Trouble, modes = d.Modes, controls = d.Controls })));
            return ExitCode.Good;
        }

        foreach (LocalDevice device in found)
        {
            Console.WriteLine($"{device.Kind,-11} {device.Address,-44} {device.Description}{(device.Trouble is null ? "" : $"   ({device.Trouble})")}");
            foreach (string line in details ? [.. device.Modes, .. device.Controls.Select(c => "control " + c)] : Array.Empty<string>())
            {
                Console.WriteLine($"{"",-12}{line}");
            }
        }

        if (found.Count == 0)
        {
            Console.WriteLine("No serial port, camera or microphone is attached to this host.");
        }

        Console.WriteLine("Network devices are not searched for: a camera is named by its url, a mocap server by its address.");
        return ExitCode.Good;
    }
}
