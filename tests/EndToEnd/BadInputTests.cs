using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EndToEnd.Processes;

namespace EndToEnd;

/// <summary>Bad input: each case with its exit code and a message that says what, where and what to do.</summary>
internal sealed class BadInputTests
{
    private const int FoundWrong = 1;
    private const int Usage = 2;
    private const int Environment = 3;

    private Scratch _scratch = null!;

    [SetUp]
    public void Make() => _scratch = new Scratch("bad");

    [TearDown]
    public void Remove() => _scratch.Dispose();

    // Lines are counted from 1.
    [TestCase("rig: [bench\nstreams: {", ":", "YAML", TestName = "A_rig_that_is_not_YAML")]
    [TestCase("rig: bench\nstreams:\n  mocap: {kind: mocap, protocol: natnet, server: 127.0.0.1, bodies: [a], colour: red}\n", ":3", "colour", TestName = "A_rig_with_an_unknown_key")]
    [TestCase("rig: bench\nstreams:\n  front: {kind: camera, url: \"http://127.0.0.1:1/s\", format: mjpeg, size: 640x480, fps: 30, latency_ms: 8ms}\n", ":3", "latency_ms", TestName = "A_rig_with_a_wrong_unit")]
    [TestCase("rig: bench\nstreams:\n  front: {kind: camera, url: \"http://127.0.0.1:1/s\", format: mjpeg, size: 640 by 480, fps: 30}\n", ":3", "size", TestName = "A_rig_with_a_wrong_size")]
    [TestCase("rig: bench\nstreams:\n  a: {kind: camera, url: \"http://127.0.0.1:1/s\", format: mjpeg, size: 640x480, fps: 30}\n  a: {kind: camera, url: \"http://127.0.0.1:2/s\", format: mjpeg, size: 640x480, fps: 30}\n", ":4", "a", TestName = "A_rig_with_two_streams_of_one_name")]
    public void Rig(string yaml, string line, string word)
    {
        string rig = _scratch["rig.yaml"];
        File.WriteAllText(rig, yaml);
        Finished record = CaptureProgram.Run("record", rig, "--seconds", "1", "--out", _scratch["out"]);
        Expect(record, Usage, rig + line, word);
        Assert.That(Directory.Exists(_scratch["out"]), Is.False, "nothing is begun");
    }

    [Test]
    public void A_rig_that_is_not_there() => Expect(CaptureProgram.Run("record", _scratch["none.yaml"]), Usage, "none.yaml");

    [Test]
    public void Devices_that_are_not_there_are_named_all_at_once()
    {
        string rig = _scratch["rig.yaml"];
        Directory.CreateDirectory(_scratch["arms"]);
        File.WriteAllText(rig, $$$"""
            rig: bench
            streams:
              front: {kind: camera, url: "http://127.0.0.1:1/stream", format: mjpeg, size: 640x480, fps: 30, latency_ms: {min: 8, max: 45}}
              mocap: {kind: mocap, protocol: natnet, server: 127.0.0.1, command_port: {{{FreeUdpPort()}}}, data_port: {{{FreeUdpPort()}}}, bodies: [cube]}
              board: {kind: mcu, port: "{{{_scratch["no.tty"]}}}"}

            """);
        Finished record = CaptureProgram.Run("record", rig, "--seconds", "1", "--out", _scratch["out"]);
        Expect(record, Environment, "127.0.0.1:1", "no.tty");
        Assert.That(record.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(l => l.StartsWith("capture: ", StringComparison.Ordinal)), Is.EqualTo(3), record.Errors);
        Assert.That(Directory.Exists(_scratch["out"]), Is.False, "nothing is begun");
    }

    [TestCase("info", "episode.json")]
    [TestCase("verify", "episode.json")]
    [TestCase("recover", "streams")]
    public void A_folder_that_is_no_episode(string verb, string missing)
    {
        string folder = Directory.CreateDirectory(_scratch["no.episode"]).FullName;
        Expect(CaptureProgram.Run(verb, folder), FoundWrong, "no.episode", missing);
    }

    [Test]
    public void A_truncated_arrow_file()
    {
        string copy = CopyOfTheEpisode();
        string file = Path.Combine(copy, "streams", "mocap.arrow");
        byte[] whole = File.ReadAllBytes(file);

        // In the middle of a batch: what is whole can be had, and verify says that the rest is missing.
        File.WriteAllBytes(file, whole[..(whole.Length / 2)]);
        Finished cat = CaptureProgram.Run("cat", file);
        Finished verify = CaptureProgram.Run("verify", copy);
        Finished info = CaptureProgram.Run("info", copy);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(cat.Exit, Is.Zero, cat.Errors);
            Assert.That(cat.Errors, Does.Contain("mocap.arrow").And.Contain("left out"));
            Assert.That(verify.Exit, Is.EqualTo(FoundWrong), verify.ToString());
            Assert.That(verify.Output, Does.Contain("mocap"));
            Assert.That(info.Output, Does.Contain("torn").Or.Contain("open"));
        }

