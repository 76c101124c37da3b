using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Capture.Simulation.Arms;
using Capture.Simulation.Cameras;

namespace Capture.Simulation.Tests.Rig;

/// <summary>
/// One short session of the real program: every device is spoken to over its real transport, then the rig ends and what came is held against the truth.
/// Does not prove anything of the recorder.
/// </summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed partial class LiveRigTests
{
    private sealed record Part(string Head, byte[] Jpeg);

    private RigProcess _rig = null!;
    private int _exitCode;
    private List<Part> _front = [], _wrist = [];
    private byte[] _pong = [];
    private readonly List<byte[]> _mocap = [];
    private byte[]? _sound;
    private string _soundMissing = "";
    private bool _linksGone;

    [OneTimeSetUp]
    public void RunASession()
    {
        string folder = RigProcess.NewFolder();
        string board = RigProcess.BuildBoard(Path.Combine(folder, "firmware"));
        _rig = RigProcess.Start(folder, "--seed", "5", "--board", board, "--fault", "camera-drop:wrist:every=10", "--fault", "mocap-loss:every=20");
        string yaml = _rig.Yaml;
        StartTrigger(Path.Combine(folder, "board.tty"));
        Task[] tasks =
        [
            Task.Run(() => _front = Watch(PortOf(yaml, "front"), 30)),
            Task.Run(() => _wrist = Watch(PortOf(yaml, "wrist"), 40)),
            Task.Run(() => Listen(int.Parse(CommandPort().Match(yaml).Groups[1].Value, CultureInfo.InvariantCulture))),
            Task.Run(() => _pong = Ping(Path.Combine(folder, "leader.tty"))),
            Task.Run(() => Record(folder)),
        ];
        Assert.That(Task.WaitAll(tasks, 15_000), Is.True, "every device was heard within 15 s");
        _exitCode = _rig.End();
        _linksGone = !File.Exists(Path.Combine(folder, "board.tty")) && !File.Exists(Path.Combine(folder, "leader.tty"));
    }

    [OneTimeTearDown]
    public void Remove() => _rig?.Dispose();

    [Test]
    public void It_ends_cleanly_when_its_stdin_closes()
    {
        Assert.That(_exitCode, Is.Zero);
        Assert.That(_linksGone, Is.True);
        Assert.That(_rig.Children(), Is.Empty);
    }

    [Test]
    public void Wrist_frames_carry_their_codes_and_skip_what_the_fault_drops()
    {
        uint[] numbers = [.. _wrist.Select(part => CodeOf(part, 2))];
        Dictionary<long, JsonElement> truth = _rig.Truth("wrist").ToDictionary(line => line.GetProperty("frame").GetInt64());
        for (int i = 0; i < numbers.Length; i++)
        {
            Assert.That(numbers[i] % 10, Is.Not.EqualTo(9));
            Assert.That(truth[numbers[i]].GetProperty("clients").GetInt32(), Is.EqualTo(1));
            if (i > 0)
            {
                Assert.That(numbers[i] - numbers[i - 1], Is.EqualTo(numbers[i] % 10 == 0 ? 2 : 1));
            }
        }

        Assert.That(_wrist.All(part => !part.Head.Contains("X-Timestamp", StringComparison.Ordinal)), Is.True);
        Assert.That(truth.Values.Any(line => line.GetProperty("dropped").ValueEquals("fault")), Is.True);
    }

    [Test]
    public void Front_frames_are_exposed_by_the_boards_edges_and_stamped_in_the_cameras_clock()
    {
        Dictionary<long, JsonElement> truth = _rig.Truth("front").ToDictionary(line => line.GetProperty("frame").GetInt64());
        HashSet<long> edges = [.. _rig.Truth("triggers").Where(e => e.GetProperty("rising").GetBoolean()).Select(e => e.GetProperty("true_ns").GetInt64())];
        foreach (Part part in _front)
        {
            JsonElement line = truth[CodeOf(part, 1)];
            long us = line.GetProperty("device_us").GetInt64();
            Assert.That(part.Head, Does.Contain($"X-Timestamp: {us / 1_000_000}.{us % 1_000_000:D6}"));
            Assert.That(edges, Does.Contain(line.GetProperty("exposure_start_ns").GetInt64()));
        }
    }

    [Test]
    public void The_boards_edges_lie_where_the_profiles_clock_puts_them()
    {
        // The firmware places edges at whole periods of its own clock, rounded down to a tick of 1 µs; its clock formula and ours are written independently.
        JsonElement rig = JsonDocument.Parse(File.ReadAllText(Path.Combine(_rig.Folder, "truth", "rig.json"))).RootElement;
        var profile = new Simulation.Rig.BenchProfile(5, rig.GetProperty("epoch_ns").GetInt64());
        JsonElement[] rising = [.. _rig.Truth("triggers").Where(edge => edge.GetProperty("rising").GetBoolean())];
        Assert.That(rising, Has.Length.GreaterThan(20));
        foreach (JsonElement edge in rising)
        {
            long before = 33_333_333 - (profile.Board.DeviceNsAt(edge.GetProperty("true_ns").GetInt64()) % 33_333_333);
            Assert.That(before == 33_333_333 ? 0 : before, Is.InRange(0, 1_002).Or.InRange(33_333_330, 33_333_333));
        }

        Assert.That(_rig.Truth("board").Single().GetProperty("ticks").GetInt64(), Is.EqualTo(profile.Board.TicksAt(profile.EpochNs)));
    }

    [Test]
    public void A_servo_answers_a_ping()
    {
        byte[] expected = new byte[32];
        int length = DynamixelPacket.WriteStatus(expected, 3, 0, [ServoTable.ModelNumber & 255, ServoTable.ModelNumber >> 8, ServoTable.FirmwareVersion]);
        Assert.That(_pong, Is.EqualTo(expected[..length]));
        Assert.That(_rig.Truth("writes"), Is.Empty);
        Assert.That(_rig.Truth("leader"), Has.Length.EqualTo(1));
    }

    [Test]
    public void Mocap_frames_are_the_truths_and_the_lost_one_is_missing()
    {
        Dictionary<long, JsonElement> truth = _rig.Truth("mocap").ToDictionary(line => line.GetProperty("frame").GetInt64());
        var heard = new HashSet<long>();
        foreach (byte[] packet in _mocap)
        {
            long frame = BitConverter.ToInt32(packet, 4);
            heard.Add(frame);
            // The suffix is fixed from its end: 4 zeros, params 2, precision 8, transmit 8, received 8, mid-exposure 8.
            long mid = BitConverter.ToInt64(packet, packet.Length - 4 - 2 - 8 - 24);
            Assert.That(mid, Is.EqualTo(truth[frame].GetProperty("mid_ticks").GetInt64()));
        }

        Assert.That(heard.Any(frame => frame % 20 == 19), Is.False);
        Assert.That(heard.Max() - heard.Min() + 1 - heard.Count, Is.GreaterThan(0));
    }

    [Test]
    public void The_microphone_delivers_at_its_own_pace_through_alsa()
    {
        if (_sound is null)
        {
            Assert.Ignore(_soundMissing);
        }

        JsonElement[] delivered = [.. _rig.Truth("room").Where(line => line.GetProperty("delivered").GetBoolean())];
        Assert.That(_sound, Has.Length.EqualTo(48_000 * 2));
        Assert.That(delivered, Has.Length.GreaterThanOrEqualTo(100));
        for (int i = 1; i < 100; i++)
        {
            Assert.That(delivered[i].GetProperty("first_sample").GetInt64() - delivered[i - 1].GetProperty("first_sample").GetInt64(), Is.EqualTo(480));
        }

        long paceNs = delivered[99].GetProperty("true_ns").GetInt64() - delivered[0].GetProperty("true_ns").GetInt64();
        Assert.That(paceNs, Is.EqualTo(990_000_000).Within(200_000));
        // What came through is the sound of that time, sample for sample.
        byte[] expected = new byte[960];
        ulong seed = 5;
        long epochNs = JsonDocument.Parse(File.ReadAllText(Path.Combine(_rig.Folder, "truth", "rig.json"))).RootElement.GetProperty("epoch_ns").GetInt64();
        var sound = new Simulation.Microphone.BenchSound(new Simulation.Scene.BenchScene(seed));
        sound.Fill(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, short>(expected.AsSpan()),
            delivered[50].GetProperty("true_ns").GetInt64() - epochNs, delivered[51].GetProperty("true_ns").GetInt64() - epochNs, delivered[50].GetProperty("first_sample").GetInt64());
        Assert.That(_sound!.AsSpan(50 * 960, 960).ToArray(), Is.EqualTo(expected));
    }

    private static uint CodeOf(Part part, byte camera)
    {
        byte[] gray = JpegDecoder.DecodeGray(part.Jpeg, out int width, out int height);
        Assert.That((width, height), Is.EqualTo((640, 480)));
        Assert.That(FrameCode.TryReadGray(gray, width, height, out byte id, out uint number), Is.True);
        Assert.That(id, Is.EqualTo(camera));
        return number;
    }

    private static int PortOf(string yaml, string camera) =>
        int.Parse(Regex.Match(yaml, camera + @":.*127\.0\.0\.1:(\d+)/stream", RegexOptions.ExplicitCapture | RegexOptions.None, TimeSpan.FromSeconds(1)) is { Success: true } m
            ? m.Value[(m.Value.LastIndexOf(':') + 1)..m.Value.LastIndexOf('/')]
            : throw new AssertionException("no " + camera + " in " + yaml), CultureInfo.InvariantCulture);

    [GeneratedRegex(@"command_port: (\d+)", RegexOptions.None, 1000)]
    private static partial Regex CommandPort();

    /// <summary>The board's specification, example frames: stop everything, then trigger 1 at 33,333,333 ns.</summary>
    private static void StartTrigger(string tty)
    {
        using FileStream port = Open(tty);
        port.Write(Convert.FromHexString("08920705c4d7fd3e00"));
        port.Write(Convert.FromHexString("0a96050301ce01fca05502ce084c4b40377e8ba000"));
        // Wait for the answers, so that the requests are not lost with the closing of the port.
        byte[] answer = new byte[512];
        int zeros = 0;
        while (zeros < 2)
        {
            int got = port.Read(answer);
            zeros += answer.AsSpan(0, got).Count((byte)0);
        }
    }

    private static FileStream Open(string tty) => new(tty, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);

    private static byte[] Ping(string tty)
    {
        using FileStream port = Open(tty);
        byte[] request = new byte[16];
        int length = DynamixelPacket.WriteInstruction(request, 3, DynamixelPacket.Ping, []);
        port.Write(request, 0, length);
        byte[] answer = new byte[14];
        port.ReadExactly(answer);
        return answer;
    }

    private static List<Part> Watch(int port, int parts)
    {
        using var client = new TcpClient();
        client.Connect(IPAddress.Loopback, port);
        using NetworkStream stream = client.GetStream();
        stream.ReadTimeout = 10_000;
        stream.Write("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"u8);
        var found = new List<Part>();
        string start = HeadOf(stream);
        Assert.That(start, Does.StartWith("HTTP/1.0 200").And.Contains("multipart/x-mixed-replace"));
        while (found.Count < parts)
        {
            string head = HeadOf(stream);
            Match length = Regex.Match(head, @"Content-Length: (?<bytes>\d+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
            byte[] jpeg = new byte[int.Parse(length.Groups["bytes"].Value, CultureInfo.InvariantCulture)];
            stream.ReadExactly(jpeg);
            found.Add(new Part(head, jpeg));
        }

        return found;
    }

    private static string HeadOf(NetworkStream stream)
    {
        var head = new StringBuilder();
        while (head.Length < 4 || head.ToString(head.Length - 4, 4) != "\r\n\r\n" || head.Length == 4)
        {
            int b = stream.ReadByte();
            Assert.That(b, Is.GreaterThanOrEqualTo(0), "the stream ended");
            head.Append((char)b);
        }

        return head.ToString();
    }

    private void Listen(int port)
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Client.ReceiveTimeout = 5_000;
        socket.Connect(IPAddress.Loopback, port);
        socket.Send([0, 0, 0, 0]);
        IPEndPoint? from = null;
        while (_mocap.Count < 60)
        {
            byte[] packet = socket.Receive(ref from);
            if (packet[0] == 7)
            {
                _mocap.Add(packet);
            }
        }
    }

    private void Record(string folder)
    {
        string raw = Path.Combine(folder, "sound.raw");
        var start = new ProcessStartInfo("arecord", ["-q", "-D", "benchmic", "-f", "S16_LE", "-r", "48000", "-c", "1", "--period-size", "480", "--buffer-size", "9600", "-t", "raw", "-d", "1", raw]);
        start.Environment["ALSA_CONFIG_PATH"] = Path.Combine(folder, "asound.conf");
        try
        {
            using Process arecord = Process.Start(start)!;
            arecord.WaitForExit();
            Assert.That(arecord.ExitCode, Is.Zero);
            _sound = File.ReadAllBytes(raw);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            _soundMissing = "arecord (alsa-utils) is not installed.";
        }
    }
}
