using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Devices.Cameras.V4l2;
using Capture.Devices.Discovery;
using Capture.Episodes.Schema;
using Capture.Media.Jpeg;

namespace Capture.Devices.Tests.Cameras.V4l2;

/// <summary>The source against a scripted kernel: what it asks, what it stores, what it books. Says nothing of real drivers; those run in the VM (tests/hil).</summary>
public sealed class V4l2CameraSourceTests
{
    private static readonly byte[] s_picture = Jpegs.Make(640, 480, 500);

    [Test]
    public void Pictures_come_with_the_drivers_number_and_stamp_and_the_reads_return()
    {
        using FakeV4l2 host = new();
        FakeCamera camera = host.Plug(0, new FakeCamera { Serial = "A1" }, "2");
        using RunningSource running = Run(host, "usb:046d:085e:A1", out RecordedSink sink, s => s with { WidthPx = 640, HeightPx = 480 });
        long first = HostClock.System.Now.Nanoseconds / 1000 * 1000;
        for (uint i = 0; i < 20; i++)
        {
            camera.Push(100 + i, s_picture, stampNs: first + (i * 33_333_000));
        }

        running.WaitFor(() => sink.Count >= 20, "20 pictures");
        running.Stop();
        var stream = (CameraFrameStream)sink.Stream;
        Assert.That((stream.WidthPx, stream.HeightPx, stream.Encoding, stream.SentAs, stream.Counted), Is.EqualTo((640, 480, "mjpeg", (string?)null, true)));
        Assert.That((stream.StampSource, stream.StampInstant), Is.EqualTo((StampSource.Kernel, StampInstant.FirstPayload)), "uvcvideo's claim of start of exposure is the first payload's arrival");
        Assert.That(stream.DriverStamp, Is.EqualTo("driver=uvcvideo,clock=monotonic,source=start-of-exposure,hwtimestamps=0"));
        Assert.That(stream.Device.Identity, Does.Contain("usb:046d:085e:A1").And.Contain("usb-0000:00:14.0-2"));
        Assert.That(sink.Stamps.Select(s => s.Sequence), Is.EqualTo(Enumerable.Range(100, 20).Select(i => (long)i)));
        Assert.That(sink.Stamps.Select(s => s.HostTime.Nanoseconds), Is.EqualTo(Enumerable.Range(0, 20).Select(i => first + (i * 33_333_000L))), "also those that lie ahead of the read");
        Assert.That(sink.Stamps.All(s => s.ReadTime > new HostTime(first)));
        Assert.That(sink.Payloads[5], Is.EqualTo(s_picture));
        Assert.That(sink.Losses.Where(l => l.Count > 0), Is.Empty);
    }

    [Test]
    public void Skipped_numbers_and_damaged_pictures_are_booked_and_the_books_balance()
    {
        using FakeV4l2 host = new();
        FakeCamera camera = host.Plug(0, new FakeCamera(), "2");
        using RunningSource running = Run(host, "usb:046d:085e", out RecordedSink sink, s => s with { WidthPx = 640, HeightPx = 480 });
        uint[] numbers = [0, 1, 2, 5, 6, 7, 8, 12, 13];
        foreach (uint n in numbers)
        {
            byte[] data = n switch { 6 => s_picture[..^40], 8 => [], _ => s_picture };
            camera.Push(n, data, n == 7 ? V4l2Codes.FlagError : 0);
        }

        running.WaitFor(() => sink.Count >= 6, "the whole pictures");
        running.Stop();
        Assert.That(sink.Stamps.Select(s => s.Sequence), Is.EqualTo(new long[] { 0, 1, 2, 5, 12, 13 }));
        Assert.That(sink.Losses.Where(l => l.Reason == LossReason.SequenceGap).Select(l => (l.FirstSequence, l.Count)), Is.EqualTo(new (long?, long?)[] { (3, 2), (9, 3) }));
        Assert.That(sink.Losses.Where(l => l.Reason == LossReason.Corrupt).Select(l => l.FirstSequence), Is.EqualTo(new long?[] { 6, 7, 8 }));
        Assert.That(sink.Count + sink.Lost, Is.EqualTo(14), "0 to 13, each stored or booked");
    }

