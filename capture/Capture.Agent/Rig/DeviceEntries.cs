using System.Globalization;
using Capture.Agent.Encoders;
using Capture.Devices.Cameras;

namespace Capture.Agent.Rig;

/// <summary>Reads one entry under <c>streams:</c>. A new kind of device is one line in <see cref="Read"/> and one method.</summary>
internal static class DeviceEntries
{
    private const int MaxPort = 65_535;

    public static DeviceEntry? Read(YamlScalar name, Section entry, Func<string, string> resolve)
    {
        string kind = entry.RequiredText("kind", "one of camera, microphone, mocap, mcu, robot");
        DeviceEntry? device = kind switch
        {
            "camera" => Camera(name, entry, resolve),
            "microphone" => Microphone(name, entry),
            "mocap" => Mocap(name, entry),
            "mcu" => Board(name, entry, resolve),
            "robot" => Robot(name, entry, resolve),
            _ => null,
        };
        if (device is not null)
        {
            entry.Finish();
        }
        else if (kind.Length > 0)
        {
            entry.Complain("kind", $"'{kind}' is not known: expected one of camera, microphone, mocap, mcu, robot");
        }

        return device;
    }

    private static CameraEntry Camera(YamlScalar name, Section entry, Func<string, string> resolve)
    {
        string? device = entry.Text("device", "a camera of this host, as `capture devices` lists it");
        string? url = entry.Text("url", "the address of a camera in the network, as \"http://127.0.0.1:8101/stream\"");
        (int Width, int Height)? size = Size(entry, "size");
        EncodeOptions? encode = EncodeEntry.Read(entry);
        var request = new CameraRequest
        {
            Name = name.Text,
            Device = device,
            Url = Uri.TryCreate(url, UriKind.Absolute, out Uri? address) ? address : null,
            Format = entry.Text("format", "a pixel format, as mjpeg"),
            WidthPx = size?.Width,
            HeightPx = size?.Height,
            RateHz = entry.Number("fps", "Hz", 0.1, 1000),
            Latency = Latency(entry) is { } latency ? latency.ToRange() : null,
            Controls = Controls(entry.Child("controls")),
            UserVariable = entry.Text("user_env", "the name of an environment variable"),
            PasswordVariable = entry.Text("password_env", "the name of an environment variable"),
            Pace = entry.Text("pace", "realtime or fast"),
            Folder = resolve("."),
            KeepsRaw = encode is not null,
        };
        if (entry.Has("device") == entry.Has("url"))
        {
            string key = entry.Has("url") ? "url" : "device";
            entry.Complain(key, $"{(entry.Has("url") ? "there is a device as well: expected one of the two" : "missing: expected")} {CameraKinds.Examples}");
        }
        else if (address?.UserInfo.Length > 0)
        {
            entry.Complain("url", "holds a user or password: name environment variables instead, as `user_env: CAMERA_USER`, `password_env: CAMERA_PASSWORD`");
        }
        else if (CameraKinds.For(request) is { } kind)
        {
            foreach ((string key, string problem) in kind.Check(request))
            {
                entry.Complain(key, problem);
            }
        }
        else if (url is not null)
        {
            entry.Complain("url", $"'{Redacted(url)}' is no address of a camera: expected {CameraKinds.Examples}");
        }

        return new CameraEntry(name.Text, name.Line, request) { Watch = WatchEntries.Camera(entry), Encode = encode };
    }

    private static Dictionary<string, string> Controls(Section? section)
    {
        var controls = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (KeyValuePair<YamlScalar, YamlValue> entry in section?.Entries ?? [])
        {
            if (section!.Text(entry.Key.Text, "a number, or a menu's entry") is { } value)
            {
                controls[entry.Key.Text] = value;
            }
        }

        return controls;
    }

    private static MicrophoneEntry Microphone(YamlScalar name, Section entry) => new(
        name.Text,
        name.Line,
        entry.RequiredText("device", "a microphone as `capture devices` lists it, as \"usb:2886:0018:A1\" or \"hw:CARD=Array\""),
        entry.Integer("rate", "Hz", 8_000, 192_000) ?? 48_000,
        entry.Integer("channels", "channels", 1, 32) ?? 1,
        entry.OneOf("sample", "s16", "s16", "s24", "s32", "f32"),
        Latency(entry)) { Watch = WatchEntries.Microphone(entry) };

