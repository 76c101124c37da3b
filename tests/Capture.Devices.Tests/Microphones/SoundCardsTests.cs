using Capture.Devices.Discovery;
using Capture.Devices.Microphones;

namespace Capture.Devices.Tests.Microphones;

/// <summary>A folder that looks like /sys of a host with USB microphones.</summary>
public sealed class SoundCardsTests
{
    private string root = "";

    [SetUp]
    public void Make() => root = Directory.CreateTempSubdirectory("capture-cards-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(root, recursive: true);

    [Test]
    public void Two_microphones_of_one_make_are_told_apart_whatever_number_they_get()
    {
        Plug(1, "Device", "1", "A1");
        Plug(2, "Device_1", "2", "B2");
        SoundCards cards = new(root);
        FoundCard found = cards.Resolve(LocalAddress.Parse("usb:2886:0018:B2", out _)!);
        Assert.That((found.Number, found.Id), Is.EqualTo((2, "Device_1")));
        Assert.That(found.Devices, Is.EqualTo(new[] { 0 }));
        Assert.That(cards.Behind("hw:CARD=Device,DEV=0")!.Identity.Serial, Is.EqualTo("A1"));

        Unplug(1, "1");
        Unplug(2, "2");
        Plug(1, "Device", "1", "B2");
        Assert.That(cards.FindAgain(found.Identity, serialIsItsOwn: true, "x")!.Number, Is.EqualTo(1));
    }

    [Test]
    public void Another_microphone_in_its_place_is_refused()
    {
        Plug(1, "Device", "1", "A1");
        SoundCards cards = new(root);
        LocalIdentity before = cards.Find()[0].Identity;
        Unplug(1, "1");
        Assert.That(cards.FindAgain(before, serialIsItsOwn: true, "x"), Is.Null);
        Plug(1, "Device", "1", "B2");
        DeviceException e = Assert.Throws<DeviceException>(() => cards.FindAgain(before, serialIsItsOwn: true, "usb:2886:0018:A1"))!;
        Assert.That(e.Message, Does.Contain("A1").And.Contain("B2"));
    }

    private void Plug(int number, string id, string port, string serial)
    {
        string device = Path.Combine(root, $"sys/devices/pci0000:00/0000:00:14.0/usb1/1-{port}");
        string card = Path.Combine(device, $"1-{port}:1.0/sound/card{number}");
        Directory.CreateDirectory(Path.Combine(card, $"pcmC{number}D0c"));
        Directory.CreateDirectory(Path.Combine(root, "sys/class/sound"));
        File.WriteAllText(Path.Combine(card, "id"), id + "\n");
        File.WriteAllText(Path.Combine(device, "idVendor"), "2886\n");
        File.WriteAllText(Path.Combine(device, "idProduct"), "0018\n");
        File.WriteAllText(Path.Combine(device, "serial"), serial + "\n");
        File.WriteAllText(Path.Combine(device, "devpath"), port + "\n");
        File.CreateSymbolicLink(Path.Combine(root, $"sys/class/sound/card{number}"), card);
    }

    private void Unplug(int number, string port)
    {
        File.Delete(Path.Combine(root, $"sys/class/sound/card{number}"));
        Directory.Delete(Path.Combine(root, $"sys/devices/pci0000:00/0000:00:14.0/usb1/1-{port}"), recursive: true);
    }
}