    [Test]
    public void The_drivers_counter_may_wrap()
    {
        using FakeV4l2 host = new();
        FakeCamera camera = host.Plug(0, new FakeCamera(), "2");
        using RunningSource running = Run(host, "usb:046d:085e", out RecordedSink sink, s => s with { WidthPx = 640, HeightPx = 480 });
        foreach (uint n in (uint[])[uint.MaxValue - 1, uint.MaxValue, 0, 2])
        {
            camera.Push(n, s_picture);
        }

        running.WaitFor(() => sink.Count >= 4, "4 pictures");
        running.Stop();
        Assert.That(sink.Stamps.Select(s => s.Sequence - uint.MaxValue), Is.EqualTo(new long[] { -1, 0, 1, 3 }));
        Assert.That(sink.Lost, Is.EqualTo(1));
    }

    [Test]
    public void What_was_queued_before_the_recording_is_passed_over()
    {
        using FakeV4l2 host = new();
        FakeCamera camera = host.Plug(0, new FakeCamera(), "2");
        V4l2CameraSource source = Source(host, "usb:046d:085e", s => s with { WidthPx = 640, HeightPx = 480 });
        source.Open();
        for (uint i = 0; i < 3; i++)
        {
            camera.Push(i, s_picture);
        }

        using RunningSource running = new(source);
        RecordedSink sink = running.Sinks["front"];
        running.WaitFor(() => camera.Ready.IsEmpty, "the backlog");
        Thread.Sleep(50);
        camera.Push(9, s_picture);
        running.WaitFor(() => sink.Count >= 1, "a picture");
        running.Stop();
        Assert.That(sink.Stamps[0].Sequence, Is.EqualTo(9));
        Assert.That(sink.Lost, Is.Zero, "nothing is missing before the first row");
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Unplugged_and_back_is_booked_and_goes_on_in_a_new_segment(bool moved)
    {
        using FakeV4l2 host = new();
        FakeCamera camera = host.Plug(0, new FakeCamera { Serial = "A1" }, "2");
        using RunningSource running = Run(host, "usb:046d:085e:A1", out RecordedSink sink, s => s with { WidthPx = 640, HeightPx = 480 });
        camera.Push(1, s_picture);
        running.WaitFor(() => sink.Count == 1, "the first picture");
        HostTime unplugged = HostClock.System.Now;
        host.Unplug(camera);
        running.WaitFor(() => running.Source.State == SourceState.Lost, "the loss");
        Duration found = HostClock.System.Now - unplugged;
        Assert.That(running.Source.Trouble, Does.Contain("unplugged"));
        FakeCamera back = host.Plug(3, new FakeCamera { Serial = "A1" }, moved ? "4" : "2");
        HostTime plugged = HostClock.System.Now;
        running.WaitFor(() => back.Streaming, "its return");
        Duration resumed = HostClock.System.Now - plugged;
        back.Push(0, s_picture);
        running.WaitFor(() => sink.Count == 2, "the second picture");
        running.Stop();
        TestContext.Out.WriteLine($"found after {found}, streaming again {resumed} after its return");
        Assert.That(sink.Losses.Select(l => l.Reason), Is.EqualTo(new[] { LossReason.Disconnected, LossReason.Reconnected }));
        Assert.That((sink.Stamps[1].Segment, sink.Stamps[1].Sequence), Is.EqualTo((1, 0L)));
        Assert.That(camera.Opened + back.Opened, Is.Zero.Or.EqualTo(1));
        Assert.That(found, Is.LessThan(Duration.FromSeconds(2)), "gross: the machine may be busy; 300 ms is promised on a quiet one");
    }

    [Test]
    public void Another_camera_in_its_place_is_refused_until_the_right_one_comes()
    {
        using FakeV4l2 host = new();
        FakeCamera camera = host.Plug(0, new FakeCamera { Serial = "A1" }, "2");
        using RunningSource running = Run(host, "usb:046d:085e:A1", out RecordedSink sink);
        host.Unplug(camera);
        FakeCamera other = host.Plug(0, new FakeCamera { Serial = "B2" }, "2");
        running.WaitFor(() => running.Source.Trouble?.Contains("another camera is plugged in", StringComparison.Ordinal) == true, "the refusal");
        Assert.That(running.Source.Trouble, Does.Contain("A1").And.Contain("B2"));
        Assert.That(other.Streaming, Is.False);
        host.Plug(1, new FakeCamera { Serial = "A1" }, "3");
        running.WaitFor(() => running.Source.State == SourceState.Running, "the right one");
        running.Stop();
        Assert.That(sink.Count, Is.Zero);
    }

    [Test]
    public void A_stream_that_breaks_off_is_begun_anew()
    {
        using FakeV4l2 host = new();
        FakeCamera camera = host.Plug(0, new FakeCamera(), "2");
        using RunningSource running = Run(host, "usb:046d:085e", out RecordedSink sink, s => s with { WidthPx = 640, HeightPx = 480 });
        camera.Broken = true;
        running.WaitFor(() => running.Source.State == SourceState.Lost, "the loss");
        Assert.That(running.Source.Trouble, Does.Contain("broke off"));
        camera.Broken = false;
        running.WaitFor(() => running.Source.State == SourceState.Running, "a new beginning");
        camera.Push(0, s_picture);
        running.WaitFor(() => sink.Count == 1, "a picture");
        running.Stop();
        Assert.That(sink.Stamps[0].Segment, Is.EqualTo(1));
    }

    [Test]
    public void Broken_stamps_give_way_to_the_reads_return()
    {
        using FakeV4l2 host = new();
        FakeCamera camera = host.Plug(0, new FakeCamera(), "2");
        using RunningSource running = Run(host, "usb:046d:085e", out RecordedSink sink, s => s with { WidthPx = 640, HeightPx = 480 });
        camera.Push(0, s_picture);
        camera.Push(1, s_picture, stampNs: 1_000_000);
        running.WaitFor(() => sink.Count == 2, "two pictures");
        running.Stop();
        Assert.That(sink.Stamps[1].HostTime, Is.GreaterThanOrEqualTo(sink.Stamps[0].HostTime));
        Assert.That(running.Source.Trouble, Does.Contain("time stamps jump"));
    }

    [Test]
    public void Controls_are_set_with_their_automatics_off_recorded_and_held()
    {
        using FakeV4l2 host = new();
        FakeCamera camera = host.Plug(0, new FakeCamera(), "2");
        using RunningSource running = Run(host, "usb:046d:085e", out RecordedSink sink, s => s with { Controls = new Dictionary<string, string> { ["exposure_us"] = "8000", ["gain"] = "4" } });
        Assert.That(camera.Calls.Where(c => c.StartsWith("control", StringComparison.Ordinal)), Is.EqualTo(new[] { "control 9a0901=1", "control 9a0902=80", "control 980913=4" }));
        Assert.That(((CameraFrameStream)sink.Stream).Controls, Is.EqualTo("gain=4,auto_exposure=1,exposure_time_absolute=80"));
        camera.Controls[V4l2Codes.Gain] = 99;
        running.WaitFor(() => camera.Controls[V4l2Codes.Gain] == 4, "the gain as it was set");
        running.WaitFor(() => running.Source.Trouble is not null, "a word about it");
        Assert.That(running.Source.Trouble, Does.Contain("gain was changed to 99"));
        running.Stop();
    }

    [TestCase("sharpness", "1", "it has no control sharpness", "gain, auto_exposure")]
    [TestCase("gain", "300", "does not take 300", "0 to 255")]
    [TestCase("exposure_us", "5000000", "does not take 5000000", "0 to 1000000 µs")]
    [TestCase("gain", "much", "does not take 'much'", "whole number")]
    public void A_control_that_cannot_be_set_is_refused_with_what_there_is(string name, string value, string what, string remedy)
    {
        using FakeV4l2 host = new();
        host.Plug(0, new FakeCamera(), "2");
        using V4l2CameraSource source = Source(host, "usb:046d:085e", s => s with { Controls = new Dictionary<string, string> { [name] = value } });
        Assert.That(Assert.Throws<DeviceException>(source.Open)!.Message, Does.Contain(what).And.Contain(remedy));
    }

    [Test]
    public void What_the_camera_compresses_goes_before_what_fills_a_bus()
    {
        using FakeV4l2 host = new();
        host.Plug(0, new FakeCamera(), "2");
        Assert.That(Opened(host, s => s), Is.EqualTo(("mjpeg", (string?)null, 640, 30.0)));
        Assert.That(Opened(host, s => s with { WidthPx = 320, HeightPx = 240, RateHz = 15 }), Is.EqualTo(("mjpeg", "yuyv", 320, 15.0)), "only YUYV has that rate");
        Assert.That(Opened(host, s => s with { WidthPx = 320, HeightPx = 240, RateHz = 60 }), Is.EqualTo(("mjpeg", (string?)null, 320, 60.0)));
        Assert.That(Opened(host, s => s with { Format = "yuyv" }), Is.EqualTo(("mjpeg", "yuyv", 320, 30.0)));
    }

    [Test]
    public void A_mode_that_is_not_offered_is_refused_with_those_that_are()
    {
        using FakeV4l2 host = new();
        host.Plug(0, new FakeCamera(), "2");
        using V4l2CameraSource source = Source(host, "usb:046d:085e", s => s with { WidthPx = 1920, HeightPx = 1080 });
        DeviceException e = Assert.Throws<DeviceException>(source.Open)!;
        Assert.That(e.Message, Does.Contain("1920x1080").And.Contain("mjpeg 320x240 at 60/30, 640x480 at 30").And.Contain("yuyv 320x240 at 30/15"));
    }

    [TestCase(V4l2Codes.Access, DeviceTrouble.PermissionDenied, "sudo usermod -aG video $USER")]
    [TestCase(V4l2Codes.Busy, DeviceTrouble.InUse, "fuser -v /dev/video0")]
    public void A_camera_that_cannot_be_opened_comes_with_the_command_that_mends_it(int error, DeviceTrouble trouble, string command)
    {
        using FakeV4l2 host = new();
        host.Plug(0, new FakeCamera { OpenError = error }, "2");
        using V4l2CameraSource source = Source(host, "usb:046d:085e");
        DeviceException e = Assert.Throws<DeviceException>(source.Open)!;
        Assert.That((e.Trouble, e.Message), Is.EqualTo((trouble, e.Message)));
        Assert.That(e.Message, Does.Contain(command));
    }

    [Test]
    public void A_full_bus_is_said_at_the_start()
    {
        using FakeV4l2 host = new();
        host.Plug(0, new FakeCamera { StreamOnError = V4l2Codes.NoSpace }, "2");
        using V4l2CameraSource source = Source(host, "usb:046d:085e");
        Assert.That(Assert.Throws<DeviceException>(source.Open)!.Message, Does.Contain("usb1 (0000:00:14.0)").And.Contain("format: mjpeg"));
    }

    [Test]
    public void Raw_pictures_are_compressed_and_decode_to_what_was_sent()
    {
        using FakeV4l2 host = new();
        FakeCamera camera = host.Plug(0, new FakeCamera { StampFlags = V4l2Codes.FlagClockMonotonic }, "2");
        using RunningSource running = Run(host, "usb:046d:085e", out RecordedSink sink, s => s with { Format = "yuyv" });
        byte[] raw = new byte[320 * 240 * 2];
        for (int i = 0; i < raw.Length; i += 2)
        {
            (raw[i], raw[i + 1]) = ((byte)(i / 2 % 320 / 2), 128);
        }

        camera.Push(0, raw);
        camera.Push(1, raw[..1000]);
        camera.Push(2, raw);
        running.WaitFor(() => sink.Count == 2, "two pictures");
        running.Stop();
        Assert.That(sink.Losses.Single(l => l.Reason == LossReason.Corrupt).FirstSequence, Is.EqualTo(1), "a picture cut short");
        Assert.That(((CameraFrameStream)sink.Stream).StampInstant, Is.EqualTo(StampInstant.EndOfFrame));
        using var decoder = new JpegDecoder();
        byte[] luma = new byte[320 * 240];
        Assert.That(decoder.TryDecode(sink.Payloads[0], JpegPixels.Gray, 1, luma, out JpegHeader size, out _), Is.True);
        Assert.That((size.WidthPx, size.HeightPx), Is.EqualTo((320, 240)));
        Assert.That(Enumerable.Range(0, 320).Max(x => Math.Abs(luma[(100 * 320) + x] - (x / 2))), Is.LessThanOrEqualTo(4));
    }

    [TestCase(0u)]
    [TestCase(64u)]
    public void Raw_pictures_for_an_encoder_are_delivered_raw_with_their_rows_packed(uint padding)
    {
        using FakeV4l2 host = new();
        FakeCamera camera = host.Plug(0, new FakeCamera { RowPadding = padding }, "2");
        using RunningSource running = Run(host, "usb:046d:085e", out RecordedSink sink, s => s with { Format = "yuyv", KeepsRaw = true });
        const int Row = 320 * 2;
        byte[] packed = new byte[Row * 240];
        new Random(4).NextBytes(packed);
        byte[] sent = [.. packed.Chunk(Row).SelectMany(row => (byte[])[.. row, .. new byte[padding]])];
        camera.Push(0, sent);
        camera.Push(1, sent[..^(Row + (int)padding)]);
        camera.Push(2, sent);
        running.WaitFor(() => sink.Count == 2, "two pictures");
        running.Stop();
        var stream = (CameraFrameStream)sink.Stream;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((stream.Encoding, stream.SentAs, stream.MaxRowBytes), Is.EqualTo(("yuyv", (string?)null, packed.Length)));
            Assert.That(sink.Payloads, Is.All.EqualTo(packed));
            Assert.That(sink.Losses.Single(l => l.Reason == LossReason.Corrupt).FirstSequence, Is.EqualTo(1), "a picture cut short");
        }
    }

