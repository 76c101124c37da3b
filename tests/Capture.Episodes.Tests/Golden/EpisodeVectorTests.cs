using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;
using Capture.Episodes.Verification;

namespace Capture.Episodes.Tests.Golden;

/// <summary>
/// Episodes of every version, committed as they were written: <c>tests/vectors/episodes</c>. They are read for ever, and never written again; beside each lies what is in it. A new one
/// (for a new version) is made with CAPTURE_WRITE_VECTOR=NAME, and only where none of that name is there.
/// </summary>
public sealed class EpisodeVectorTests
{
    private static IEnumerable<string> Vectors() => Directory.GetDirectories(VectorFolder(), "*.episode").Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Vectors))]
    public void An_episode_of_an_old_version_is_read_and_verified(string name)
    {
        using var temp = new TempFolder();
        string folder = temp.At(name);
        TempFolder.Copy(Path.Combine(VectorFolder(), name), folder);
        JsonNode expected = JsonNode.Parse(File.ReadAllText(Path.Combine(VectorFolder(), Path.ChangeExtension(name, ".json"))))!;
        Assert.Multiple(() =>
        {
            Assert.That(EpisodeVerifier.Verify(folder, new VerifyOptions(DecodePictures: true)), Is.Empty);
            Assert.That(JsonNode.DeepEquals(Contents(folder), expected), Is.True, Contents(folder).ToJsonString());
        });
    }

    [Test]
    [Explicit("adds to what is committed")]
    public void Writes_a_vector_where_there_is_none()
    {
        if (Environment.GetEnvironmentVariable("CAPTURE_WRITE_VECTOR") is not { Length: > 0 } name)
        {
            Assert.Ignore("only with CAPTURE_WRITE_VECTOR=NAME");
            return;
        }

        string folder = Path.Combine(VectorFolder(), name + ".episode");
        Assert.That(Directory.Exists(folder), Is.False, "a committed episode is never written again");
        using var temp = new TempFolder();
        string made = RecordEveryKind(temp);
        TempFolder.Copy(made, folder);
        File.WriteAllText(Path.Combine(VectorFolder(), name + ".json"), Contents(made).ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    /// <summary>What is in an episode: of every stream its kind, its rows, and the digest of all values by batch.</summary>
    private static JsonObject Contents(string folder)
    {
        using EpisodeReader episode = EpisodeReader.Open(folder);
        Delivered delivered = Delivered.Of(folder);
        var streams = new JsonArray();
        foreach (EpisodeStream stream in episode.Streams.OrderBy(s => s.Info.Name, StringComparer.Ordinal))
        {
            streams.Add(new JsonObject
            {
                ["name"] = stream.Info.Name,
                ["kind"] = stream.Info.Kind,
                ["rows"] = stream.Rows,
                ["values"] = new JsonArray([.. delivered.Batches.Where(b => b.Stream.StartsWith(stream.Info.Name + " ", StringComparison.Ordinal)).Select(b => (JsonNode)b.Digest)]),
                ["times"] = new JsonArray([.. stream.Times?.ReadInt64("episode_time_ns").Select(t => (JsonNode)t) ?? []]),
            });
        }

        return new JsonObject { ["id"] = episode.Manifest.Id, ["state"] = episode.Manifest.State, ["streams"] = streams };
    }

    private static string RecordEveryKind(TempFolder temp)
    {
        var clock = new StepClock();
        using EpisodeRecorder recorder = EpisodeRecorder.Create(new EpisodeSettings
        {
            RigName = "bench",
            EpisodesFolder = temp.Path,
            Name = "every-kind",
            Clock = clock,
            Id = Guid.ParseExact("00112233-4455-6677-8899-aabbccddeeff", "D"),
            SoftwareVersion = "1.0.0",
            BootId = "11111111-2222-3333-4444-555555555555",
            BufferSeconds = 0.5,
            Stepped = true,
        });
        ICameraFrameSink camera = recorder.Open(Streams.Camera());
        IAudioPeriodSink audio = recorder.Open(Streams.Audio());
        IImuSink imu = recorder.Open(Streams.Imu());
        ITriggerEdgeSink trigger = recorder.Open(Streams.Trigger());
        IMocapFrameSink mocap = recorder.Open(Streams.Mocap());
        IJointStateSink arm = recorder.Open(Streams.Joints());
        IJointCommandSink command = recorder.Open(Streams.Command());
        IClockExchangeSink exchange = recorder.Open(Streams.Exchange());
        recorder.Arm();
        byte[] period = [.. Enumerable.Range(0, 480 * 4).Select(i => (byte)i)];
        JointReading[] joints = [.. Enumerable.Range(0, 7).Select(i => new JointReading(i != 3, i / 4.0, -i, i / 8f))];
        double[] told = [0, 0.5, double.NaN, 1, 1.5, 2, 2.5];
        for (int i = 0; i < 6; i++)
        {
            clock.Advance(40_000_000);
            HostTime now = clock.Now;
            camera.Append(Rig.Stamp(i, now), Jpegs.Grey8, true);
            audio.Append(Rig.Stamp(i, now, 480L * i), period);
            imu.Append(Rig.Stamp(i, now, 40_000L * i), [1, 2, 3 + i], [4, 5, 6]);
            trigger.Append(Rig.Stamp(i, now, 40_000L * i), 1, 41 + i, i % 2 == 0);
            mocap.Append(Rig.Stamp(i, now, 40_000L * i), [new MocapBody(true, 1, 2, i, 0, 0, 0, 1, 0.001f), i % 2 == 0 ? null : new MocapBody(false, 0, 0, 0, 0, 0, 0, 1, 0)], [new MocapMarker(i, 1, 2, 3, 0.01f, 0.001f, false)]);
            arm.Append(Rig.Stamp(i, now), now - Duration.FromMilliseconds(3), now, joints);
            command.Append(Rig.Stamp(i, now), now - Duration.FromMilliseconds(3), now, told);
            exchange.Append(i, new ClockExchange(now - Duration.FromMilliseconds(2), new DeviceTicks((40_000L * i) - 1000), new DeviceTicks((40_000L * i) - 900), now, 0));
            if (i == 3)
            {
                audio.Book(new Core.Streams.Loss(now, Core.Streams.LossStage.Device, Core.Streams.LossReason.Overrun, Core.Streams.LossEvidence.Interval, null, null));
            }

            recorder.Step();
        }

        recorder.Stop(StopReason.Operator);
        recorder.Seal();
        return recorder.Folder;
    }

    private static string VectorFolder([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../vectors/episodes"));
}
