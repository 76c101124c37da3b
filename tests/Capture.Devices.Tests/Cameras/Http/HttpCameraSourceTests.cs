using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Devices.Cameras;
using Capture.Devices.Cameras.Http;
using Capture.Episodes.Schema;

namespace Capture.Devices.Tests.Cameras.Http;

public sealed class HttpCameraSourceTests
{
    [TestCase(false, false)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    public void Pictures_come_as_they_were_sent(bool chunked, bool stamped)
    {
        using FakeCamera camera = new() { Chunked = chunked, Stamped = stamped };
        camera.Head = chunked ? camera.Head.Replace("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n", StringComparison.Ordinal) : camera.Head;
        using RunningSource running = new(Source(camera), s => s.All.ForEach(x => x.KeepPayloads = true));
        RecordedSink sink = running.Sinks["front"];
        running.WaitFor(() => sink.Count >= 30, "30 pictures");
        Duration stopped = running.Stop();

        CameraFrameStream stream = (CameraFrameStream)sink.Stream;
        Assert.That((stream.WidthPx, stream.HeightPx, stream.Encoding), Is.EqualTo((320, 240, "mjpeg")));
        Assert.That(stream.Clock?.Feed, Is.EqualTo(stamped ? ClockFeed.OneWay : (ClockFeed?)null));
        int first = Enumerable.Range(1, camera.Sent).First(n => FakeCamera.Picture(n).AsSpan().SequenceEqual(sink.Payloads[0]));
        for (int i = 0; i < sink.Count; i++)
        {
            Assert.That(sink.Payloads[i], Is.EqualTo(FakeCamera.Picture(first + i)));
            Assert.That(sink.Stamps[i].Sequence, Is.EqualTo(i));
            Assert.That(sink.Stamps[i].Ticks is not null, Is.EqualTo(stamped));
            Assert.That(sink.Stamps[i].Estimate, Is.LessThanOrEqualTo(sink.Stamps[i].HostTime));
        }

        Assert.That(sink.Stamps.Select(s => s.HostTime.Nanoseconds), Is.Ordered.Ascending);
        Assert.That(stopped, Is.LessThan(Duration.FromMilliseconds(500)), "gross: the machine may be busy");
    }

    [Test]
    public void A_camera_that_goes_and_returns_is_booked_and_goes_on()
    {
        using FakeCamera camera = new() { CutAt = 20 };
        using RunningSource running = new(Source(camera));
        RecordedSink sink = running.Sinks["front"];
        running.WaitFor(() => running.Source.State == SourceState.Lost, "the loss");
        running.WaitFor(() => running.Source.State == SourceState.Running && sink.Count >= 30, "its return");
        running.Stop();

        Assert.That(sink.Losses.Count(l => l.Reason == LossReason.Corrupt), Is.EqualTo(1), "the picture that was cut off");
        Assert.That(sink.Losses.Select(l => l.Reason), Does.Contain(LossReason.Disconnected));
        Loss back = sink.Losses.Single(l => l.Reason == LossReason.Reconnected);
        Assert.That(back.Evidence, Is.EqualTo(LossEvidence.Interval));
        Assert.That(back.Count, Is.InRange(8, 100), "0.2 s and more at 50 a second");
        Assert.That(sink.Stamps[^1].Segment, Is.EqualTo(1));
        Assert.That(sink.LargestPause, Is.LessThan(Duration.FromMilliseconds(250)), "ticked while away; gross bound");
    }

    [Test]
    public void A_picture_without_its_end_is_booked_with_its_number()
    {
        using FakeCamera camera = new() { SpoilAt = 15 };
        using RunningSource running = new(Source(camera));
        RecordedSink sink = running.Sinks["front"];
        running.WaitFor(() => sink.Count >= 25, "pictures");
        running.Stop();
        Loss loss = sink.Losses.Single(l => l.Reason == LossReason.Corrupt);
        Assert.That(loss.Count, Is.EqualTo(1));
        Assert.That(sink.Stamps.Select(s => s.Sequence), Does.Not.Contain(loss.FirstSequence!.Value));
        Assert.That(sink.Stamps[^1].Sequence, Is.EqualTo(sink.Count));
    }

    [Test]
    public void The_running_loop_allocates_nothing()
    {
        using FakeCamera camera = new() { PeriodMs = 2 };
        using RunningSource running = new(Source(camera));
        RecordedSink sink = running.Sinks["front"];
        running.MeasureAllocation(sink, sink.Count + 200, sink.Count + 1200);
        running.WaitFor(() => running.Allocated >= 0, "1000 pictures", 20);
        running.Stop();
        Assert.That(running.Allocated, Is.Zero);
    }

    [Test]
    public void User_and_password_come_from_the_environment_and_are_not_shown()
    {
        Environment.SetEnvironmentVariable("TEST_CAM_USER", "op");
        Environment.SetEnvironmentVariable("TEST_CAM_PASSWORD", "s3cret");
        using FakeCamera camera = new();
        using HttpCameraSource source = Source(camera, s => s with { UserVariable = "TEST_CAM_USER", PasswordVariable = "TEST_CAM_PASSWORD" });
        source.Open();
        Assert.That(camera.LastRequest, Does.Contain("Authorization: Basic b3A6czNjcmV0"));
        Assert.That(source.Streams[0].Device.ToString(), Does.Not.Contain("s3cret"));
    }

    [Test]
    public void Another_picture_size_than_set_is_refused()
    {
        using FakeCamera camera = new();
        using HttpCameraSource source = Source(camera, s => s with { WidthPx = 640, HeightPx = 480 });
        DeviceException e = Assert.Throws<DeviceException>(source.Open)!;
        Assert.That(e.Trouble, Is.EqualTo(DeviceTrouble.WrongFormat));
        Assert.That(e.Message, Does.Contain("320x240").And.Contain("640x480"));
    }

    [TestCase("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", DeviceTrouble.WrongFormat, "text/html")]
    [TestCase("HTTP/1.1 401 Unauthorized\r\n\r\n", DeviceTrouble.PermissionDenied, "user_env")]
    [TestCase("HTTP/1.1 404 Not Found\r\n\r\n", DeviceTrouble.NotFound, "path")]
    [TestCase("HTTP/1.1 302 Found\r\nLocation: http://other/\r\n\r\n", DeviceTrouble.Refused, "http://other/")]
    [TestCase("SSH-2.0-OpenSSH_9.2\r\n", DeviceTrouble.WrongFormat, "no HTTP")]
    public void Answers_that_are_no_stream_are_explained(string head, DeviceTrouble trouble, string hint)
    {
        using FakeCamera camera = new() { Head = head };
        using HttpCameraSource source = Source(camera);
        DeviceException e = Assert.Throws<DeviceException>(source.Open)!;
        Assert.That(e.Trouble, Is.EqualTo(trouble));
        Assert.That(e.Message, Does.Contain(hint).And.Contain("127.0.0.1"));
    }

    [Test]
    public void A_mute_camera_times_out()
    {
        using FakeCamera camera = new() { Mute = true };
        using HttpCameraSource source = Source(camera, s => s with { OpenTimeout = Duration.FromMilliseconds(300) });
        Assert.That(Assert.Throws<DeviceException>(source.Open)!.Trouble, Is.EqualTo(DeviceTrouble.Timeout));
        camera.Mute = false;
    }

    [Test]
    public void Reads_what_ffmpeg_serves()
    {
        int port = FreePort();
        string url = $"http://127.0.0.1:{port}/cam.mjpg";
        using Process ffmpeg = Start($"-hide_banner -loglevel error -re -f lavfi -i testsrc2=size=320x240:rate=25 -c:v mjpeg -f mpjpeg -listen 1 {url}");
        try
        {
            HttpCameraSource source = Await(() => new HttpCameraSource(new NetworkCameraSettings { Name = "front", Url = new Uri(url), RateHz = 25 }, HostClock.System));
            using RunningSource running = new(source, s => s.All.ForEach(x => x.KeepPayloads = true));
            RecordedSink sink = running.Sinks["front"];
            running.WaitFor(() => sink.Count >= 25, "25 pictures");
            running.Stop();
            Assert.That(sink.Payloads.Select(p => JpegPicture.Inspect(p)), Is.All.EqualTo(new JpegPicture(true, 320, 240)));
            Assert.That(sink.Losses.Where(l => l.Reason == LossReason.Corrupt), Is.Empty);
        }
        finally
        {
            ffmpeg.Kill();
            ffmpeg.WaitForExit();
        }
    }

    internal static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>ffmpeg serves one client: no probing. The first connection refused means that it does not listen yet.</summary>
    private static HttpCameraSource Await(Func<HttpCameraSource> make)
    {
        for (int attempt = 0; ; attempt++)
        {
            HttpCameraSource source = make();
            try
            {
                source.Open();
                return source;
            }
            catch (DeviceException e) when (e.Trouble == DeviceTrouble.Unreachable && attempt < 100)
            {
                source.Dispose();
                Thread.Sleep(50);
            }
        }
    }

    private static Process Start(string arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("ffmpeg", arguments) { RedirectStandardInput = true, UseShellExecute = false })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("ffmpeg is not installed");
            throw;
        }
    }

    private static HttpCameraSource Source(FakeCamera camera, Func<NetworkCameraSettings, NetworkCameraSettings>? change = null)
    {
        NetworkCameraSettings settings = new() { Name = "front", Url = camera.Url, RateHz = 50 };
        return new HttpCameraSource(change?.Invoke(settings) ?? settings, HostClock.System);
    }
}
