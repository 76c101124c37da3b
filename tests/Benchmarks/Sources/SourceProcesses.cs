using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Benchmarks.Sources;

/// <summary>
/// The devices of the rig, each a process of its own, so that none of their work is the recorder's: cameras that serve pictures compressed before, noise into FIFOs behind ALSA's file
/// plugin (device.py), and the boards' firmware on pseudo-terminals.
/// </summary>
internal sealed class SourceProcesses : IDisposable
{
    public const int Cameras = 4;
    public const int Microphones = 2;
    public const int Boards = 4;
    public const int FramesPerSecond = 30;
    public const int ImuHz = 1000;

    private const int PicturesInLoop = 60;

    private readonly List<Process> _processes = [];

    private SourceProcesses(string folder) => Folder = folder;

    public string Folder { get; }

    public string RigFile => Path.Combine(Folder, "rig.yaml");

    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal) { ["ALSA_CONFIG_PATH"] = Path.Combine(Folder, "asound.conf") };

    /// <summary>Mean size of a picture, bytes.</summary>
    public double PictureBytes { get; private set; }

    public static SourceProcesses Start(string folder, string board)
    {
        var all = new SourceProcesses(folder);
        try
        {
            var rig = new StringBuilder("rig: sources\nstreams:\n");
            var sound = new StringBuilder("</usr/share/alsa/alsa.conf>\n");
            for (int i = 0; i < Cameras; i++)
            {
                rig.Append(CultureInfo.InvariantCulture, $"  cam{i}: {{kind: camera, url: \"{all.Camera(i)}\", size: 1280x720, fps: {FramesPerSecond}, latency_ms: {{min: 0, max: 50}}}}\n");
            }

            for (int i = 0; i < Microphones; i++)
            {
                string fifo = all.Microphone(i);
                sound.Append(CultureInfo.InvariantCulture, $"pcm.mic{i} {{\ntype file\nslave.pcm null\nfile \"/dev/null\"\ninfile \"{fifo}\"\nformat raw\n}}\n");
                rig.Append(CultureInfo.InvariantCulture, $"  mic{i}: {{kind: microphone, device: \"mic{i}\", rate: 48000, channels: 2, latency_ms: {{min: 0, max: 100}}}}\n");
            }

            for (int i = 0; i < Boards; i++)
            {
                rig.Append(CultureInfo.InvariantCulture, $"  board{i}: {{kind: mcu, port: {all.Board(board)}, imu_rate: {ImuHz}}}\n");
            }

            File.WriteAllText(Path.Combine(folder, "asound.conf"), sound.ToString());
            File.WriteAllText(all.RigFile, rig.ToString());
            return all;
        }
        catch
        {
            all.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (Process process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        _processes.Clear();
    }

    /// <summary>Runs ffmpeg to its end.</summary>
    internal static void Ffmpeg(params ReadOnlySpan<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("ffmpeg", ["-hide_banner", "-loglevel", "quiet", "-nostdin", "-y", .. arguments]) { UseShellExecute = false })!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"ffmpeg ended with {process.ExitCode}");
        }
    }

    private string Camera(int number)
    {
        string pictures = Directory.CreateDirectory(Path.Combine(Folder, $"cam{number}")).FullName;
        Ffmpeg("-f", "lavfi", "-i", $"testsrc2=size=1280x720:rate={FramesPerSecond},noise=alls=10:allf=t:all_seed={number + 1}", "-frames:v", $"{PicturesInLoop}", "-c:v", "mjpeg", "-q:v", "5", Path.Combine(pictures, "%03d.jpg"));
        PictureBytes += Directory.GetFiles(pictures).Average(f => new FileInfo(f).Length) / Cameras;
        using var free = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)free.LocalEndPoint!).Port;
        free.Close();
        Device("camera", port.ToString(CultureInfo.InvariantCulture), pictures, FramesPerSecond.ToString(CultureInfo.InvariantCulture));

        // A probe would be a client: the kernel's table tells when it listens.
        string listening = string.Create(CultureInfo.InvariantCulture, $"0100007F:{port:X4} 00000000:0000 0A");
        for (int i = 0; i < 1500 && !File.ReadAllText("/proc/net/tcp").Contains(listening, StringComparison.Ordinal); i++)
        {
            Thread.Sleep(10);
        }

        return string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/cam.mjpg");
    }

    private string Microphone(int number)
    {
        string fifo = Path.Combine(Folder, $"mic{number}.fifo");
        using Process made = Process.Start("mkfifo", [fifo]);
        made.WaitForExit();
        Device("microphone", fifo, "48000", "2");
        return fifo;
    }

    private void Device(params ReadOnlySpan<string> arguments) => _processes.Add(Process.Start(
        new ProcessStartInfo("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "device.py"), .. arguments]) { UseShellExecute = false })!);

    private string Board(string program)
    {
        Process process = Process.Start(new ProcessStartInfo(program, ["--until-stdin-closes"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        _processes.Add(process);
        return process.StandardOutput.ReadLine()!["port ".Length..];
    }
}
