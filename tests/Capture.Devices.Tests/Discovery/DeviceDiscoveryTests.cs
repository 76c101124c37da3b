using Capture.Devices.Discovery;

namespace Capture.Devices.Tests.Discovery;

/// <summary>Reads a folder that looks like /dev, /sys and /proc of a host with one device of each kind. Proves nothing about the kernel's own layout.</summary>
public sealed class DeviceDiscoveryTests
{
    private string _root = "";

    [SetUp]
    public void MakeHost()
    {
        _root = Directory.CreateTempSubdirectory("capture-host-").FullName;
        Write("dev/ttyUSB0");
        Write("dev/ttyS0");
        Write("sys/class/tty/ttyUSB0/device/driver");
        Write("sys/class/tty/ttyS0/device/driver");
        Write("sys/class/tty/tty1/dev");
        Directory.CreateDirectory(Path.Combine(_root, "dev/serial/by-id"));
        File.CreateSymbolicLink(Path.Combine(_root, "dev/serial/by-id/usb-FTDI_U2D2_FT123-if00-port0"), "../../ttyUSB0");
        Write("dev/video0");
        Write("sys/class/video4linux/video0/name", "HD Webcam\n");
        Write("dev/snd/pcmC1D0c");
        Write("sys/class/sound/card1/id", "Array\n");
        Write("sys/class/sound/card1/pcmC1D0c/dev");
        Write("sys/class/sound/card1/pcmC1D0p/dev");
        Write("proc/asound/card1/pcm0c/info", "card: 1\nname: USB Audio\n");
        Write("proc/asound/card1/pcm0p/info", "card: 1\nname: USB Audio\n");
    }

    [TearDown]
    public void Remove() => Directory.Delete(_root, recursive: true);

    [Test]
    public void Serial_ports_are_named_by_their_serial_number() =>
        Assert.That(
            new DeviceDiscovery(_root).Find().Where(d => d.Kind == "serial").Select(d => d.Address),
            Is.EqualTo(new[] { "/dev/serial/by-id/usb-FTDI_U2D2_FT123-if00-port0" }));

    [Test]
    public void Cameras_carry_the_name_that_the_driver_gives() =>
        Assert.That(new DeviceDiscovery(_root).Find().Single(d => d.Kind == "camera").Description, Does.StartWith("HD Webcam"));

    [Test]
    public void Only_capture_devices_of_a_sound_card_are_microphones() =>
        Assert.That(new DeviceDiscovery(_root).Find().Where(d => d.Kind == "microphone").Select(d => d.Address), Is.EqualTo(new[] { "hw:CARD=Array,DEV=0" }));

    [Test]
    public void A_host_without_devices_gives_an_empty_list()
    {
        string empty = Directory.CreateTempSubdirectory("capture-host-").FullName;
        Assert.That(new DeviceDiscovery(empty).Find(), Is.Empty);
        Directory.Delete(empty);
    }

    private void Write(string path, string text = "")
    {
        string full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
