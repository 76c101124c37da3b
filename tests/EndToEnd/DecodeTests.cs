using System.Globalization;
using System.Text;
using System.Text.Json;
using Capture.Core.Time;
using Capture.Devices.Teleop;
using EndToEnd.Processes;
using EndToEnd.Truth;
using FirmwareBridge.Serial;

namespace EndToEnd;

/// <summary><c>capture decode</c> on the rig's own traffic, as raw bytes, hex on standard input and packets from the loopback device.</summary>
internal sealed class DecodeTests
{
    private Scratch _scratch = null!;
    private RigProcess _rig = null!;

    [OneTimeSetUp]
    public void Start()
    {
        _scratch = new Scratch("decode");
        _rig = new RigProcess(_scratch["rig"], 9, "--without", "front,wrist,room,leader");
    }

    [OneTimeTearDown]
    public void End()
    {
        _rig?.Dispose();
        _scratch?.Dispose();
    }

    [Test]
    public void Dynamixel_from_raw_bytes_and_hex()
    {
        byte[] request = new byte[DynamixelRequest.MaxBytes];
        int length = DynamixelRequest.SyncRead(request, [1, 2, 3, 4, 5, 6, 7], ServoBlock.Address, ServoBlock.Bytes);
        byte[] traffic = Exchange("follower.tty", 1_000_000, request[..length], 500);
        Thread.Sleep(400);
        int[] truth = [.. TruthLines.Read(_rig.Folder, "follower").Last(l => l.GetProperty("ids").GetArrayLength() == 7).GetProperty("position").EnumerateArray().Select(p => p.GetInt32())];
        foreach (JsonElement[] lines in BothWays("dynamixel", traffic))
        {
            Assert.That(lines[0].GetProperty("type").GetString(), Is.EqualTo("sync_read"));
            int[] positions = [.. lines.Where(l => l.GetProperty("type").GetString() == "status").Select(l => l.GetProperty("registers").GetProperty("present_position_counts").GetInt32())];
            Assert.That(positions, Is.EqualTo(truth));
        }
    }

    [Test]
    public void Bridge_from_raw_bytes_and_hex()
    {
        // hello and start_imu as the wire protocol's table shows them.
        byte[] traffic = Exchange("board.tty", 115_200, Convert.FromHexString("0d930101ce1234567854336e94000495030109cd03e8052da95a9800"), 500);
        Thread.Sleep(400);
        var felt = TruthLines.Read(_rig.Folder, "imu").Select(l => string.Join(' ', l.GetProperty("accel_mps2").EnumerateArray().Select(v => (float)v.GetDouble()))).ToHashSet();
        foreach (JsonElement[] lines in BothWays("bridge", traffic))
        {
            string[] types = [.. lines.Select(l => l.GetProperty("type").GetString()!)];
            Assert.That(types, Has.Some.EqualTo("hello").And.Some.EqualTo("info").And.Some.EqualTo("imu"));
            Assert.That(lines.Where(l => l.TryGetProperty("fault", out _)), Is.Empty);
            foreach (JsonElement sample in lines.Where(l => l.GetProperty("type").GetString() == "imu").SelectMany(l => l.GetProperty("samples").EnumerateArray()))
            {
                JsonElement acceleration = sample.EnumerateObject().First(p => p.Name.StartsWith("accel", StringComparison.Ordinal)).Value;
                Assert.That(felt, Does.Contain(string.Join(' ', acceleration.EnumerateArray().Select(v => (float)v.GetDouble()))));
            }
        }
    }

