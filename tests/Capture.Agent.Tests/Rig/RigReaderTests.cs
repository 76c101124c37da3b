using Capture.Agent.Rig;

namespace Capture.Agent.Tests.Rig;

/// <summary>What an operator may write, and what he is told when it is wrong. Does not open any device.</summary>
public sealed class RigReaderTests
{
    private const string Arm = """
        arm: test
        joints:
          - {name: pan, id: 1, zero: 2048, sign: -1, counts_per_turn: 4096}
          - {name: jaw, id: 2, unit: m, scale: 0.02}
        """;

    private const string Whole = """
        rig: bench
        episodes: ./out
        episode: {batch_every_ms: 100, durable_every_ms: 500, buffer_seconds: 3, buffer_mb: 256, preroll_seconds: 0}
        streams:
          front: {kind: camera, url: "http://127.0.0.1:8101/stream", format: mjpeg, size: 640x480, fps: 30, latency_ms: {min: 5, max: 40.5}}
          room:  {kind: microphone, device: "hw:CARD=Array", rate: 48000, channels: 4, sample: s16}
          mocap: {kind: mocap, protocol: natnet, server: 127.0.0.1, bodies: [gripper, cube]}
          board: {kind: mcu, port: /dev/ttyACM0, trigger: {front: 1}}
          arm:   {kind: robot, protocol: dynamixel, port: ./arm.tty, baud: 1000000, model: ./arm.yaml, rate: 200, role: leader}
        task: {required: [instruction, operator], instruction: "pick the cube", operator: op-07}
        """;

    private string _folder = "";

