using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Recording;
using Capture.Episodes.Recovery;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;
using Capture.Episodes.Verification;

namespace Capture.Episodes.Tests.Recording;

/// <summary>A disk that fills up, at the start and in the middle: injected, and on a real small tmpfs where the test may mount one.</summary>
public sealed class DiskFullTests
{
    [Test]
    public void A_disk_that_fills_up_stops_the_recording_and_the_episode_is_sealed_with_exact_counts()
    {
        var disk = new FaultyDisk();
        using var rig = new Rig(s => s with { Disk = disk });
        ICameraFrameSink camera = rig.Recorder.Open(Streams.Camera() with { Counted = true });
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        disk.Room = 300_000;
        byte[] picture = new byte[50_000];
        Jpegs.Grey8.CopyTo(picture, 0);
        long sent = 0;
        while (rig.Recorder.StopRequested is null && sent < 2000)
        {
            camera.Append(Rig.Stamp(sent, rig.Now), picture, true);
            imu.Append(Rig.Stamp(sent, rig.Now, sent), [1, 2, 3], [4, 5, 6]);
            sent++;
            Thread.Sleep(5);
        }

        for (int i = 0; i < 20; i++, sent++)
        {
            camera.Append(Rig.Stamp(sent, rig.Now), picture, true);
            imu.Append(Rig.Stamp(sent, rig.Now, sent), [1, 2, 3], [4, 5, 6]);
        }

        disk.Room = 512 * 1024;
        RecordingResult result = rig.Recorder.Stop(StopReason.Operator);
        EpisodeManifest manifest = rig.Recorder.Seal();
        ManifestCounts cameraCounts = manifest.Streams.Single(s => s.Name == "front").Counts!;
        ManifestCounts imuCounts = manifest.Streams.Single(s => s.Name == "board.imu").Counts!;
        Assert.Multiple(() =>
        {
            Assert.That(result.Reason, Is.EqualTo(StopReason.DiskFull));
            Assert.That(manifest.Stopped, Is.EqualTo("disk-full"));
            Assert.That(cameraCounts.Produced, Is.EqualTo(sent));
            Assert.That(cameraCounts.Unknown, Is.Zero);
            Assert.That(cameraCounts.Dropped, Is.GreaterThan(0));
            Assert.That(imuCounts.Produced, Is.EqualTo(sent));
            Assert.That(imuCounts.Unknown, Is.Zero);
            Assert.That(EpisodeVerifier.Verify(rig.Folder).Where(f => f.Severity == FindingSeverity.Error), Is.Empty);
            Assert.That(() => EpisodeRecovery.Plan(rig.Folder), Throws.TypeOf<EpisodeException>().With.Property("Problem").EqualTo(EpisodeProblem.Held));
        });
    }

    [Test]
    public void A_disk_that_fails_stops_the_recording_with_the_reason()
    {
        var disk = new FaultyDisk();
        using var rig = new Rig(s => s with { Disk = disk });
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        imu.Append(Rig.Stamp(0, rig.Now, 0), [1, 2, 3], [4, 5, 6]);
        disk.Errno = 5;
        Assert.That(Rig.Eventually(() => rig.Recorder.StopRequested is not null), Is.True);
        disk.Errno = 0;
        RecordingResult result = rig.Recorder.Stop(StopReason.Operator);
        ManifestCounts counts = rig.Recorder.Seal().Streams.Single(s => s.Name == "board.imu").Counts!;
        Assert.Multiple(() =>
        {
            Assert.That(result.Reason, Is.EqualTo(StopReason.WriteError));
            Assert.That(result.Detail, Does.Contain("Input/output error"));
            Assert.That(counts.Reasons!.Single().Reason, Is.EqualTo("write-error"));
            Assert.That(counts.Produced, Is.EqualTo(1));
            Assert.That(counts.Unknown, Is.Zero);
        });
    }

    [Test]
    public void A_full_tmpfs_in_the_middle_is_survived()
    {
        using var mount = Mounted.Tmpfs("8m");
        long sent = 0;
        string folder;
        EpisodeManifest manifest;
        using (EpisodeRecorder recorder = EpisodeRecorder.Create(new EpisodeSettings { RigName = "bench", EpisodesFolder = mount.Path, Name = "full", BufferMb = 64, BufferSeconds = 1 }))
        {
            ICameraFrameSink camera = recorder.Open(Streams.Camera() with { Counted = true });
            recorder.Arm();
            byte[] picture = new byte[60_000];
            Jpegs.Grey8.CopyTo(picture, 0);
            while (recorder.StopRequested is null && sent < 5000)
            {
                camera.Append(Rig.Stamp(sent++, Core.Time.HostClock.System.Now), picture, true);
                Thread.Sleep(2);
            }

            recorder.Stop(StopReason.Operator);
            manifest = recorder.Seal();
            folder = recorder.Folder;
        }

        ManifestCounts counts = manifest.Streams.Single(s => s.Name == "front").Counts!;
        using EpisodeReader episode = EpisodeReader.Open(folder);
        Assert.Multiple(() =>
        {
            Assert.That(manifest.Stopped, Is.EqualTo("disk-full"));
            Assert.That(counts.Produced, Is.EqualTo(sent));
            Assert.That(counts.Unknown, Is.Zero);
            Assert.That(counts.Stored, Is.InRange(1, 140));
            Assert.That(episode.Stream("front").IsSealed, Is.True);
            Assert.That(EpisodeVerifier.Verify(folder).Where(f => f.Severity == FindingSeverity.Error), Is.Empty);
        });
    }

    [Test]
    public void A_disk_that_is_full_at_the_start_is_said_and_leaves_no_folder()
    {
        using var mount = Mounted.Tmpfs("256k");
        EpisodeException? e = Assert.Throws<EpisodeException>(() => EpisodeRecorder.Create(new EpisodeSettings { RigName = "bench", EpisodesFolder = mount.Path }));
        Assert.Multiple(() =>
        {
            Assert.That(e!.Problem, Is.EqualTo(EpisodeProblem.Disk));
            Assert.That(e!.Message, Does.Contain("the disk is full").And.Contain("Free space"));
            Assert.That(Directory.GetFileSystemEntries(mount.Path), Is.Empty);
        });
    }
}
