using Capture.Agent.Checking;
using Capture.Devices;
using Capture.Devices.Discovery;
using Capture.Episodes.Schema;

namespace Capture.Agent.Tests.Checking;

public sealed class BusLoadTests
{
    private static readonly UsbBus s_high = new("usb1 (0000:00:14.0)", 480);
    private static readonly UsbBus s_other = new("usb3 (0000:02:00.0)", 480);

    [Test]
    public void Raw_cameras_on_one_bus_are_added_up_and_too_many_are_found()
    {
        // 640 x 480 YUYV at 30 fps is 18.4 MB/s.
        ISource[] sources = [Camera("a", s_high, 18.4e6), Camera("b", s_high, 18.4e6), Camera("c", s_high, 18.4e6), Camera("d", s_other, 18.4e6)];
        IReadOnlyList<BusLoad> loads = BusLoad.Of(sources, []);
        Assert.That(loads.Select(l => (l.Bus, l.Sources.Count, l.IsTooMuch)), Is.EqualTo(new[] { ("usb1 (0000:00:14.0)", 3, true), ("usb3 (0000:02:00.0)", 1, false) }));
        Assert.That(loads[0].ToString(), Does.Contain("a + b + c take 55.2 MB/s, 138 %").And.Contain("format: mjpeg"));
    }

    [Test]
    public void What_a_camera_compresses_counts_as_it_was_measured()
    {
        StreamCheck measured = new("a", "camera.frame", "x", 30, 30, 90, 3.1e6, 0, null, null);
        BusLoad load = BusLoad.Of([Camera("a", s_high, 7e6, exact: false)], [measured]).Single();
        Assert.That((load.BytesPerSecond, load.Exact), Is.EqualTo((3.1e6, true)));
        Assert.That(BusLoad.Of([Camera("a", s_high, 7e6, exact: false)], []).Single().ToString(), Does.Contain("about 7.0 MB/s"));
    }

    private static DemandingSource Camera(string name, UsbBus bus, double bytesPerSecond, bool exact = true) => new(name, new BusDemand(name, bus, bytesPerSecond, exact));

    private sealed class DemandingSource(string name, BusDemand demand) : ISource, IBusUser
    {
        public string Name => name;

        public IReadOnlyList<StreamDescriptor> Streams => [];

        public SourceState State => SourceState.Closed;

        public string? Trouble => null;

        public BusDemand? Demand => demand;

        public void Open() => throw new NotSupportedException();

        public void Attach(ISinkFactory sinks) => throw new NotSupportedException();

        public void Run(CancellationToken stop) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
