using System.Diagnostics;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Devices.Cameras;
using Capture.Devices.Cameras.Rtsp;
using Capture.Episodes.Schema;

namespace Capture.Devices.Tests.Cameras.Rtsp;

/// <summary>Against GStreamer's server. What these do not prove: how a real camera's network delays, and UDP, which is not used.</summary>
public sealed class RtspCameraSourceTests
{
    [OneTimeSetUp]
    public void NeedsTheServer()
    {
        if (RtspServer.Missing() is { } missing)
        {
            Assert.Ignore(missing);
        }
    }

    [Test]
    public void Every_access_unit_decodes_and_has_the_time_at_which_the_server_took_it()
    {
        using RtspServer server = new();
        using RunningSource running = new(Source(server.Url), s => s.All.ForEach(x => x.KeepPayloads = true));
        RecordedSink sink = running.Sinks["wide"];
        RecordedSink reports = running.Sinks["clock.wide"];
        running.WaitFor(() => sink.Count >= 150 && reports.Count >= 1, "150 pictures and a report", 30);
        running.Stop();

        CameraFrameStream stream = (CameraFrameStream)sink.Stream;
        Assert.That((stream.WidthPx, stream.HeightPx, stream.Encoding, stream.Clock?.TickRateHz), Is.EqualTo((320, 240, "h264", 90_000.0)));
        Assert.That(Decoded(sink.Payloads), Is.EqualTo(sink.Count), "pictures that ffmpeg decodes without an error");
        Assert.That(sink.Stamps.Select(s => s.Ticks!.Value.Value), Is.Ordered.Ascending);
        Assert.That(reports.Reports, Has.All.Property(nameof(ClockReport.SenderUtcNs)).Not.Null);

        // Every row is a picture that the server sent. Its time is between the server's and its arrival.
        SampleStamp[] stamps = [.. sink.Stamps.Where(s => server.TakenAt(s.Ticks!.Value.Value) is not null)];
        Assert.That(stamps, Has.Length.GreaterThanOrEqualTo(sink.Count - 2), "the last lines of the server may be on their way");
        long[] late = [.. stamps.Select(s => s.HostTime.Nanoseconds - server.TakenAt(s.Ticks!.Value.Value)!.Value).Order()];
        long[] error = [.. stamps[^60..].Select(s => Math.Abs(s.Estimate.Nanoseconds - server.TakenAt(s.Ticks!.Value.Value)!.Value)).Order()];
        TestContext.Out.WriteLine($"arrival p50 {late[late.Length / 2] / 1e6:0.0} ms after the picture; estimate off by p50 {error[error.Length / 2] / 1e6:0.00}, max {error[^1] / 1e6:0.00} ms");
        Assert.That(late[0], Is.GreaterThan(-1_000_000), "nothing arrives before it was taken");
        Assert.That(error[error.Length / 2], Is.LessThan(late[late.Length / 2] - 10_000_000), "the reports take the encoder's delay out");
    }

    [Test]
    public void A_server_that_restarts_is_booked_and_the_pictures_go_on()
    {
        RtspServer server = new();
        int port = server.Port;
        using RunningSource running = new(Source(server.Url), s => s.All.ForEach(x => x.KeepPayloads = true));
        RecordedSink sink = running.Sinks["wide"];
        running.WaitFor(() => sink.Count >= 30, "30 pictures", 20);
        server.Dispose();
        running.WaitFor(() => running.Source.State == SourceState.Lost, "the loss");
        using RtspServer again = new(port);
        int before = sink.Count;
        running.WaitFor(() => sink.Count >= before + 30, "its return", 20);
        running.Stop();

        Assert.That(sink.Losses.Select(l => l.Reason), Does.Contain(LossReason.Disconnected).And.Contain(LossReason.Reconnected));
        Assert.That(sink.Stamps[^1].Segment, Is.GreaterThan(0));
        Assert.That(Decoded(sink.Payloads), Is.EqualTo(sink.Count));
        Assert.That(sink.Stamps.Select(s => s.Sequence), Is.Unique.And.Ordered.Ascending);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void User_and_password_come_from_the_environment_and_are_not_shown(bool digest)
    {
        using RtspServer server = new(user: "op", password: "s3cret", digest: digest);
        using (RtspCameraSource without = Source(server.Url))
        {
            DeviceException refused = Assert.Throws<DeviceException>(without.Open)!;
            Assert.That(refused.Trouble, Is.EqualTo(DeviceTrouble.PermissionDenied));
            Assert.That(refused.Message, Does.Contain("user_env"));
        }

        Environment.SetEnvironmentVariable("TEST_RTSP_USER", "op");
        Environment.SetEnvironmentVariable("TEST_RTSP_PASSWORD", "s3cret");
        NetworkCameraSettings settings = Settings(server.Url) with { UserVariable = "TEST_RTSP_USER", PasswordVariable = "TEST_RTSP_PASSWORD" };
        using (RtspCameraSource with = new(settings, HostClock.System))
        {
            with.Open();
            Assert.That(with.Streams[0].Device.ToString(), Does.Not.Contain("s3cret"));
        }

        Environment.SetEnvironmentVariable("TEST_RTSP_PASSWORD", "wrong");
        using RtspCameraSource wrong = new(settings, HostClock.System);
        DeviceException e = Assert.Throws<DeviceException>(wrong.Open)!;
        Assert.That(e.Message, Does.Contain("does not accept").And.Not.Contain("wrong"));
    }

    [Test]
    public void What_cannot_be_had_is_said()
    {
        using RtspServer server = new();
        using RtspCameraSource elsewhere = Source(new Uri($"rtsp://127.0.0.1:{server.Port}/nowhere"));
        Assert.That(Assert.Throws<DeviceException>(elsewhere.Open)!.Trouble, Is.EqualTo(DeviceTrouble.NotFound));
        using RtspCameraSource size = new(Settings(server.Url) with { WidthPx = 1920, HeightPx = 1080 }, HostClock.System);
        Assert.That(Assert.Throws<DeviceException>(size.Open)!.Message, Does.Contain("320x240").And.Contain("1920x1080"));
        using RtspCameraSource secret = Source(new Uri("rtsp://op:s3cret@127.0.0.1/live"));
        Assert.That(Assert.Throws<DeviceException>(secret.Open)!.Message, Does.Not.Contain("s3cret"));
    }

    private static NetworkCameraSettings Settings(Uri url) => new() { Name = "wide", Url = url, RateHz = 30 };

    private static RtspCameraSource Source(Uri url) => new(Settings(url), HostClock.System);

    /// <summary>Pictures that ffmpeg makes of the units, one after the other; fails where it complains.</summary>
    private static int Decoded(IEnumerable<byte[]> units)
    {
        string file = Path.Combine(Path.GetTempPath(), $"capture-rtsp-{Environment.ProcessId}-{Guid.NewGuid():N}.h264");
        try
        {
            using (FileStream stream = File.Create(file))
            {
                foreach (byte[] unit in units)
                {
                    stream.Write(unit);
                }
            }

            using var probe = Process.Start(new ProcessStartInfo("ffprobe", ["-v", "error", "-f", "h264", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", file])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
            Task<string> errors = probe.StandardError.ReadToEndAsync();
            string output = probe.StandardOutput.ReadToEnd();
            probe.WaitForExit();
            Assert.That(errors.GetAwaiter().GetResult(), Is.Empty);
            return int.Parse(output, System.Globalization.CultureInfo.InvariantCulture);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
