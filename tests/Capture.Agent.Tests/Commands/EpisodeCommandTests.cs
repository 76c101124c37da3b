using System.Text.Json;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;

namespace Capture.Agent.Tests.Commands;

/// <summary>The verbs that read a closed episode, on a small one of an arm and a gyroscope.</summary>
[NonParallelizable]
public sealed class EpisodeCommandTests
{
    private string _root = "";
    private string _episode = "";

    [SetUp]
    public void Record()
    {
        _root = Directory.CreateTempSubdirectory("capture-verbs-").FullName;
        using var recorder = EpisodeRecorder.Create(new EpisodeSettings { RigName = "bench", EpisodesFolder = _root, Name = "take", BufferMb = 64, BufferSeconds = 30 });
        var latency = new LatencyRange(Duration.Zero, Duration.FromMilliseconds(5));
        IImuSink imu = recorder.Open(new ImuStream
        {
            Name = "imu", Device = new DeviceIdentity("test", null, null), StampSource = StampSource.ReadReturn, StampInstant = StampInstant.FirstSample, Latency = latency, RateHz = 200, Counted = true,
            MaxRowBytes = 64, BytesPerSecond = 12_800,
        });
        IImuSink other = recorder.Open(new ImuStream
        {
            Name = "other", Device = new DeviceIdentity("test", null, null), StampSource = StampSource.ReadReturn, StampInstant = StampInstant.FirstSample, Latency = latency, RateHz = 200, Counted = true,
            MaxRowBytes = 64, BytesPerSecond = 12_800,
        });
        recorder.Arm();
        for (int i = 0; i < 2400; i++)
        {
            // Two gyroscopes on one body; the times of the other are 60 ms late.
            HostTime t = recorder.Anchor.Origin + Duration.FromMilliseconds(5 * i);
            HostTime late = t + Duration.FromMilliseconds(60);
            float w = (float)(Math.Pow(Math.Sin(i * 0.013), 2) + (0.7 * Math.Pow(Math.Sin(i * 0.0071), 2)));
            imu.Append(new SampleStamp(i, 0, null, t, t), [0, 0, 9.8f], [w, 0, 0]);
            other.Append(new SampleStamp(i, 0, null, late, late), [0, 0, 9.8f], [0, w, 0]);
        }

        recorder.Stop(StopReason.Operator);
        recorder.Seal();
        _episode = recorder.Folder;
    }

    [TearDown]
    public void Remove() => Directory.Delete(_root, recursive: true);

    [Test]
    public void Sync_check_raises_the_alarm_and_a_refit_with_the_right_latency_ends_it()
    {
        string page = Path.Combine(_root, "sync.html");
        (int exit, string output) = Run("sync-check", _episode, "--html", page, "--json");
        JsonElement measured = JsonDocument.Parse(output).RootElement.GetProperty("measurements")[0];
        Assert.Multiple(() =>
        {
            Assert.That(exit, Is.EqualTo(ExitCode.FoundWrong));
            Assert.That(measured.GetProperty("verdict").GetString(), Is.EqualTo("alarm"));
            Assert.That(measured.GetProperty("residual_ns").GetInt64(), Is.EqualTo(60_000_000).Within(2_000_000));
            Assert.That(File.ReadAllText(page), Does.Contain("<svg").And.Contain("alarm"));
            Assert.That(Run("sync-check", _episode).Output, Does.Contain("alarm"));
        });
        Assert.That(Run("refit", _episode, "--latency", "other=60:65", "--dry-run").Output, Does.Contain("times/other.v2.arrow").And.Contain("nothing was changed"));
        Assert.That(Run("refit", _episode, "--latency", "other=60:65").Output, Does.Contain("v2 in force"));
        Assert.That(Run("sync-check", _episode).Exit, Is.Zero, "the calibrated latency mends it");
        Assert.That(Run("verify", _episode).Exit, Is.Zero);
        Assert.That(Run("refit", _episode, "--use", "v1", "--json").Output, Does.Contain("\"to\":\"v1\""));
        Assert.That(Run("sync-check", _episode).Exit, Is.EqualTo(ExitCode.FoundWrong));
    }

    [Test]
    public void Align_takes_a_mean_a_window_and_a_version()
    {
        string table = Path.Combine(_root, "table.arrow");
        (int exit, string output) = Run("align", _episode, "--rate", "30", "--stream", "imu=mean:33", "--stream", "other=window:100+20", "--from", "1", "--until", "3", "--times", "online", "--out", table, "--json");
        using Arrow.ArrowReader reader = Arrow.ArrowReader.Open(table);
        Assert.Multiple(() =>
        {
            Assert.That(exit, Is.Zero);
            Assert.That(JsonDocument.Parse(output).RootElement.GetProperty("rows").GetInt64(), Is.EqualTo(61));
            Assert.That(reader.Schema.Fields.Select(f => f.Name), Is.SupersetOf(["time_ns", "imu.row", "imu.distance_ns", "imu.count", "imu.angular_velocity", "other.count"]));
            Assert.That(reader.Schema.Metadata.Find("capture.times"), Is.EqualTo("online"));
            Assert.That(Run("align", _episode, "--rate", "30", "--stream", "imu=mean:33+4", "--out", table + "2").Exit, Is.EqualTo(ExitCode.Usage));
            Assert.That(Run("align", _episode, "--rate", "30", "--only", "imu,nothing", "--out", table + "2").Exit, Is.EqualTo(ExitCode.FoundWrong));
            Assert.That(Run("refit", _episode, "--latency", "imu=5").Exit, Is.EqualTo(ExitCode.Usage));
            Assert.That(Run("refit", _episode, "--use", "v9").Exit, Is.EqualTo(ExitCode.FoundWrong));
        });
    }

    private static (int Exit, string Output) Run(params string[] arguments)
    {
        TextWriter console = Console.Out;
        using var output = new StringWriter();
        Console.SetOut(output);
        try
        {
            return (CommandLine.Run(arguments), output.ToString());
        }
        finally
        {
            Console.SetOut(console);
        }
    }
}
