using System.Globalization;
using System.Text;

namespace Capture.Devices.Cameras.V4l2;

/// <summary>A control of a camera.</summary>
/// <param name="Name">The driver's name in lower case with underscores, as v4l2-ctl shows it.</param>
internal sealed record CameraControl(uint Id, string Name, uint Type, int Minimum, int Maximum, int Step, uint Flags)
{
    public bool HasValue => (Flags & (V4l2Codes.ControlDisabled | V4l2Codes.ControlWriteOnly)) == 0
        && Type is V4l2Codes.ControlInteger or V4l2Codes.ControlBoolean or V4l2Codes.ControlMenu or V4l2Codes.ControlIntegerMenu;
}

/// <summary>A control that was set for this recording, and the value that the camera took.</summary>
internal readonly record struct HeldControl(uint Id, string Name, int Value);

/// <summary>Lists, sets and reads the controls of a camera.</summary>
internal static class CameraControls
{
    private const int MostControls = 256;
    private const int ExposureManual = 1;
    private const string ExposureMicroseconds = "exposure_us";

    // V4L2 gives the exposure in units of 100 µs.
    private const int ExposureUnitUs = 100;

    // What must be off before a value of one's own is taken.
    private static readonly (uint Value, uint Automatic, int Off)[] s_automatics =
    [
        (V4l2Codes.ExposureAbsolute, V4l2Codes.ExposureAuto, ExposureManual),
        (V4l2Codes.Gain, V4l2Codes.AutoGain, 0),
        (V4l2Codes.WhiteBalanceTemperature, V4l2Codes.AutoWhiteBalance, 0),
        (V4l2Codes.FocusAbsolute, V4l2Codes.FocusAuto, 0),
    ];

    public static IReadOnlyList<CameraControl> List(IV4l2Node node)
    {
        var controls = new List<CameraControl>();
        var query = new V4l2QueryControl { Id = V4l2Codes.ControlNext };
        while (controls.Count < MostControls && node.Control(V4l2Codes.QueryControl, ref query) == 0)
        {
            controls.Add(new CameraControl(query.Id, Normal(query.Name.ToString()), query.Type, query.Minimum, query.Maximum, query.Step, query.Flags));
            query = new V4l2QueryControl { Id = query.Id | V4l2Codes.ControlNext };
        }

        return controls;
    }

    /// <summary>Sets what is wished and gives what the camera took; automatics that would undo it are switched off first.</summary>
    /// <exception cref="DeviceException">A control is not there, or does not take the value.</exception>
    public static IReadOnlyList<HeldControl> Apply(IV4l2Node node, IReadOnlyDictionary<string, string> wished, string where)
    {
        if (wished.Count == 0)
        {
            return [];
        }

        IReadOnlyList<CameraControl> all = List(node);
        List<(string Name, CameraControl Control, int Value)> wishes = [.. wished.Select(w => Resolve(node, all, w.Key, w.Value, where))];
        foreach ((uint value, uint automatic, int off) in s_automatics)
        {
            if (wishes.Any(w => w.Control.Id == value) && wishes.All(w => w.Control.Id != automatic) && all.FirstOrDefault(c => c.Id == automatic) is { } control)
            {
                wishes.Insert(0, (control.Name, control, off));
            }
        }

        var held = new List<HeldControl>();
        foreach ((string name, CameraControl control, int value) in wishes)
        {
            var setting = new V4l2Control { Id = control.Id, Value = value };
            int result = node.Control(V4l2Codes.SetControl, ref setting);
            if (result != 0)
            {
                throw result is V4l2Codes.Access
                    ? new DeviceException(DeviceTrouble.Refused, $"its control {name} can only be read", where, "Take it out of `controls`.")
                    : new DeviceException(DeviceTrouble.Refused, $"its control {name} does not take {value} (error {-result})", where, $"Its range is {control.Minimum} to {control.Maximum} in steps of {control.Step}; another control may have to be set before it: list them in that order.");
            }

            held.Add(new HeldControl(control.Id, control.Name, Read(node, control.Id) ?? value));
        }

        return held;
    }