        // In the middle of its schema: nothing is left of it.
        File.WriteAllBytes(file, whole[..100]);
        Expect(CaptureProgram.Run("cat", file), FoundWrong, "mocap.arrow");
        Expect(CaptureProgram.Run("info", copy), FoundWrong, "mocap.arrow");
        Assert.That(CaptureProgram.Run("verify", copy).Exit, Is.EqualTo(FoundWrong));
    }

    [Test]
    public void A_foreign_arrow_file_in_an_episode()
    {
        string copy = CopyOfTheEpisode();
        string grid = _scratch["grid.arrow"];
        Assert.That(CaptureProgram.Run("align", copy, "--rate", "5", "--out", grid).Exit, Is.Zero);
        File.Move(grid, Path.Combine(copy, "streams", "other.arrow"));
        Expect(CaptureProgram.Run("info", copy), FoundWrong, "other.arrow");
        Finished verify = CaptureProgram.Run("verify", copy);
        Assert.That(verify.Exit, Is.EqualTo(FoundWrong), verify.ToString());
        Assert.That(verify.Output, Does.Contain("other"));
    }

    [Test]
    public void A_file_that_is_no_arrow_file()
    {
        string file = _scratch["text.arrow"];
        File.WriteAllText(file, "this is a text and no table, and long enough to be looked at");
        Expect(CaptureProgram.Run("cat", file), FoundWrong, "text.arrow");
        Expect(CaptureProgram.Run("cat", _scratch["none.arrow"]), Environment, "none.arrow");
    }

    [Test]
    public void An_unknown_command_or_option()
    {
        Expect(CaptureProgram.Run("record", "rig.yaml", "--secnods", "1"), Usage, "--secnods", "--help");
        Expect(CaptureProgram.Run("record", "rig.yaml", "--seconds", "0"), Usage, "--seconds");
        Expect(CaptureProgram.Run("align", "x.episode", "--out", "f"), Usage, "--rate");
    }

    [Test]
    public void No_permission()
    {
        if (!Programs.IsRoot || Programs.Find("setpriv") is not { } setpriv)
        {
            Assert.Ignore("taking permissions away needs root and setpriv");
            return;
        }

        using var rig = new RigProcess(_scratch["rig"], 1, "--without", "front,wrist,room,mocap,leader");
        string dotnet = Programs.Find("dotnet")!;
        Assert.That(Programs.Run("chmod", ["-R", "a+rX", _scratch.Folder]).Exit, Is.Zero);
        string tty = File.ResolveLinkTarget(_scratch["rig/board.tty"], returnFinalTarget: true)!.FullName;
        Mode("600", tty);
        var environment = new Dictionary<string, string> { ["HOME"] = _scratch.Folder, ["DOTNET_CLI_HOME"] = _scratch.Folder };
        string[] nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", dotnet];
        if (Programs.Run(setpriv, [.. nobody, Programs.CaptureDll, "--help"], environment: environment) is { Exit: not 0 } cannot)
        {
            Assert.Ignore("the built program cannot be run by another user here: " + cannot.Errors.Split('\n')[0]);
        }

        Finished device = Programs.Run(setpriv, [.. nobody, Programs.CaptureDll, "record", rig.RigFile, "--seconds", "1", "--out", "/tmp/capture-e2e-never"], environment: environment);
        Expect(device, Environment, "board.tty", "permission");
        Mode("666", tty);
        string follower = File.ResolveLinkTarget(_scratch["rig/follower.tty"], returnFinalTarget: true)!.FullName;
        Mode("666", follower);
        string folder = Directory.CreateDirectory(_scratch["closed"]).FullName;
        Mode("700", folder);
        Finished disk = Programs.Run(setpriv, [.. nobody, Programs.CaptureDll, "record", rig.RigFile, "--seconds", "1", "--out", folder], environment: environment);
        Expect(disk, Environment, "closed", "permission");
    }

    [TestCase(new[] { "recrod" }, "there is no command 'recrod'; did you mean `record`?")]
    [TestCase(new[] { "frobnicate", "x" }, "expected one of devices, check, record")]
    [TestCase(new string[0], "no command was given")]
    public void A_mistyped_command(string[] arguments, string words)
    {
        Finished finished = CaptureProgram.Run(arguments);
        Expect(finished, Usage, words);
        Assert.That(finished.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(2), finished.Errors);
    }

    /// <summary>What, where and what to do: exit code, the words, whole sentences and no stack.</summary>
    private static void Expect(Finished finished, int exit, params string[] words)
    {
        TestContext.Out.WriteLine($"{finished.Exit}: {finished.Errors.Trim()}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(finished.Exit, Is.EqualTo(exit), finished.ToString());
            Assert.That(finished.Errors, Does.Not.Contain("   at ").And.Not.Contain("Unhandled"));
            foreach (string word in words)
            {
                Assert.That(finished.Errors, Does.Contain(word).IgnoreCase);
            }
        }
    }

    private string CopyOfTheEpisode()
    {
        string copy = _scratch["copy.episode"];
        Assert.That(Programs.Run("cp", ["-r", LiveRecording.Shared.Episode, copy]).Exit, Is.Zero);
        return copy;
    }

    private static void Mode(string mode, string path) => Assert.That(Programs.Run("chmod", [mode, path]).Exit, Is.Zero);

    private static string FreeUdpPort()
    {
        using var socket = new UdpClient(0);
        return ((IPEndPoint)socket.Client.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
    }
}