    [Test]
    public void The_running_loop_allocates_nothing()
    {
        using FakeV4l2 host = new();
        FakeCamera camera = host.Plug(0, new FakeCamera(), "2");
        using RunningSource running = Run(host, "usb:046d:085e", out RecordedSink sink, s => s with { WidthPx = 640, HeightPx = 480 }, keep: false);
        running.MeasureAllocation(sink, 100, 1_000);
        for (uint i = 0; i < 1_100; i++)
        {
            camera.Push(i, s_picture);
        }

        running.WaitFor(() => sink.Count >= 1_000, "1,000 pictures", 20);
        running.Stop();
        Assert.That(running.Allocated, Is.Zero);
    }

    private static (string Encoding, string? SentAs, int Width, double Rate) Opened(FakeV4l2 host, Func<V4l2CameraSettings, V4l2CameraSettings> change)
    {
        using V4l2CameraSource source = Source(host, "usb:046d:085e", change);
        source.Open();
        var stream = (CameraFrameStream)source.Streams[0];
        return (stream.Encoding, stream.SentAs, stream.WidthPx, stream.RateHz!.Value);
    }

    private static RunningSource Run(FakeV4l2 host, string address, out RecordedSink sink, Func<V4l2CameraSettings, V4l2CameraSettings>? change = null, bool keep = true)
    {
        RunningSource running = new(Source(host, address, change), s => s.All.ForEach(x => x.KeepPayloads = keep));
        sink = running.Sinks["front"];

        // The backlog is passed over first; what a test pushes belongs to the recording.
        running.WaitFor(() => running.Source.State == SourceState.Running, "the loop");
        Thread.Sleep(60);
        return running;
    }

    private static V4l2CameraSource Source(FakeV4l2 host, string address, Func<V4l2CameraSettings, V4l2CameraSettings>? change = null)
    {
        V4l2CameraSettings settings = new() { Name = "front", Address = LocalAddress.Parse(address, out _)! };
        return new V4l2CameraSource(change?.Invoke(settings) ?? settings, HostClock.System, host, host.Root);
    }
}
