using System.Globalization;
using System.Text.Json;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using EndToEnd.Processes;
using EndToEnd.Truth;

namespace EndToEnd;

/// <summary>A disk that is full at the start, and one that fills up while recording. The disk is a small tmpfs.</summary>
internal sealed class DiskFullTests
{
    private Scratch _scratch = null!;
    private string? _mounted;

    [SetUp]
    public void Make() => _scratch = new Scratch("disk");

    [TearDown]
    public void Remove()
    {
        if (_mounted is not null)
        {
            // Batches that were read hold their mapping until nobody reaches them, and a mapping keeps the disk busy.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Finished umount = Programs.Run("umount", [_mounted]);
            Assert.That(umount.Exit, Is.Zero, umount.Errors);
        }

        _scratch.Dispose();
    }

    [Test]
    public void Full_at_the_start()
    {
        string disk = Mount(1);
        File.WriteAllBytes(Path.Combine(disk, "filler"), new byte[1_000 * 1024]);
        using var rig = new RigProcess(_scratch["rig"], 1, "--without", "front,wrist,room,leader,follower");
        Finished record = CaptureProgram.RunWith(rig, "record", rig.RigFile, "--seconds", "2", "--out", disk);
        TestContext.Out.WriteLine(record);
        Assert.That(record.Exit, Is.EqualTo(3), record.ToString());
        Assert.That(record.Errors, Does.Contain(disk).And.Contain("space").IgnoreCase);
        Assert.That(record.Errors, Does.Not.Contain("   at "));
    }

    [Test]
    public void Full_in_the_middle()
    {
        string disk = Mount(16);
        using var rig = new RigProcess(_scratch["rig"], 1);
        Finished record = CaptureProgram.RunWith(rig, "record", rig.RigFile, "--seconds", "40", "--out", disk, "--json");
        TestContext.Out.WriteLine(record);
        Assert.That(record.Exit, Is.EqualTo(3), record.ToString());
        Assert.That(record.Errors, Does.Contain(disk).And.Contain("space").IgnoreCase);
        Assert.That(record.Took, Is.LessThan(TimeSpan.FromSeconds(38)), "the recording ended when the disk was full");
        Assert.That(JsonDocument.Parse(record.Output).RootElement.GetProperty("stopped").GetString(), Is.EqualTo("disk-full"));

        string folder = CaptureProgram.EpisodeOf(disk);
        using (EpisodeReader episode = EpisodeReader.Open(folder))
        {
            Assert.That(episode.Manifest.State, Is.EqualTo(EpisodeState.Sealed));
            Assert.That(episode.Faults, Is.Empty);
            Assert.That(episode.Streams.Where(s => !s.IsSealed).Select(s => s.Info.Name), Is.Empty);
            foreach ((string camera, byte code) in ((string, byte)[])[("front", 1), ("wrist", 2)])
            {
                Assert.That(FrameCodes.Read(new RecordedStream(episode, camera), code), Is.Ordered.Ascending.And.Unique.And.Not.Empty);
            }
        }

        Finished verify = CaptureProgram.Run("verify", folder, "--pictures");
        Assert.That(verify.Exit, Is.Zero, verify.ToString());
    }

    private string Mount(int megabytes)
    {
        string folder = Directory.CreateDirectory(_scratch["disk"]).FullName;
        if (!Programs.IsRoot || Programs.Find("mount") is null)
        {
            Assert.Ignore("mounting a small disk needs root");
        }

        Finished mount = Programs.Run("mount", ["-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m"), "tmpfs", folder]);
        if (mount.Exit != 0)
        {
            Assert.Ignore("a small disk cannot be mounted here: " + mount.Errors.Trim());
        }

        _mounted = folder;
        return folder;
    }
}
