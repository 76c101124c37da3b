using System.Runtime.InteropServices;
using Capture.Simulation.Arms;
using Capture.Simulation.Board;
using Capture.Simulation.Cameras;
using Capture.Simulation.Clocks;
using Capture.Simulation.Microphone;
using Capture.Simulation.Mocap;
using Capture.Simulation.Scene;
using Capture.Simulation.Targets;
using Capture.Simulation.Truth;

namespace Capture.Simulation.Rig;

/// <summary>The whole rig, running from construction to Dispose.</summary>
public sealed class BenchRig : IDisposable
{
    private readonly List<IDisposable> _parts = [];
    private readonly BenchScene _scene;
    private readonly BenchProfile _profile;
    private readonly TargetSetting? _target;
    private readonly TruthFile _contacts;
    private long _nextContact;

    /// <exception cref="IOException">Something that the rig needs is missing, or a port or folder cannot be used.</exception>
    public BenchRig(RigOptions options)
    {
        CheckNeeds(options);
        Directory.CreateDirectory(options.Out);
        Directory.CreateDirectory(Path.Combine(options.Out, "arms"));
        _profile = new BenchProfile(options.Seed, HostMonotonic.NowNs);
        _target = options.Target is { } place ? TargetSetting.Create(place, options.Seed) : null;
        _scene = new BenchScene(options.Seed, _target?.Motion);
        var truth = new TruthFolder(Path.Combine(options.Out, "truth"));
        truth.WriteRig(options.Seed, _profile.EpochNs, _profile.AllClocks);
        _contacts = truth.Open("contacts");
        if (_target is not null)
        {
            TargetTruth.Write(Path.Combine(truth.Path, "calibration.json"), _target);
        }

        try
        {
            RigAddresses addresses = StartAll(options, truth);
            File.WriteAllText(Path.Combine(options.Out, "arm.urdf"), ArmUrdf.Write());
            File.WriteAllText(Path.Combine(options.Out, "arms", "bench.yaml"), BenchArmModel.Yaml());
            YamlPath = Path.Combine(options.Out, "rig.yaml");
            File.WriteAllText(YamlPath, RigYaml.Write(addresses));
        }
        catch
        {
            EndParts();
            truth.Dispose();
            throw;
        }

        // The truth is closed last.
        _parts.Insert(0, truth);
    }

    public string YamlPath { get; }

    /// <summary>Writes the contacts that have happened by now; called a few times a second.</summary>
    public void WriteContacts()
    {
        long now = HostMonotonic.NowNs - _profile.EpochNs;
        for (Contact c = _scene.Contact(_nextContact); c.SceneNs <= now; c = _scene.Contact(++_nextContact))
        {
            using TruthFile.Line line = _contacts.Begin();
            line.Number("true_ns", c.SceneNs + _profile.EpochNs);
            line.Text("kind", c.Kind switch { ContactKind.Grasp => "grasp", ContactKind.Place => "place", _ => "release" });
        }
    }

    public void Dispose()
    {
        WriteContacts();
        EndParts();
    }

    private RigAddresses StartAll(RigOptions options, TruthFolder truth)
    {
        int Port(int offset) => options.PortBase == 0 ? 0 : options.PortBase + offset;
        string folder = options.Out;
        BoardProcess? board = null;
        TriggerLine? line = null;
        if (options.Has("board"))
        {
            line = Keep(new TriggerLine());
            board = Keep(new BoardProcess(options.Board!, folder, _profile, options.Faults, truth, line));
            Keep(new ImuFeed(board.ImuFifo, _profile, _scene, truth));
        }

        bool triggered = line is not null && options.Has("front") && !options.FreeRunning;
        CameraDevice? front = options.Has("front") ? Camera(0, Viewpoint.Front, _profile.Front, stamps: true, triggered ? line : null) : null;
        CameraDevice? wrist = options.Has("wrist") ? Camera(1, Viewpoint.Wrist, _profile.Wrist, stamps: false, null) : null;
        if (options.Has("room"))
        {
            Keep(new MicrophoneDevice(folder, _profile, _scene, truth));
        }

        NatNetServer? mocap = options.Has("mocap") ? Keep(new NatNetServer(_profile, _scene, options.Faults, truth, Port(2), Port(3))) : null;
        TruthFile writes = truth.Open("writes");
        return new RigAddresses(
            front is null ? null : new CameraAddress(front.Name, front.Port, front.Fps), triggered, wrist is null ? null : new CameraAddress(wrist.Name, wrist.Port, wrist.Fps), options.Has("room"), mocap is null ? null : (mocap.CommandPort, mocap.DataPort),
            board?.Link, Arm("leader"), Arm("follower"));

        CameraDevice Camera(int which, Viewpoint view, SimulatedClock clock, bool stamps, TriggerLine? trigger)
        {
            string name = _target?.Cameras[which].Name ?? (view == Viewpoint.Front ? "front" : "wrist");
            ICameraPicture picture = _target is { } target ? new TargetPicture(target, target.Cameras[which], _scene) : new SceneRenderer(_scene, view);
            var settings = new CameraSettings(name, (byte)(which + 1), picture, _target is null ? BenchProfile.CameraFps : BenchProfile.TargetFps, stamps, trigger);
            return Keep(new CameraDevice(settings, clock, _profile, options.Faults, truth, Port(which)));
        }

        string? Arm(string name)
        {
            if (!options.Has(name))
            {
                return null;
            }

            string link = Path.Combine(folder, name + ".tty");
            Keep(new ArmDevice(name, link, _profile, _scene, options.Faults, truth, writes));
            return link;
        }
    }

    private T Keep<T>(T part)
        where T : IDisposable
    {
        _parts.Add(part);
        return part;
    }

    private void EndParts()
    {
        for (int i = _parts.Count - 1; i >= 0; i--)
        {
            _parts[i].Dispose();
        }

        _parts.Clear();
    }

    private static void CheckNeeds(RigOptions options)
    {
        if ((options.Has("front") || options.Has("wrist")) && !NativeLibrary.TryLoad(TurboJpegNative.Library, out _))
        {
            throw new IOException("The cameras need libturbojpeg.so.0 (Debian: apt-get install libturbojpeg0), or --without front,wrist.");
        }

        if (options.Has("room") && !(NativeLibrary.TryLoad("libasound.so.2", out _) && File.Exists("/usr/share/alsa/alsa.conf")))
        {
            throw new IOException("The microphone needs ALSA (Debian: apt-get install libasound2), or --without room.");
        }

        if (options.Has("board") && (options.Board is null || !File.Exists(options.Board)))
        {
            throw new IOException(options.Board is null
                ? "The board needs --board PATH of bench-board (make -C firmware-bridge/firmware builds it), or --without board."
                : $"{options.Board}: no such file. make -C firmware-bridge/firmware builds bench-board; or --without board.");
        }
    }
}