    [TestCase("pcap")]
    [TestCase("pcapng")]
    public void NatNet_from_captured_packets(string format)
    {
        if (Programs.Find("tshark") is not { } tshark || !Programs.IsRoot)
        {
            Assert.Ignore("packets of the loopback device are captured with tshark as root, and that is not possible here");
            return;
        }

        string file = _scratch["mocap." + format];
        string port = Mocap("data_port");
        using var sniffer = new RunningProgram(tshark, ["-q", "-i", "lo", "-f", $"udp port {port} or udp port {Mocap("command_port")}", "-F", format, "-w", file, "-a", "duration:7"]);
        Thread.Sleep(1500);
        Finished record = CaptureProgram.RunWith(_rig, "record", _rig.RigFile, "--seconds", "1", "--out", _scratch["out-" + format], "--json");
        Assert.That(record.Exit, Is.Zero, record.ToString());
        Finished sniffed = sniffer.WaitForExit(TimeSpan.FromSeconds(30));
        if (sniffed.Exit != 0)
        {
            Assert.Ignore("tshark cannot capture here: " + sniffed.Errors.Trim());
        }

        Finished decoded = CaptureProgram.Run("decode", "natnet", file);
        Assert.That(decoded.Exit, Is.Zero, decoded.Errors);
        JsonElement[] frames = [.. Lines(decoded).Where(l => l.GetProperty("type").GetString() == "frame")];
        Thread.Sleep(400);
        var truth = TruthLines.Read(_rig.Folder, "mocap").ToDictionary(l => l.Long("frame"));
        Assert.That(frames, Has.Length.GreaterThan(50));
        foreach (JsonElement frame in frames)
        {
            JsonElement made = truth[frame.Long("frame")];
            Assert.That(frame.Long("mid_exposure_ticks"), Is.EqualTo(made.Long("mid_ticks")));
            JsonElement gripper = frame.GetProperty("rigid_bodies").EnumerateArray().Single(b => b.GetProperty("id").GetInt32() == 1);
            Assert.That(gripper.GetProperty("position_m")[0].GetDouble(), Is.EqualTo(made.GetProperty("gripper")[0].GetDouble()).Within(1e-3));
        }
    }

    [Test]
    public void What_is_nothing_of_the_protocol_is_said_so()
    {
        Finished nothing = CaptureProgram.RunWithInput([], "decode", "natnet", "-");
        Finished unknown = CaptureProgram.Run("decode", "canopen", "-");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(nothing.Exit, Is.EqualTo(1), nothing.ToString());
            Assert.That(nothing.Errors, Does.Contain("nothing to decode"));
            Assert.That(unknown.Exit, Is.EqualTo(2), unknown.ToString());
            Assert.That(unknown.Errors, Does.Contain("canopen").And.Contain("dynamixel"));
        }
    }

    private JsonElement[][] BothWays(string protocol, byte[] traffic)
    {
        string file = _scratch[protocol + ".raw"];
        File.WriteAllBytes(file, traffic);
        Finished raw = CaptureProgram.Run("decode", protocol, file, "--format", "raw");
        Finished hex = CaptureProgram.RunWithInput(Encoding.ASCII.GetBytes(Convert.ToHexString(traffic)), "decode", protocol, "-");
        Assert.That(raw.Exit, Is.Zero, raw.ToString());
        Assert.That(hex.Exit, Is.Zero, hex.ToString());
        return [Lines(raw), Lines(hex)];
    }

    private static JsonElement[] Lines(Finished finished) =>
        [.. finished.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];

    /// <summary>What goes over a serial line: the request, then what comes back within a while.</summary>
    private byte[] Exchange(string tty, int baud, byte[] request, int milliseconds)
    {
        using SerialPort port = SerialPort.Open(_scratch[Path.Combine("rig", tty)], baud);
        port.DiscardBuffers();
        Assert.That(port.Write(request, Duration.FromMilliseconds(500), out _), Is.EqualTo(SerialStatus.Ok));
        var traffic = new List<byte>(request);
        byte[] buffer = new byte[4096];
        long until = System.Diagnostics.Stopwatch.GetTimestamp() + (milliseconds * 1_000_000L);
        while (System.Diagnostics.Stopwatch.GetTimestamp() < until)
        {
            if (port.Read(buffer, Duration.FromMilliseconds(50), out int count) == SerialStatus.Ok)
            {
                traffic.AddRange(buffer.AsSpan(0, count));
            }
        }

        // Bridge frames end with a zero byte: one that the end of reading cut is left out.
        int whole = traffic.LastIndexOf(0) + 1;
        return [.. tty == "board.tty" ? traffic.Take(whole) : traffic];
    }

    private string Mocap(string key)
    {
        string text = File.ReadAllText(_rig.RigFile);
        int at = text.IndexOf(key + ": ", StringComparison.Ordinal) + key.Length + 2;
        return int.Parse(text[at..text.IndexOfAny([',', '}'], at)], CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
    }
}
