using System.Text.Json;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Capture.Simulation.Arms;
using Capture.Simulation.Microphone;
using Capture.Simulation.Scene;
using EndToEnd.Truth;

namespace EndToEnd;

/// <summary>What was recorded from live streams, against the truth: nothing lost unbooked, nothing shifted, every row at its time.</summary>
internal sealed class LiveRecordingTests
{
    private EpisodeReader _episode = null!;
    private string _rig = "";

    [OneTimeSetUp]
    public void Record()
    {
        LiveRecording live = LiveRecording.Shared;
        Assert.That(live.Result.Exit, Is.Zero, live.Result.ToString());
        _rig = live.RigFolder;
        _episode = live.Open();
    }

    [OneTimeTearDown]
    public void Close() => _episode?.Dispose();

    [Test]
    public void Produced_is_stored_and_dropped_for_every_stream_that_counts()
    {
        string[] counted = ["board.imu", "board.trigger", "mocap", "leader.state", "follower.state", "follower.command"];
        ManifestStream[] streams = [.. _episode.Manifest.Streams.Where(s => s.Counts is not null)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_episode.Faults, Is.Empty);
            foreach (ManifestStream stream in streams)
            {
                ManifestCounts counts = stream.Counts!;
                TestContext.Out.WriteLine($"{stream.Name}: {counts}");
                if (counted.Contains(stream.Name))
                {
                    Assert.That(counts.Produced, Is.EqualTo(counts.Stored + counts.Dropped), stream.Name);
                    Assert.That(counts.Unknown, Is.Zero, stream.Name);
                }
                else
                {
                    Assert.That(counts.Unknown, Is.Null, $"{stream.Name} has no counter: what it lost cannot be known, and 0 would be an invention");
                }
            }

            Assert.That(streams.Select(s => s.Name), Is.EquivalentTo(counted.Concat(["front", "wrist", "room"])));
        }
    }

    [TestCase("front", 1)]
    [TestCase("wrist", 2)]
    public void Each_stored_picture_is_the_frame_that_its_time_says(string camera, byte code)
    {
        var stream = new RecordedStream(_episode, camera);
        var truth = TruthLines.Read(_rig, camera).ToDictionary(l => l.Long("frame"));
        long[] frames = FrameCodes.Read(stream, code);
        Assert.That(frames, Is.Ordered.Ascending.And.Unique);
        Assert.That(frames.Where(f => !truth.ContainsKey(f)), Is.Empty, "every frame was made by the camera");
        stream.ExpectTimes(row => truth[frames[row]].Long("exposure_start_ns"));

        // The camera sent whole frames to nobody else: between the first and the last stored, what it sent and we have not must stand in the ledger.
        long sent = truth.Values.Count(l => l.Long("frame") >= frames[0] && l.Long("frame") <= frames[^1] && l.Long("clients") > 0);
        Assert.That(frames.Length + Booked(camera), Is.GreaterThanOrEqualTo(sent), $"{sent} sent, {frames.Length} stored");
        Assert.That(frames.Length, Is.LessThanOrEqualTo(sent));
        Assert.That(frames.Length, Is.GreaterThan(LiveRecording.Seconds * 20), "most of ten seconds at 30 fps");
    }

    [Test]
    public void Each_mocap_frame_lies_at_its_exposure_and_shows_the_true_pose()
    {
        var stream = new RecordedStream(_episode, "mocap");
        var truth = TruthLines.Read(_rig, "mocap").ToDictionary(l => l.Long("mid_ticks"));
        long[] ticks = stream.Values<long>(CommonColumns.DeviceTicks);
        Assert.That(ticks.Where(t => !truth.ContainsKey(t)), Is.Empty, "every frame carries the stamp of one that the server made");
        JsonElement[] made = [.. ticks.Select(t => truth[t])];
        Assert.That(made.Select(l => l.Long("frame")), Is.Ordered.Ascending.And.Unique);
        stream.ExpectTimes(row => made[row].Long("mid_ns"));

        long[] frames = [.. made.Select(l => l.Long("frame"))];
        Assert.That(frames.Length + Booked("mocap"), Is.EqualTo(frames[^1] - frames[0] + 1), "stored and booked make the server's count");
        foreach (string body in (string[])["gripper", "cube"])
        {
            float[][] positions = stream.Each(body, (column, row) => column.Child(MocapFrameSchema.Position) is var p && p.Items(row) is var (at, n) ? p.Item.Values<float>().Slice(at, n).ToArray() : []);
            double furthest = positions.Select((p, row) => Enumerable.Range(0, 3).Max(i => Math.Abs(p[i] - made[row].GetProperty(body)[i].GetDouble()))).Max();
            TestContext.Out.WriteLine($"{body}: furthest {furthest * 1e3:0.000} mm from the truth");
            Assert.That(furthest, Is.LessThan(0.005), "metres; the simulator adds noise well below that");
        }
    }

    [Test]
    public void Each_trigger_edge_lies_at_its_time()
    {
        var stream = new RecordedStream(_episode, "board.trigger");
        var truth = TruthLines.Read(_rig, "triggers").ToDictionary(l => (l.Long("channel"), l.Long("sequence")));
        short[] channels = stream.Values<short>(TriggerEdgeSchema.Channel);
        long[] edges = stream.Values<long>(TriggerEdgeSchema.Edge);
        bool[] rising = stream.Each(TriggerEdgeSchema.Rising, (c, row) => c.Bool(row));
        JsonElement[] made = [.. channels.Zip(edges, (c, e) => truth[(c, e)])];
        Assert.That(made.Zip(rising).Where(p => p.First.GetProperty("rising").GetBoolean() != p.Second), Is.Empty);
        stream.ExpectTimes(row => made[row].Long("true_ns"));
        Assert.That(edges.Length + Booked("board.trigger"), Is.EqualTo(edges[^1] - edges[0] + 1), "stored and booked make the board's count");
    }

    [Test]
    public void The_imus_samples_are_those_that_were_felt_in_their_order()
    {
        var stream = new RecordedStream(_episode, "board.imu");
        var truth = TruthLines.Read(_rig, "imu").ToDictionary(l => l.Long("true_ns"));
        float[][] acceleration = stream.Lists<float>(ImuSchema.Acceleration);
        float[][] angular = stream.Lists<float>(ImuSchema.AngularVelocity);

        // The feed has one reading each whole millisecond. A row is one of the readings near its time; which one, its content says.
        // A feed that the machine holds up leaves the board with its last reading: such rows are old by their content, not by their time.
        const int NearMs = 20;
        const int FarMs = 300;
        long?[] felt = new long?[stream.Rows];
        int held = 0, foreign = 0;
        for (int row = 0; row < felt.Length; row++)
        {
            long near = (stream.TimeNs[row] + 500_000) / 1_000_000;
            long found = Enumerable.Range(0, (2 * FarMs) + 1).Select(i => (near + (i % 2 == 0 ? i / 2 : -(i + 1) / 2)) * 1_000_000)
                .FirstOrDefault(t => truth.TryGetValue(t, out JsonElement l) && Same(l.GetProperty("accel_mps2"), acceleration[row]) && Same(l.GetProperty("gyro_radps"), angular[row]), -1);
            bool isNear = Math.Abs((found / 1_000_000) - near) <= NearMs;
            foreign += found < 0 ? 1 : 0;
            held += found >= 0 && !isNear ? 1 : 0;
            felt[row] = isNear ? found : null;
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(foreign, Is.Zero, "rows that are no reading of the feed");
            Assert.That(held, Is.LessThanOrEqualTo(stream.Rows / 100), "rows with a reading more than 20 ms away");
        }

        stream.ExpectTimes(row => felt[row], insideAtLeast: 0);
        Assert.That(stream.Rows + Booked("board.imu"), Is.EqualTo(stream.Sequence[^1] - stream.Sequence[0] + 1));
    }

    [TestCase("leader")]
    [TestCase("follower")]
    public void Each_joint_state_is_the_answer_to_its_own_request(string arm)
    {
        var stream = new RecordedStream(_episode, arm + ".state");
        JsonElement[] replies = [.. TruthLines.Read(_rig, arm).Where(l => l.GetProperty("ids").GetArrayLength() == BenchArmModel.Joints.Length)];
        long[] received = [.. replies.Select(l => l.Long("received_ns"))];
        long[] requests = stream.Values<long>(JointStateSchema.RequestTime);
        long[] answers = stream.Values<long>(JointStateSchema.ReplyTime);
        double[][] positions = stream.Lists<double>(JointStateSchema.Position);
        var made = new JsonElement?[stream.Rows];
        var different = new List<string>();
        for (int row = 0; row < stream.Rows; row++)
        {
            int at = Array.BinarySearch(received, requests[row]);
            at = at < 0 ? ~at : at;
            if (at == received.Length || received[at] > answers[row])
            {
                continue;
            }

            made[row] = replies[at];
            JsonElement counts = replies[at].GetProperty("position");
            if (Enumerable.Range(0, positions[row].Length).Any(j => Math.Abs(positions[row][j] - BenchArmModel.Value(j, counts[j].GetInt32())) > 1e-9))
            {
                different.Add($"row {row}, poll {stream.Sequence[row]}, asked at {requests[row]}, answered at {answers[row]}: {string.Join(' ', positions[row])} is not {replies[at]}");
            }
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(made.Count(l => l is null), Is.Zero, "rows without a request on the wire between request and reply");
            Assert.That(different, Is.Empty, "rows whose joints are not what the servos said");
        }

        stream.ExpectTimes(row => made[row]?.GetProperty("sample_ns")[0].GetInt64());
    }

    [Test]
    public void The_sound_is_the_rooms_sample_for_sample_and_at_its_time()
    {
        var stream = new RecordedStream(_episode, "room");
        short[][] recorded = stream.Lists<short>(AudioPeriodSchema.Samples);
        JsonElement[] truth = [.. TruthLines.Read(_rig, "room")];
        (ulong seed, long epoch) = TruthLines.Rig(_rig);
        var sound = new BenchSound(new BenchScene(seed));
        var periods = new Dictionary<string, long>();
        for (int i = 0; i + 1 < truth.Length; i++)
        {
            if (truth[i].GetProperty("delivered").GetBoolean())
            {
                short[] samples = new short[truth[i + 1].Long("first_sample") - truth[i].Long("first_sample")];
                sound.Fill(samples, truth[i].Long("true_ns") - epoch, truth[i + 1].Long("true_ns") - epoch, truth[i].Long("first_sample"));
                periods[Text(samples)] = truth[i].Long("true_ns");
            }
        }

        long?[] heard = [.. recorded.Select(s => periods.TryGetValue(Text(s), out long t) ? t : (long?)null)];
        Assert.That(heard.Count(t => t is null), Is.Zero, "periods that the microphone did not deliver so");
        Assert.That(heard, Is.Ordered.Ascending.And.Unique);
        stream.ExpectTimes(row => heard[row]);
    }

    [Test]
    public void Nobody_wrote_to_an_arm() => Assert.That(TruthLines.Read(_rig, "writes"), Is.Empty);

    [Test]
    public void The_armed_recorder_allocates_nothing_per_sample()
    {
        // 17,000 samples and 600 pictures: a single object of 24 bytes for each would be 400 kB.
        long bytes = LiveRecording.Shared.Json.GetProperty("managed_bytes_while_armed").GetInt64();
        TestContext.Out.WriteLine($"{bytes} managed bytes in {LiveRecording.Seconds} s");
        Assert.That(bytes, Is.LessThanOrEqualTo(64 * 1024));
    }

    private static string Text(short[] samples) => Convert.ToBase64String(System.Runtime.InteropServices.MemoryMarshal.AsBytes(samples.AsSpan()));

    private static bool Same(JsonElement truth, float[] row) => Enumerable.Range(0, 3).All(i => (float)truth[i].GetDouble() == row[i]);

    /// <summary>What the ledger books for a stream; entries without a number count as none.</summary>
    private long Booked(string stream) => _episode.Manifest.Streams.Single(s => s.Name == stream).Counts!.Dropped;
}