    private static MocapEntry Mocap(YamlScalar name, Section entry)
    {
        _ = entry.OneOf("protocol", "natnet", "natnet");
        IReadOnlyList<string> bodies = entry.TextList("bodies", "a list of the rigid bodies' names, as [gripper, cube]");
        if (bodies.Distinct(StringComparer.Ordinal).Count() != bodies.Count)
        {
            entry.Complain("bodies", "a body stands twice");
        }

        return new MocapEntry(
            name.Text,
            name.Line,
            entry.RequiredText("server", "the server's address, as 192.168.1.20"),
            entry.Integer("command_port", "(a UDP port)", 1, MaxPort) ?? 1510,
            entry.Integer("data_port", "(a UDP port)", 1, MaxPort),
            entry.Text("local", "the address of this host's interface"),
            bodies);
    }

    private static BoardEntry Board(YamlScalar name, Section entry, Func<string, string> resolve)
    {
        var triggers = new Dictionary<string, int>(StringComparer.Ordinal);
        if (entry.Child("trigger") is { } trigger)
        {
            foreach (KeyValuePair<YamlScalar, YamlValue> line in trigger.Entries)
            {
                triggers[line.Key.Text] = trigger.RequiredInteger(line.Key.Text, "(a trigger channel)", 0, 31);
            }
        }

        return new BoardEntry(
            name.Text, name.Line, SerialPort(entry, resolve), entry.Integer("imu_rate", "Hz", 1, 8_000) ?? 1_000, triggers);
    }

    private static RobotEntry Robot(YamlScalar name, Section entry, Func<string, string> resolve)
    {
        _ = entry.OneOf("protocol", "dynamixel", "dynamixel");
        string model = entry.RequiredText("model", "the arm's file, as ./arms/koch.yaml");
        ArmFile arm = new(model, "", [], null);
        if (model.Length > 0)
        {
            try
            {
                arm = ArmReader.Read(resolve(model));
            }
            catch (RigException e)
            {
                foreach (RigProblem problem in e.Problems)
                {
                    entry.Complain("model", problem.ToString());
                }
            }
        }

        return new RobotEntry(
            name.Text,
            name.Line,
            SerialPort(entry, resolve),
            entry.Integer("baud", "bit/s", 9_600, 4_500_000) ?? 1_000_000,
            arm,
            entry.Number("rate", "Hz", 1, 1_000) ?? 100,
            entry.OneOf("role", "follower", "leader", "follower") == "follower");
    }

    private static string SerialPort(Section entry, Func<string, string> resolve)
    {
        string port = entry.RequiredText("port", "a serial port, as /dev/ttyUSB0");
        if (port.StartsWith("usb:", StringComparison.Ordinal))
        {
            entry.Complain("port", "this version finds no port by USB serial number: expected a path, as /dev/serial/by-id/…");
        }

        return port.Length > 0 ? resolve(port) : port;
    }

    private static LatencyOption? Latency(Section entry)
    {
        if (entry.Child("latency_ms") is not { } latency)
        {
            return null;
        }

        double? min = latency.Number("min", "ms", 0, 10_000);
        double? max = latency.Number("max", "ms", 0, 10_000);
        latency.Finish();
        if (min is null || max is null)
        {
            if (!latency.Has("min") || !latency.Has("max"))
            {
                entry.Complain("latency_ms", "expected both ends, as {min: 5, max: 40}");
            }

            return null;
        }

        if (min > max)
        {
            entry.Complain("latency_ms", string.Create(CultureInfo.InvariantCulture, $"min {min} is beyond max {max}"));
            return null;
        }

        return new LatencyOption(min.Value, max.Value);
    }

    private static (int Width, int Height)? Size(Section entry, string key)
    {
        const string Expected = "width x height in pixels, as 640x480";
        if (entry.Text(key, Expected) is not { } text)
        {
            return null;
        }

        string[] parts = text.Split('x');
        if (parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int width) && width is > 0 and <= 16_384
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int height) && height is > 0 and <= 16_384)
        {
            return (width, height);
        }

        entry.Complain(key, $"'{text}' is no size: expected {Expected}");
        return null;
    }

    private static string Redacted(string url)
    {
        int at = url.IndexOf('@', StringComparison.Ordinal);
        int slashes = url.IndexOf("//", StringComparison.Ordinal);
        return at > 0 && slashes >= 0 && slashes < at ? string.Concat(url.AsSpan(0, slashes + 2), "***", url.AsSpan(at)) : url;
    }
}
