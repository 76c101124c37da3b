using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Capture.Core.Time;
using Capture.Devices.Cameras;
using Capture.Devices.Cameras.Http;
using Capture.Devices.Mcu;
using Capture.Devices.Mocap;
using Capture.Devices.Teleop;

namespace Capture.Devices.Tests;

/// <summary>What an operator meets when a device cannot be had: each message says what, where, and what to do.</summary>
public sealed partial class RefusalTests
{
    private static readonly ArmModel Arm = new("koch", [new JointModel("shoulder", 1)]);

    public static IEnumerable<TestCaseData> Refusals()
    {
        int closed = Tests.Cameras.Http.HttpCameraSourceTests.FreePort();
        yield return Case("arm, no such port", DeviceTrouble.NotFound, "/dev/ttyNOPE0", "capture devices", () => ArmAt("/dev/ttyNOPE0"));
        yield return Case("arm, no serial port", DeviceTrouble.WrongFormat, "/dev/null", "no serial port", () => ArmAt("/dev/null"));
        yield return Case("arm, impossible baud", DeviceTrouble.Unsupported, "/dev/ttyNOPE0", "baud", () => new DynamixelSource(Settings("/dev/ttyNOPE0") with { Baud = 3 }, HostClock.System));
        yield return Case("arm, two servos with one id", DeviceTrouble.WrongFormat, "/dev/null", "servo id 1", () => new DynamixelSource(
            Settings("/dev/null") with { Model = new ArmModel("a", [new JointModel("x", 1), new JointModel("y", 1)]) }, HostClock.System));
        yield return Case("board, no such port", DeviceTrouble.NotFound, "/dev/ttyNOPE1", "capture devices", () => new BoardSource(new BoardSettings { Name = "b", Port = "/dev/ttyNOPE1" }, HostClock.System));
        yield return Case("camera, nothing listens", DeviceTrouble.Unreachable, $"127.0.0.1:{closed}", "Start the camera", () => Camera($"http://127.0.0.1:{closed}/x"));
        yield return Case("camera, unknown host", DeviceTrouble.NotFound, "no-such-host.invalid", "IP address", () => Camera("http://no-such-host.invalid/x"));
        yield return Case("camera, other scheme", DeviceTrouble.Unsupported, "rtsp://127.0.0.1/x", "http://", () => Camera("rtsp://127.0.0.1/x"));
        yield return Case("camera, variable not set", DeviceTrouble.Refused, "127.0.0.1", "export NO_SUCH_VARIABLE", () => new HttpCameraSource(
            new NetworkCameraSettings { Name = "c", Url = new Uri("http://127.0.0.1:1/x"), PasswordVariable = "NO_SUCH_VARIABLE" }, HostClock.System));
        yield return Case("mocap, nobody answers", DeviceTrouble.Timeout, "natnet://127.0.0.1:9", "firewall", () => Mocap("127.0.0.1"));
        yield return Case("mocap, unknown host", DeviceTrouble.NotFound, "no-such-host.invalid", "IPv4 address", () => Mocap("no-such-host.invalid"));
    }

    [TestCaseSource(nameof(Refusals))]
    public void Says_what_where_and_what_to_do(DeviceTrouble trouble, string where, string remedy, Func<ISource> make)
    {
        using ISource source = make();
        DeviceException e = Assert.Throws<DeviceException>(source.Open)!;
        Assert.That(e.Trouble, Is.EqualTo(trouble), e.Message);
        Assert.That(e.Message, Does.Contain(where).And.Contain(remedy));
        Assert.That(source.State, Is.EqualTo(SourceState.Closed));
    }

    [Test]
    public void The_address_of_a_camera_is_shown_without_its_password()
    {
        using HttpCameraSource source = Camera("http://op:s3cret@127.0.0.1:1/x");
        DeviceException e = Assert.Throws<DeviceException>(source.Open)!;
        Assert.That(e.Message, Does.Contain("environment").And.Not.Contain("s3cret"));
    }

    [Test]
    public void A_port_in_use_is_told()
    {
        using Tests.Teleop.FakeArm fake = new(1);
        using DynamixelSource first = ArmAt(fake.Line.Path);
        first.Open();
        using DynamixelSource second = ArmAt(fake.Line.Path);
        DeviceException e = Assert.Throws<DeviceException>(second.Open)!;
        Assert.That(e.Trouble, Is.EqualTo(DeviceTrouble.InUse), e.Message);
        Assert.That(e.Message, Does.Contain(fake.Line.Path).And.Contain("Close it there"));
    }

    [Test]
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    public void A_port_without_permission_names_the_group()
    {
        using PseudoTerminal line = new();
        File.SetUnixFileMode(line.Path, UnixFileMode.None);
        DeviceException? e = null;
        Thread thread = new(() =>
        {
            // Root may open anything: this thread, and only it, becomes nobody (the C library's own call would change all threads).
            if (Environment.IsPrivilegedProcess)
            {
                _ = SystemCall(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 147 : 117, -1, 65534, -1);
            }

            using DynamixelSource source = ArmAt(line.Path);
            e = Assert.Throws<DeviceException>(source.Open);
        });
        thread.Start();
        thread.Join();
        Assert.That(e?.Trouble, Is.EqualTo(DeviceTrouble.PermissionDenied), e?.Message);
        Assert.That(e!.Message, Does.Contain("sudo usermod -aG dialout $USER"));
    }

    [Test]
    public void A_multicast_port_in_use_is_told()
    {
        using Socket other = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        other.ExclusiveAddressUse = true;
        other.Bind(new IPEndPoint(IPAddress.Any, 0));
        int port = ((IPEndPoint)other.LocalEndPoint!).Port;
        using Tests.Mocap.FakeServer server = new(group: [239, 255, 42, 99], dataPort: port);
        using NatNetSource source = new(new NatNetSettings { Name = "m", Server = "127.0.0.1", CommandPort = server.Port, LocalAddress = "127.0.0.1" }, HostClock.System);
        DeviceException e = Assert.Throws<DeviceException>(source.Open)!;
        Assert.That(e.Trouble, Is.EqualTo(DeviceTrouble.InUse), e.Message);
        Assert.That(e.Message, Does.Contain($"port {port}").And.Contain("ss -ulpn"));
    }

    private static TestCaseData Case(string name, DeviceTrouble trouble, string where, string remedy, Func<ISource> make) =>
        new TestCaseData(trouble, where, remedy, make).SetArgDisplayNames(name);

    private static DynamixelSettings Settings(string port) => new() { Name = "arm", Port = port, Model = Arm, OpenTimeout = Duration.FromMilliseconds(300) };

    private static DynamixelSource ArmAt(string port) => new(Settings(port), HostClock.System);

    private static HttpCameraSource Camera(string url) =>
        new(new NetworkCameraSettings { Name = "c", Url = new Uri(url), OpenTimeout = Duration.FromMilliseconds(500) }, HostClock.System);

    private static NatNetSource Mocap(string server) =>
        new(new NatNetSettings { Name = "m", Server = server, CommandPort = 9, OpenTimeout = Duration.FromMilliseconds(400) }, HostClock.System);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long SystemCall(long number, long real, long effective, long saved);
}
