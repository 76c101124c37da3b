using Capture.Core.Time;
using FirmwareBridge.Board;
using FirmwareBridge.Serial;
using FirmwareBridge.Tests.Board;

namespace FirmwareBridge.Tests.Serial;

/// <summary>The port on real pseudo-terminals. They have no baud rate of their own and no modem lines: those need an adapter.</summary>
public sealed class SerialPortTests
{
    [TestCase(57_600)]
    [TestCase(1_000_000)]
    [TestCase(3_000_000)]
    [TestCase(123_456)]
    public void Exact_baud_rates_are_set_and_read_back(int baud)
    {
        using BenchBoard board = new();
        using SerialPort port = SerialPort.Open(board.Port, baud);
        Assert.That(port.Baud, Is.EqualTo(baud));
    }

    [Test]
    public void Every_byte_value_passes_unchanged_both_ways()
    {
        using Pty pty = new();
        using SerialPort port = SerialPort.Open(pty.SlavePath);
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        Assert.That(port.Write(all, Duration.FromSeconds(1), out int written), Is.EqualTo(SerialStatus.Ok));
        Assert.That(written, Is.EqualTo(256));
        Assert.That(pty.Read(256), Is.EqualTo(all));
        pty.Write(all);
        byte[] got = new byte[300];
        int count = 0;
        while (count < 256 && port.Read(got.AsSpan(count), Duration.FromSeconds(1), out int more) == SerialStatus.Ok)
        {
            count += more;
        }

        Assert.That(got[..count], Is.EqualTo(all));
    }

    [Test]
    public void Silence_is_a_timeout_and_a_full_line_too()
    {
        using Pty pty = new();
        using SerialPort port = SerialPort.Open(pty.SlavePath);
        Assert.That(port.Read(new byte[10], Duration.FromMilliseconds(30), out int count), Is.EqualTo(SerialStatus.TimedOut));
        Assert.That(count, Is.Zero);
        Assert.That(port.Write(new byte[1_000_000], Duration.FromMilliseconds(30), out int written), Is.EqualTo(SerialStatus.TimedOut));
        Assert.That(written, Is.InRange(1, 999_999));
    }

    [Test]
    public void Other_end_gone_is_closed()
    {
        Pty pty = new();
        using SerialPort port = SerialPort.Open(pty.SlavePath);
        pty.Dispose();
        Assert.That(port.Read(new byte[10], Duration.FromSeconds(1), out _), Is.EqualTo(SerialStatus.Closed));
        Assert.That(port.Write([1, 2, 3], Duration.FromSeconds(1), out _), Is.EqualTo(SerialStatus.Closed));
    }

    [Test]
    public void Port_in_use_names_its_user_and_is_free_after_closing()
    {
        using Pty pty = new();
        using (SerialPort.Open(pty.SlavePath))
        {
            SerialPortException e = Assert.Throws<SerialPortException>(() => SerialPort.Open(pty.SlavePath))!;
            Assert.That(e.Fault, Is.EqualTo(SerialFault.Busy));
            Assert.That(e.Message, Does.Contain("this program itself"));
        }

        using SerialPort again = SerialPort.Open(pty.SlavePath);
        Assert.That(again.Path, Is.EqualTo(pty.SlavePath));
    }

    [Test]
    public void Wrong_ports_are_refused_with_a_sentence()
    {
        SerialPortException missing = Assert.Throws<SerialPortException>(() => SerialPort.Open("/dev/ttyCapture99"))!;
        Assert.That((missing.Fault, missing.Errno), Is.EqualTo((SerialFault.NotFound, 2)));
        Assert.That(missing.Message, Does.StartWith("/dev/ttyCapture99: no such port").And.Contain("plugged in"));
        SerialPortException file = Assert.Throws<SerialPortException>(() => SerialPort.Open("/dev/null"))!;
        Assert.That(file.Message, Does.Contain("no serial port"));
        Assert.That(Assert.Throws<SerialPortException>(() => SerialPorts.Resolve("usb:dead:beef:0"))!.Fault, Is.EqualTo(SerialFault.NotFound));
    }

    [Test]
    public void No_permission_names_the_group()
    {
        if (Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("The superuser may open everything: run as a user to see this one.");
        }

        Assert.That(Assert.Throws<SerialPortException>(() => SerialPort.Open("/dev/tty0"))!.Message, Does.Contain("dialout"));
    }

    [Test]
    public void Silent_and_foreign_devices_are_told_apart_from_a_board()
    {
        using Pty pty = new();
        BoardLinkOptions options = new() { Port = pty.SlavePath, HelloTimeout = Duration.FromMilliseconds(200) };
        Assert.That(() => BoardLink.Open(options, HostClock.System), Throws.TypeOf<BoardLinkException>().With.Message.Contains("not one byte came"));
        using CancellationTokenSource end = new();
        Task chatter = Task.Run(() =>
        {
            while (!end.IsCancellationRequested)
            {
                pty.Write("temperature 21.5\r\n"u8.ToArray());
                Thread.Sleep(10);
            }
        });
        Assert.That(() => BoardLink.Open(options, HostClock.System), Throws.TypeOf<BoardLinkException>().With.Message.Contains("no frame of the protocol"));
        end.Cancel();
        chatter.Wait();
    }

    [Test]
    public void Ports_are_listed_with_their_usb_ids()
    {
        string root = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"sysfs-{Environment.ProcessId}");
        string device = Path.Combine(root, "devices", "1-2");
        string tty = Path.Combine(device, "1-2:1.0", "tty", "ttyACM0");
        Directory.CreateDirectory(tty);
        foreach ((string name, string text) in new[] { ("idVendor", "2e8a"), ("idProduct", "000a"), ("serial", "E66138"), ("manufacturer", "Raspberry Pi"), ("product", "Pico") })
        {
            File.WriteAllText(Path.Combine(device, name), text + "\n");
        }

        Directory.CreateSymbolicLink(Path.Combine(tty, "device"), Path.Combine(device, "1-2:1.0"));
        string list = Path.Combine(root, "class");
        Directory.CreateDirectory(list);
        Directory.CreateSymbolicLink(Path.Combine(list, "ttyACM0"), tty);
        Assert.That(SerialPorts.List(list), Is.EqualTo(new[] { new SerialPortEntry("/dev/ttyACM0", "usb:2e8a:000a:E66138", "Raspberry Pi Pico") }));
        Assert.That(SerialPorts.Resolve("usb:2e8a:000a", list), Is.EqualTo("/dev/ttyACM0"));
        Directory.Delete(root, recursive: true);
    }
}