    public static int? Read(IV4l2Node node, uint id)
    {
        var control = new V4l2Control { Id = id };
        return node.Control(V4l2Codes.GetControl, ref control) == 0 ? control.Value : null;
    }

    /// <summary>Sets a held control again; false where the camera did not take it.</summary>
    public static bool Restore(IV4l2Node node, in HeldControl held)
    {
        var control = new V4l2Control { Id = held.Id, Value = held.Value };
        return node.Control(V4l2Codes.SetControl, ref control) == 0;
    }

    /// <summary>Every control that has a value, as <c>name=value</c>, joined by commas; null where there is none.</summary>
    public static string? Describe(IV4l2Node node)
    {
        var text = new StringBuilder();
        foreach (CameraControl control in List(node).Where(c => c.HasValue))
        {
            if (Read(node, control.Id) is { } value)
            {
                text.Append(text.Length > 0 ? "," : "").Append(CultureInfo.InvariantCulture, $"{control.Name}={value}");
            }
        }

        return text.Length == 0 ? null : text.ToString();
    }

    /// <summary>"Exposure Time, Absolute" → exposure_time_absolute: as v4l2-ctl does it.</summary>
    public static string Normal(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name)
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                text.Append(char.ToLowerInvariant(c));
            }
            else if (text.Length > 0 && text[^1] != '_')
            {
                text.Append('_');
            }
        }

        return text.ToString().TrimEnd('_');
    }

    private static (string Name, CameraControl Control, int Value) Resolve(IV4l2Node node, IReadOnlyList<CameraControl> all, string name, string text, string where)
    {
        uint? known = name switch { ExposureMicroseconds => V4l2Codes.ExposureAbsolute, "gain" => V4l2Codes.Gain, _ => null };
        CameraControl control = all.FirstOrDefault(c => c.Name == name) ?? all.FirstOrDefault(c => c.Id == known)
            ?? throw new DeviceException(DeviceTrouble.Unsupported, $"it has no control {name}", where, $"It has {string.Join(", ", all.Where(c => c.HasValue).Select(c => c.Name))}.");
        int value = Value(node, control, text) ?? throw new DeviceException(
            DeviceTrouble.Unsupported,
            $"its control {name} does not take '{text}'",
            where,
            control.Type is V4l2Codes.ControlMenu or V4l2Codes.ControlIntegerMenu ? $"It takes one of {string.Join(", ", Menu(node, control).Select(m => m.Name))}." : $"It takes a whole number from {control.Minimum} to {control.Maximum}.");
        if (name == ExposureMicroseconds)
        {
            value = (int)Math.Round(value / (double)ExposureUnitUs);
        }

        return value >= control.Minimum && value <= control.Maximum
            ? (name, control, value)
            : throw new DeviceException(
                DeviceTrouble.Unsupported,
                $"its control {name} does not take {text}",
                where,
                name == ExposureMicroseconds ? $"It takes {(long)control.Minimum * ExposureUnitUs} to {(long)control.Maximum * ExposureUnitUs} µs." : $"It takes {control.Minimum} to {control.Maximum}.");
    }

    private static int? Value(IV4l2Node node, CameraControl control, string text)
    {
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
        {
            return number;
        }

        if (control.Type == V4l2Codes.ControlBoolean)
        {
            return text switch { "true" or "on" => 1, "false" or "off" => 0, _ => null };
        }

        return control.Type == V4l2Codes.ControlMenu
            ? Menu(node, control).Where(m => m.Name == Normal(text)).Select(m => (int?)m.Value).FirstOrDefault()
            : null;
    }

    private static IEnumerable<(string Name, int Value)> Menu(IV4l2Node node, CameraControl control)
    {
        for (int i = Math.Max(control.Minimum, 0); i <= Math.Min(control.Maximum, MostControls); i++)
        {
            var entry = new V4l2QueryMenu { Id = control.Id, Index = (uint)i };
            if (node.Control(V4l2Codes.QueryMenu, ref entry) == 0)
            {
                yield return (control.Type == V4l2Codes.ControlMenu ? Normal(entry.Name.ToString()) : i.ToString(CultureInfo.InvariantCulture), i);
            }
        }
    }
}
