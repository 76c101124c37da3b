using Capture.Devices.Cameras.V4l2;
using Capture.Devices.Discovery;

namespace Capture.Devices.Tests.Cameras.V4l2;

public sealed class CameraIdentityTests
{
    [Test]
    public void Four_identical_cameras_keep_their_names_over_a_thousand_shufflings()
    {
        string[] ports = ["1", "2", "3.1", "3.2"];
        var shuffle = new Random(6);
        int wrong = 0;
        for (int round = 0; round < 1000; round++)
        {
            using FakeV4l2 host = new();

            // Two tell a serial number of their own, two tell none: those are known by their place, and may only be found there.
            string?[] serials = ["A1", "A2", null, null];
            int[] places = [0, 1, 2, 3];
            if (round % 2 == 1)
            {
                (places[0], places[1]) = (1, 0);
            }

            int[] numbers = [0, 2, 4, 6];
            shuffle.Shuffle(numbers);
            FakeCamera[] cameras = [.. serials.Select(s => new FakeCamera { Serial = s })];
            for (int i = 0; i < 4; i++)
            {
                host.Plug(numbers[i], cameras[i], ports[places[i]]);
            }

            CameraFinder finder = new(host, host.Root);
            string[] addresses = ["usb:046d:085e:A1", "usb:046d:085e:A2", "usb:046d:085e@usb-0000:00:14.0-3.1", "usb:046d:085e@usb-0000:00:14.0-3.2"];
            for (int i = 0; i < 4; i++)
            {
                FoundCamera found = finder.Resolve(LocalAddress.Parse(addresses[i], out _)!);
                FoundCamera again = finder.FindAgain(found.Identity, serialIsItsOwn: serials[i] is not null, addresses[i])!;
                wrong += found.Node == $"/dev/video{numbers[i]}" && again.Node == found.Node && found.Identity.AddressAmong(finder.Find().Select(f => f.Identity)) == addresses[i] ? 0 : 1;
            }
        }

        Assert.That(wrong, Is.Zero);
    }

    [Test]
    public void One_serial_number_on_two_cameras_is_refused_with_addresses_that_tell_them_apart()
    {
        using FakeV4l2 host = new();
        host.Plug(0, new FakeCamera { Serial = "SN0001" }, "1");
        FakeCamera second = host.Plug(1, new FakeCamera { Serial = "SN0001" }, "2");
        CameraFinder finder = new(host, host.Root);
        DeviceException e = Assert.Throws<DeviceException>(() => finder.Resolve(LocalAddress.Parse("usb:046d:085e:SN0001", out _)!))!;
        Assert.That(e.Message, Does.Contain("usb:046d:085e:SN0001@usb-0000:00:14.0-1").And.Contain("usb:046d:085e:SN0001@usb-0000:00:14.0-2"));
        FoundCamera found = finder.Resolve(LocalAddress.Parse("usb:046d:085e:SN0001@usb-0000:00:14.0-2", out _)!);
        Assert.That(found.Node, Is.EqualTo("/dev/video1"));

        host.Unplug(second);
        Assert.That(finder.FindAgain(found.Identity, serialIsItsOwn: false, "x"), Is.Null, "the other one with its number is not taken for it");
    }

    [Test]
    public void A_node_is_found_by_its_path_and_by_a_link_to_it()
    {
        using FakeV4l2 host = new();
        host.Plug(4, new FakeCamera(), "1");
        File.CreateSymbolicLink(Path.Combine(host.Root, "dev/bench-camera"), "video4");
        CameraFinder finder = new(host, host.Root);
        Assert.That(finder.Resolve(LocalAddress.Parse("/dev/video4", out _)!).Node, Is.EqualTo("/dev/video4"));
        Assert.That(finder.Resolve(LocalAddress.Parse("/dev/bench-camera", out _)!).Node, Is.EqualTo("/dev/video4"));
        DeviceException e = Assert.Throws<DeviceException>(() => finder.Resolve(LocalAddress.Parse("/dev/video9", out _)!))!;
        Assert.That(e.Message, Does.Contain("no such camera").And.Contain("usb:046d:085e@usb-0000:00:14.0-1"));
    }

    [TestCase("usb:46d:85e")]
    [TestCase("usb:046d")]
    [TestCase("usb:046d:085e:")]
    [TestCase("usb:046d:085e@")]
    [TestCase("my camera")]
    public void What_is_no_address_is_refused(string text)
    {
        Assert.That(LocalAddress.Parse(text, out string? problem), Is.Null);
        Assert.That(problem, Is.Not.Null);
    }
}
