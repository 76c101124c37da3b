using Capture.Core.Time;
using Capture.Devices.Cameras.V4l2;
using Capture.Devices.Discovery;
using Capture.Episodes.Schema;

namespace Capture.Devices.Tests.Cameras.V4l2;

/// <summary>The source on every camera of this host, where `./run test --hardware` asks for it. Says what it found.</summary>
[NonParallelizable]
public sealed class HardwareTests
{
    [Test]
    public void Every_camera_of_this_host_gives_pictures_whose_books_balance()
    {
        if (Environment.GetEnvironmentVariable("CAPTURE_HARDWARE") != "1")
        {
            Assert.Ignore("not asked for: ./run test --hardware runs this on the cameras of this host");
        }

        IReadOnlyList<FoundCamera> found = new CameraFinder(KernelV4l2.Instance).Find();
        if (found.Count == 0)
        {
            Assert.Ignore("no camera: this host has no /dev/video* that captures");
        }

        Assert.Multiple(() =>
        {
            foreach (FoundCamera camera in found)
            {
                TestContext.Out.WriteLine(Try(camera, found));
            }
        });
    }

    private static string Try(FoundCamera camera, IReadOnlyList<FoundCamera> all)
    {
        string address = camera.Identity.AddressAmong(all.Select(c => c.Identity));
        V4l2CameraSource source = new(new V4l2CameraSettings { Name = "front", Address = LocalAddress.Parse(address, out _)! }, HostClock.System);
        using RunningSource running = new(source);
        RecordedSink sink = running.Sinks["front"];
        running.WaitFor(() => sink.Count >= 60, $"60 pictures of {address}", 30);
        running.Stop();
        var stream = (CameraFrameStream)sink.Stream;
        long span = sink.Stamps[^1].Sequence - sink.Stamps[0].Sequence + 1;
        long inside = sink.Losses.Where(l => l.FirstSequence > sink.Stamps[0].Sequence && l.FirstSequence < sink.Stamps[^1].Sequence).Sum(l => l.Count ?? 0);
        Assert.That(sink.Count + inside, Is.EqualTo(span), address);
        Assert.That(sink.Stamps.Select(s => s.HostTime.Nanoseconds), Is.Ordered.Ascending, address);
        return $"{address} ({camera.Identity.Model}, {camera.Node}): {stream.SentAs ?? stream.Encoding} {stream.WidthPx}x{stream.HeightPx} at {stream.RateHz}, {sink.Count} of {span} pictures, stamps {stream.DriverStamp}";
    }
}
