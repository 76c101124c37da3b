using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Devices.Cameras;
using Capture.Devices.Cameras.Ffmpeg;
using Capture.Episodes.Schema;

namespace Capture.Devices.Tests.Cameras.Ffmpeg;

/// <summary>A real video file, what ffmpeg makes of it, and inputs that nobody can read, as cameras.</summary>
internal sealed class FfmpegCameraSourceTests
{
    private readonly string folder = Directory.CreateTempSubdirectory("videos-").FullName;

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(folder, recursive: true);

    // What the index of tree.avi promises (444) is not what is in it.
    [TestCase("tree.avi", 320, 240, 68)]
    [TestCase("Megamind.avi", 720, 528, 270)]
    public void A_real_file_played_fast_gives_every_picture_at_the_time_that_the_file_says(string name, int width, int height, int pictures)
    {
        string path = Videos.Real(name);
        using RunningSource running = Play(path, InputPace.Fast, out RecordedSink sink);
        running.WaitFor(() => running.Source.State == SourceState.Ended, "the end of the file", 60);
        running.Stop();
        var stream = (CameraFrameStream)sink.Stream;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((stream.WidthPx, stream.HeightPx, stream.Encoding, stream.StampSource), Is.EqualTo((width, height, "mjpeg", StampSource.File)));
            Assert.That(FromFirst(sink.Stamps.Select(s => s.HostTime.Nanoseconds)), Is.EqualTo(Videos.TimesNs(path)));
            Assert.That(sink.Stamps.Select(s => s.Sequence), Is.EqualTo(Enumerable.Range(0, pictures)));
            Assert.That(Videos.Decoded("mjpeg", sink.Payloads), Is.EqualTo(pictures));
            Assert.That(sink.Lost, Is.Zero);
        }
    }

    [Test]
    public void H264_passes_through_and_each_key_frame_can_begin_a_decoder()
    {
        string path = Videos.H264(folder, "plain.mp4", 60, "-bf", "0");
        using RunningSource running = Play(path, InputPace.Fast, out RecordedSink sink);
        running.WaitFor(() => running.Source.State == SourceState.Ended, "the end of the file", 60);
        running.Stop();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(((CameraFrameStream)sink.Stream).Encoding, Is.EqualTo("h264"));
            Assert.That(sink.Payloads.Select(p => Media.Video.AnnexB.Check(p, out _)), Has.All.Null);
            Assert.That(FromFirst(sink.Stamps.Select(s => s.HostTime.Nanoseconds)), Is.EqualTo(Videos.TimesNs(path)));
            Assert.That(Videos.Decoded("h264", sink.Payloads), Is.EqualTo(60));
            Assert.That(Videos.Decoded("h264", sink.Payloads.Skip(12)), Is.EqualTo(48), "from the second key frame on");
            Assert.That(sink.Lost, Is.Zero);
        }
    }

    [Test]
    public void Pictures_stored_in_another_order_are_decoded_and_come_in_the_order_of_time()
    {
        string path = Videos.H264(folder, "reordered.mkv", 60, "-bf", "3");
        using RunningSource running = Play(path, InputPace.Fast, out RecordedSink sink);
        running.WaitFor(() => running.Source.State == SourceState.Ended, "the end of the file", 60);
        running.Stop();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(((CameraFrameStream)sink.Stream).Encoding, Is.EqualTo("mjpeg"));
            Assert.That(FromFirst(sink.Stamps.Select(s => s.HostTime.Nanoseconds)), Is.EqualTo(Videos.TimesNs(path)));
            Assert.That(sink.Lost, Is.Zero);
        }

        using var asked = new FfmpegCameraSource(Settings(path, InputPace.Fast) with { Format = "h264" }, HostClock.System);
        Assert.That(asked.Open, Throws.TypeOf<DeviceException>().With.Message.Contains("B-frames"));
    }

    [Test]
    public void In_real_time_the_files_own_times_are_a_clock_and_arrivals_are_marked_as_ffmpegs()
    {
        string path = Videos.H264(folder, "short.mp4", 30, "-bf", "0");
        using RunningSource running = Play(path, InputPace.RealTime, out RecordedSink sink);
        running.WaitFor(() => running.Source.State == SourceState.Ended, "the end of the file", 60);
        running.Stop();
        CameraFrameStream stream = (CameraFrameStream)sink.Stream;
        long[] ticks = [.. sink.Stamps.Select(s => s.Ticks!.Value.Value)];
        long[] times = Videos.TimesNs(path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((stream.StampSource, stream.Clock!.Feed), Is.EqualTo((StampSource.Ffmpeg, ClockFeed.OneWay)));
            Assert.That(ticks.Select(t => (long)Math.Round((t - ticks[0]) * 1e9 / stream.Clock.TickRateHz)), Is.EqualTo(times));
            Assert.That(sink.Stamps[^1].HostTime - sink.Stamps[0].HostTime, Is.GreaterThan(new Duration(times[^1] * 8 / 10)), "it was not read faster than it plays");
        }
    }

    [Test]
    public void What_happens_now_is_stamped_when_it_comes_out_of_ffmpeg_and_an_ffmpeg_that_dies_is_started_anew()
    {
        FfmpegCameraSettings settings = Settings("testsrc2=size=160x120:rate=25,realtime", InputPace.Live) with
        {
            Options = new Dictionary<string, string>(StringComparer.Ordinal) { ["f"] = "lavfi" },
            RateHz = 25,
        };
        using RunningSource running = new(new FfmpegCameraSource(settings, HostClock.System), sinks => sinks.All[0].KeepPayloads = true);
        RecordedSink sink = running.Sinks.All[0];
        running.WaitFor(() => sink.Count > 10, "pictures", 30);
        int before = sink.Count;
        int child = Children().Single(c => c.Arguments.Contains("realtime", StringComparison.Ordinal)).Id;
        System.Diagnostics.Process.GetProcessById(child).Kill();
        running.WaitFor(() => sink.Stamps.ToArray().Any(s => s.Segment == 1), "pictures of a new ffmpeg", 30);
        running.Stop();
        CameraFrameStream stream = (CameraFrameStream)sink.Stream;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((stream.StampSource, stream.StampInstant, stream.Clock), Is.EqualTo((StampSource.Ffmpeg, StampInstant.Arrival, (ClockDomain?)null)));
            Assert.That(stream.Controls, Is.EqualTo("f=lavfi"));
            Assert.That(sink.Losses.Select(l => l.Reason), Does.Contain(LossReason.Disconnected).And.Contain(LossReason.Reconnected));
            Assert.That(sink.Stamps.Select(s => s.Sequence), Is.Ordered.Ascending.And.Unique);
            Assert.That(before, Is.Positive);
        }
    }

    [Test]
    public void What_cannot_be_read_is_told_with_ffmpegs_own_words()
    {
        string text = Path.Combine(folder, "no-video.mp4");
        File.WriteAllText(text, "this is no video");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Opening("/nowhere/none.mp4", s => s), Throws.TypeOf<DeviceException>().With.Message.Contains("No such file"));
            Assert.That(Opening(text, s => s), Throws.TypeOf<DeviceException>().With.Message.Contains("Invalid data"));
            Assert.That(Opening(Videos.Real("tree.avi"), s => s with { WidthPx = 640, HeightPx = 480 }), Throws.TypeOf<DeviceException>().With.Message.Contains("320x240"));
            Assert.That(Opening(Videos.Real("tree.avi"), s => s with { Format = "h264" }), Throws.TypeOf<DeviceException>().With.Message.Contains("cinepak"));
            Assert.That(Opening(Videos.Real("tree.avi"), s => s with { Program = "no-such-ffmpeg" }), Throws.TypeOf<DeviceException>().With.Message.Contains("apt-get install ffmpeg"));
        }
    }

    [Test]
    public void A_file_that_is_cut_off_ends_with_an_entry_in_the_ledger()
    {
        string path = Path.Combine(folder, "cut.mkv");
        string whole = Videos.H264(folder, "whole.mkv", 60, "-bf", "0");
        byte[] bytes = File.ReadAllBytes(whole);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        using RunningSource running = Play(path, InputPace.Fast, out RecordedSink sink);
        running.WaitFor(() => running.Source.State == SourceState.Ended, "the end of the file", 60);
        running.Stop();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Count, Is.InRange(10, 59));
            Assert.That(sink.Losses, Is.Not.Empty, "and it says so");
        }
    }

    [TestCase("ffmpeg:", null, "device")]
    [TestCase("ffmpeg:rtsp://user:secret@host/live", null, "device")]
    [TestCase("ffmpeg:a.mp4", "slow", "pace")]
    [TestCase("/dev/video0", "fast", "pace")]
    public void A_request_that_makes_no_sense_is_refused_with_its_key(string device, string? pace, string key)
    {
        var request = new CameraRequest { Name = "clip", Device = device, Pace = pace };
        (string Key, string Problem)[] problems = [.. CameraKinds.For(request)!.Check(request)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(problems.Select(p => p.Key), Is.EqualTo(new[] { key }));
            Assert.That(problems[0].Problem, Does.Not.Contain("secret"));
        }
    }

    private static FfmpegCameraSettings Settings(string input, InputPace pace) => new() { Name = "clip", Input = input, Address = "ffmpeg:" + Path.GetFileName(input), Pace = pace };

    private static RunningSource Play(string path, InputPace pace, out RecordedSink sink)
    {
        var running = new RunningSource(new FfmpegCameraSource(Settings(path, pace), HostClock.System), sinks => sinks.All[0].KeepPayloads = true);
        sink = running.Sinks.All[0];
        return running;
    }

    private static Action Opening(string path, Func<FfmpegCameraSettings, FfmpegCameraSettings> change) => () =>
    {
        using var source = new FfmpegCameraSource(change(Settings(path, InputPace.Fast)), HostClock.System);
        source.Open();
    };

    private static long[] FromFirst(IEnumerable<long> times)
    {
        long[] all = [.. times];
        return [.. all.Select(t => t - all[0])];
    }

    private static IEnumerable<(int Id, string Arguments)> Children()
    {
        foreach (string task in Directory.GetDirectories($"/proc/{Environment.ProcessId}/task"))
        {
            string file = Path.Combine(task, "children");
            foreach (string id in File.Exists(file) ? File.ReadAllText(file).Split(' ', StringSplitOptions.RemoveEmptyEntries) : [])
            {
                string line = Path.Combine("/proc", id, "cmdline");
                yield return (int.Parse(id, System.Globalization.CultureInfo.InvariantCulture), File.Exists(line) ? File.ReadAllText(line).Replace('\0', ' ') : "");
            }
        }
    }
}