    [SetUp]
    public void MakeFolder()
    {
        _folder = Directory.CreateTempSubdirectory("capture-rig-").FullName;
        File.WriteAllText(Path.Combine(_folder, "arm.yaml"), Arm);
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void A_whole_rig_is_read_with_its_paths_resolved_against_its_folder()
    {
        RigFile rig = Read(Whole);

        Assert.That(rig.Name, Is.EqualTo("bench"));
        Assert.That(rig.EpisodesFolder, Is.EqualTo(Path.Combine(_folder, "out")));
        Assert.That(rig.Episode, Is.EqualTo(new EpisodeOptions(100, 500, 3, 256)));
        Assert.That(rig.Devices.Select(d => d.Name), Is.EqualTo(new[] { "front", "room", "mocap", "board", "arm" }));
        var camera = (CameraEntry)rig.Devices[0];
        Assert.That((camera.Request.WidthPx, camera.Request.HeightPx, camera.Request.RateHz, camera.Request.Latency), Is.EqualTo((640, 480, 30.0, new LatencyOption(5, 40.5).ToRange())));
        var board = (BoardEntry)rig.Devices[3];
        Assert.That(board.Triggers, Is.EqualTo(new Dictionary<string, int> { ["front"] = 1 }));
        var arm = (RobotEntry)rig.Devices[4];
        Assert.That(arm.Port, Is.EqualTo(Path.Combine(_folder, "arm.tty")));
        Assert.That(arm.Follower, Is.False);
        Assert.That(arm.Arm.Joints[0], Is.EqualTo(new ArmJoint("pan", 1, 2048, -1, 4096, 2 * Math.PI, "rad")));
        Assert.That(arm.Arm.Joints[1].UnitsPerTurn, Is.EqualTo(2 * Math.PI * 0.02));
        Assert.That(rig.Task.Fields["operator"], Is.EqualTo("op-07"));
    }

    [TestCase("rig: [unclosed", 2, "not YAML")]
    [TestCase("", 0, "the file is empty")]
    [TestCase("just words", 1, "expected keys with values")]
    [TestCase("rig: a\n---\nrig: b", 2, "second YAML document")]
    [TestCase("rig: a", 1, "streams: missing")]
    [TestCase("rig: a b/c\nstreams: {m: {kind: mocap, server: h}}", 1, "cannot be part of a file name")]
    [TestCase("rig: a\nstreams: {}", 2, "no stream is declared")]
    [TestCase("rig: a\nstream: {}\nstreams: {m: {kind: mocap, server: h}}", 2, "did you mean `streams`?")]
    [TestCase("rig: a\nstreams:\n  m: {kind: mocap, server: h}\n  m: {kind: mocap, server: i}", 4, "two streams have this name: first on line 3")]
    [TestCase("rig: a\nstreams:\n  Front: {kind: mocap, server: h}", 3, "lower-case letters")]
    [TestCase("rig: a\nstreams:\n  clock: {kind: mocap, server: h}", 3, "taken by the recorder's own streams")]
    [TestCase("rig: a\nstreams:\n  m: {kind: lidar}", 3, "'lidar' is not known: expected one of camera")]
    [TestCase("rig: a\nstreams:\n  m: {server: h}", 3, "kind: missing")]
    [TestCase("rig: a\nstreams:\n  f: {kind: camera, url: \"http://h/\", fps: 30Hz}", 3, "'30Hz' is not a number: expected a number of Hz without its unit")]
    [TestCase("rig: a\nstreams:\n  f: {kind: camera, url: \"http://h/\", latency_s: {min: 1, max: 2}}", 3, "did you mean `latency_ms`?")]
    [TestCase("rig: a\nstreams:\n  f: {kind: camera, url: \"http://h/\", latency_ms: {min: 9, max: 2}}", 3, "min 9 is beyond max 2")]
    [TestCase("rig: a\nstreams:\n  f: {kind: camera, url: \"http://h/\", latency_ms: {min: 9}}", 3, "expected both ends")]
    [TestCase("rig: a\nstreams:\n  f: {kind: camera, url: \"http://h/\", size: 640}", 3, "is no size: expected width x height")]
    [TestCase("rig: a\nstreams:\n  f: {kind: camera, url: \"ftp://h/\"}", 3, "is no address of a camera")]
    [TestCase("rig: a\nstreams:\n  f: {kind: camera, device: /dev/video0, format: jpg}", 3, "'jpg' is not known here: expected one of mjpeg, h264")]
    [TestCase("rig: a\nstreams:\n  f: {kind: camera, device: \"usb:46d:85e\"}", 3, "four hex digits")]
    [TestCase("rig: a\nstreams:\n  f: {kind: camera, device: /dev/video0, url: \"http://h/\"}", 3, "expected one of the two")]
    [TestCase("rig: a\nstreams:\n  f: {kind: camera, url: \"http://h/\", controls: {gain: 4}}", 3, "has no controls here")]
    [TestCase("rig: a\nstreams:\n  r: {kind: microphone, device: x, rate: 48}", 3, "48 is out of range: expected a number of Hz without its unit, 8000 to 192000")]
    [TestCase("rig: a\nstreams:\n  r: {kind: microphone, device: x, channels: 1.5}", 3, "is not a whole number")]
    [TestCase("rig: a\nstreams:\n  b: {kind: mcu, port: /dev/x, trigger: {front: 1}}", 2, "names 'front', which is no camera")]
    [TestCase("rig: a\nstreams:\n  r: {kind: robot, port: /dev/x, model: nowhere.yaml}", 3, "no such file")]
    [TestCase("rig: a\nepisode: {preroll_seconds: 10}\nstreams: {m: {kind: mocap, server: h}}", 2, "records no pre-roll")]
    [TestCase("rig: a\ncalibration: {x: y.json}\nstreams: {m: {kind: mocap, server: h}}", 2, "no stream has this name")]
    public void A_wrong_rig_is_refused_with_its_line_and_what_was_expected(string yaml, int line, string expected)
    {
        RigException e = Assert.Throws<RigException>(() => Read(yaml))!;
        Assert.That(e.Problems.Select(p => p.ToString()), Has.Some.Contains(expected));
        Assert.That(e.Problems.First(p => p.ToString().Contains(expected, StringComparison.Ordinal)).Line, Is.EqualTo(line));
    }

    [Test]
    public void All_problems_are_told_at_once()
    {
        RigException e = Assert.Throws<RigException>(() => Read("rig: a\nepisode: {batch_every_ms: 1, colour: red}\nstreams:\n  f: {kind: camera}\n"))!;
        Assert.That(e.Problems, Has.Count.EqualTo(3));
    }

    [Test]
    public void A_password_in_an_address_is_refused_and_not_repeated()
    {
        RigException e = Assert.Throws<RigException>(() => Read("rig: a\nstreams:\n  f: {kind: camera, url: \"http://me:s3cret@h/\"}"))!;
        Assert.That(e.Message, Does.Contain("environment variables").And.Not.Contain("s3cret"));
    }

    [Test]
    public void A_missing_file_is_named()
    {
        RigException e = Assert.Throws<RigException>(() => RigReader.Read(Path.Combine(_folder, "none.yaml")))!;
        Assert.That(e.Message, Does.Contain("none.yaml").And.Contain("no such file"));
    }

    [Test]
    public void No_input_crashes_the_reader([Range(1, 40)] int seed)
    {
        // Damaged text of a valid rig: any outcome but a rig or a RigException fails.
        var random = new Random(seed);
        char[] text = Whole.ToCharArray();
        for (int i = 0; i < 8; i++)
        {
            text[random.Next(text.Length)] = "{}[]:,\n\"'&*-#|>\t\0aé"[random.Next(19)];
        }

        try
        {
            _ = Read(new string(text));
        }
        catch (RigException e)
        {
            Assert.That(e.Problems, Is.Not.Empty);
        }
    }

    private RigFile Read(string yaml)
    {
        string path = Path.Combine(_folder, "rig.yaml");
        File.WriteAllText(path, yaml);
        return RigReader.Read(path);
    }
}
