using System.Globalization;

namespace Capture.Simulation.Faults;

/// <summary>A time span of a fault, ns since the rig's epoch.</summary>
public readonly record struct FaultWindow(long FromNs, long ToNs)
{
    public bool Holds(long sceneNs) => sceneNs >= FromNs && sceneNs < ToNs;
}

/// <summary>
/// What shall go wrong, from the command line. Times count from the rig's epoch (its start); every = N hits each N-th frame.
/// <code>
/// camera-drop:CAMERA:every=50            the frame is exposed, numbered and never sent
/// camera-stop:CAMERA:at=3s:for=2s        connections closed, new ones refused (503), then it returns
/// board-mute:at=5s                       the board answers no clock request from then on
/// board-reboot:at=5s                     the board restarts once: new boot id, ticks from 0
/// mocap-loss:every=100                   the datagram is lost on the network
/// arm-silent:ARM:at=3s:for=1s            no servo of the arm answers
/// </code>
/// </summary>
public sealed class FaultPlan
{
    private readonly Dictionary<string, int> _drops = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FaultWindow> _windows = new(StringComparer.Ordinal);

    /// <summary>Each n-th datagram of the motion capture is lost; 0 for none.</summary>
    public int MocapLossEvery { get; private set; }

    /// <summary>ns since the epoch, or null.</summary>
    public long? BoardMuteAtNs { get; private set; }

    /// <summary>ns since the epoch, or null.</summary>
    public long? BoardRebootAtNs { get; private set; }

    /// <summary>The fault "camera-drop": each n-th frame of this camera; 0 for none.</summary>
    public int CameraDropEvery(string camera) => _drops.GetValueOrDefault(camera);

    public FaultWindow? CameraStop(string camera) => _windows.TryGetValue("camera-stop:" + camera, out FaultWindow window) ? window : null;

    public FaultWindow? ArmSilent(string arm) => _windows.TryGetValue("arm-silent:" + arm, out FaultWindow window) ? window : null;

    /// <exception cref="FormatException">The text names no fault; the message says what was expected.</exception>
    public static FaultPlan Parse(IEnumerable<string> faults)
    {
        var plan = new FaultPlan();
        foreach (string fault in faults)
        {
            plan.Add(fault);
        }

        return plan;
    }

    private void Add(string fault)
    {
        string[] parts = fault.Split(':');
        switch (parts[0])
        {
            case "camera-drop":
                _drops[Target(fault, parts, "front", "wrist")] = Every(fault, parts);
                break;
            case "camera-stop":
                _windows["camera-stop:" + Target(fault, parts, "front", "wrist")] = Window(fault, parts);
                break;
            case "arm-silent":
                _windows["arm-silent:" + Target(fault, parts, "leader", "follower")] = Window(fault, parts);
                break;
            case "mocap-loss":
                MocapLossEvery = Every(fault, parts);
                break;
            case "board-mute":
                BoardMuteAtNs = Seconds(fault, parts, "at");
                break;
            case "board-reboot":
                BoardRebootAtNs = Seconds(fault, parts, "at");
                break;
            default:
                throw new FormatException($"--fault {fault}: expected camera-drop, camera-stop, board-mute, board-reboot, mocap-loss or arm-silent.");
        }
    }

    private static string Target(string fault, string[] parts, string one, string other) =>
        parts.Length > 1 && (parts[1] == one || parts[1] == other)
            ? parts[1]
            : throw new FormatException($"--fault {fault}: expected {parts[0]}:{one} or {parts[0]}:{other}.");

    private static int Every(string fault, string[] parts) =>
        int.TryParse(Value(fault, parts, "every"), NumberStyles.None, CultureInfo.InvariantCulture, out int every) && every > 0
            ? every
            : throw new FormatException($"--fault {fault}: every= takes a whole number from 1.");

    private static FaultWindow Window(string fault, string[] parts)
    {
        long from = Seconds(fault, parts, "at");
        return new FaultWindow(from, from + Seconds(fault, parts, "for"));
    }

    private static long Seconds(string fault, string[] parts, string key)
    {
        string text = Value(fault, parts, key);
        return text.EndsWith('s') && decimal.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal seconds) && seconds < 100_000
            ? (long)(seconds * 1_000_000_000)
            : throw new FormatException($"--fault {fault}: {key}= takes seconds such as 3s or 0.5s.");
    }

    private static string Value(string fault, string[] parts, string key)
    {
        foreach (string part in parts)
        {
            if (part.StartsWith(key + "=", StringComparison.Ordinal))
            {
                return part[(key.Length + 1)..];
            }
        }

        throw new FormatException($"--fault {fault}: {key}= is missing.");
    }
}
