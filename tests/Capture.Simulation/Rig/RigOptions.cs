using System.Globalization;
using Capture.Simulation.Faults;
using Capture.Simulation.Targets;

namespace Capture.Simulation.Rig;

/// <summary>The command line.</summary>
public sealed class RigOptions
{
    public const string Usage =
        """
        bench-rig: a simulated capture rig on real transports, with its truth beside it
        (bench-rig clocks --help: clocks alone, in simulated time)

          --seed N                every clock, latency and movement follows from it (default 1)
          --out DIR               where rig.yaml, the device links and truth/ go (needed)
          --board PATH            the firmware's host build (make -C firmware-bridge/firmware)
          --ports auto|BASE       TCP and UDP ports: free ones (default), or BASE front, +1 wrist, +2 and +3 motion capture
          --without LIST          leave out, by comma: front, wrist, room (or mic), mocap, board, leader, follower
          --target hand|table     a calibration scene instead of picking: the hand holds a chessboard before two cameras, front and side,
                                  or the board lies on the table under a camera on the hand, wrist
          --free-running          the front camera runs by its own clock although there is a board
          --fault FAULT           may be repeated: camera-drop:CAMERA:every=N  camera-stop:CAMERA:at=3s:for=2s  board-mute:at=5s
                                  board-reboot:at=5s  mocap-loss:every=N  arm-silent:ARM:at=3s:for=1s
          --seconds N             end after N seconds (default: run until told)
          --until-stdin-closes    end when standard input closes

        Prints one line `ready PATH_OF_RIG_YAML` when everything listens. Ends on SIGINT and SIGTERM. The microphone needs
        ALSA_CONFIG_PATH=DIR/asound.conf in the environment of whoever records it.
        """;

    private static readonly string[] Streams = ["front", "wrist", "room", "mocap", "board", "leader", "follower"];

    public ulong Seed { get; private set; } = 1;

    /// <summary>Absolute.</summary>
    public string Out { get; private set; } = "";

    public string? Board { get; private set; }

    /// <summary>0: free ports.</summary>
    public int PortBase { get; private set; }

    public HashSet<string> Without { get; } = new(StringComparer.Ordinal);

    public bool FreeRunning { get; private set; }

    /// <summary>A calibration scene; null: the arm picks and places.</summary>
    public TargetPlace? Target { get; private set; }

    public FaultPlan Faults { get; private set; } = new();

    public int? Seconds { get; private set; }

    public bool UntilStdinCloses { get; private set; }

    public bool Help { get; private set; }

    public bool Has(string stream) => !Without.Contains(stream);

    /// <exception cref="FormatException">An option is unknown or its value wrong; the message says what was expected.</exception>
    public static RigOptions Parse(string[] arguments)
    {
        var options = new RigOptions();
        var faults = new List<string>();
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            string Value() => ++i < arguments.Length ? arguments[i] : throw new FormatException($"{name}: a value is missing.");
            switch (name)
            {
                case "--help": options.Help = true; break;
                case "--seed": options.Seed = ulong.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed : throw new FormatException("--seed takes a whole number."); break;
                case "--out": options.Out = Path.GetFullPath(Value()); break;
                case "--board": options.Board = Path.GetFullPath(Value()); break;
                case "--ports": options.PortBase = Ports(Value()); break;
                case "--without": options.LeaveOut(Value()); break;
                case "--target": options.Target = Value() switch { "hand" => TargetPlace.Hand, "table" => TargetPlace.Table, _ => throw new FormatException("--target takes hand or table.") }; break;
                case "--free-running": options.FreeRunning = true; break;
                case "--fault": faults.Add(Value()); break;
                case "--seconds": options.Seconds = int.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds > 0 ? seconds : throw new FormatException("--seconds takes a whole number from 1."); break;
                case "--until-stdin-closes": options.UntilStdinCloses = true; break;
                default: throw new FormatException($"{name}: no such option; see --help.");
            }
        }

        options.Faults = FaultPlan.Parse(faults);
        if (!options.Help && options.Out.Length == 0)
        {
            throw new FormatException("--out DIR is needed; see --help.");
        }

        return options;
    }

    private static int Ports(string text) =>
        text == "auto" ? 0
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is >= 1024 and <= 65532 ? port
        : throw new FormatException("--ports takes auto or a port from 1024 to 65532.");

    private void LeaveOut(string list)
    {
        foreach (string item in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string stream = item == "mic" ? "room" : item;
            if (!Streams.Contains(stream))
            {
                throw new FormatException($"--without {item}: the streams are {string.Join(", ", Streams)}.");
            }

            Without.Add(stream);
        }
    }
}
