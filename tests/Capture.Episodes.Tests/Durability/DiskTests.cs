using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Capture.Core.Time;
using Capture.Episodes.Disk;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Recording;
using Capture.Episodes.Recovery;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;
using Capture.Episodes.Verification;

namespace Capture.Episodes.Tests.Durability;

/// <summary>Disks that run low, stall, fail and turn read-only. A disk that fills up at once is in <c>Recording/DiskFullTests</c>.</summary>
public sealed partial class DiskTests
{
    // clock_gettime(2): the time that this thread was running; other programs on the machine do not count.
    private const int ThreadCpuTime = 3;

    [Test]
    public void A_disk_that_runs_low_is_warned_of_in_minutes_and_the_recording_ends_before_it_is_full()
    {
        const long Room = 14_000_000;
        var disk = new FaultyDisk { Free = Room };
        using var rig = new SteppedRig(disk, new StepClock());
        long warnedAt = -1;
        double leftThen = 0;
        HostTime started = rig.Clock.Now;
        while (rig.Recorder.StopRequested is null && (rig.Clock.Now - started).TotalSeconds < 1000)
        {
            disk.Free = Room - disk.Written;
            rig.Run(250_000_000);
            DiskOutlook outlook = rig.Recorder.Disk;
            if (warnedAt < 0 && outlook.TimeLeft is { } left && (rig.Clock.Now - started).TotalSeconds > 10)
            {
                Assert.That(outlook.IsLow, Is.True);
                (warnedAt, leftThen) = (rig.Clock.Now.Nanoseconds, left.TotalSeconds);
            }
        }

        double lasted = (rig.Clock.Now.Nanoseconds - warnedAt) / 1e9;
        RecordingResult result = rig.Recorder.Stop(StopReason.Operator);
        EpisodeManifest manifest = rig.Recorder.Seal();
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"said {leftThen:0} s left, lasted {lasted:0} s; {disk.Free / 1e6:0.0} MB free at the end"));
        Assert.Multiple(() =>
        {
            Assert.That(result.Reason, Is.EqualTo(StopReason.DiskFull));
            Assert.That(disk.Written, Is.LessThan(Room), "the disk never was full");
            Assert.That(leftThen, Is.EqualTo(lasted).Within(25).Percent, "seconds left, said and true");
            Assert.That(rig.Refused, Is.Zero);
            Assert.That(manifest.State, Is.EqualTo(EpisodeState.Sealed));
            Assert.That(manifest.Times?.InForce, Is.Not.Null, "there was room for the times");
            foreach (AppendedRows stream in rig.Rows.Where(r => r != rig.Exchange))
            {
                Assert.That(manifest.Streams.Single(s => s.Name == stream.Stream).Counts!.Stored, Is.EqualTo(stream.AtNs.Count), stream.Stream);
            }

            Assert.That(EpisodeVerifier.Verify(rig.Recorder.Folder).Where(f => f.Severity == FindingSeverity.Error), Is.Empty);
        });
    }

    [Test]
    public void A_disk_that_stands_still_for_5_s_delays_no_capture_call_and_loses_no_sample()
    {
        var disk = new FaultyDisk();
        var clock = new StepClock();
        using var rig = new Rig(s => s with { Disk = disk, Clock = clock, BufferSeconds = 8, BufferMb = 512 });
        ICameraFrameSink[] cameras = [.. Enumerable.Range(0, 4).Select(i => rig.Recorder.Open(Streams.Camera($"camera{i}") with { Counted = true }))];
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        byte[] picture = new byte[60_000];
        Jpegs.Grey8.CopyTo(picture, 0);
        float[] vector = [1, 2, 3];
        var calls = new List<long>(8000);
        long frames = 0;
        long samples = 0;

        // The writer's thread is caught in its next write until the five seconds are over: every one of these calls returned while the disk stood still.
        disk.Gate.Reset();
        for (int ms = 0; ms < 5000; ms++)
        {
            clock.Advance(1_000_000);
            long before = CpuNs();
            imu.Append(Rig.Stamp(samples, clock.Now, samples), vector, vector);
            calls.Add(CpuNs() - before);
            samples++;
            if (ms % 33 == 0)
            {
                foreach (ICameraFrameSink camera in cameras)
                {
                    before = CpuNs();
                    camera.Append(Rig.Stamp(frames, clock.Now), picture, true);
                    calls.Add(CpuNs() - before);
                }

                frames++;
            }
        }

        Assert.That(disk.Gate.IsSet, Is.False, "the disk stands still to the end");
        disk.Gate.Set();
        RecordingResult result = rig.Recorder.Stop(StopReason.Operator);
        EpisodeManifest manifest = rig.Recorder.Seal();
        calls.Sort();
        long p999 = calls[(int)(calls.Count * 0.999)];
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{calls.Count} calls: p50 {calls[calls.Count / 2] / 1e3:0.0} us, p99.9 {p999 / 1e3:0.0} us, worst {calls[^1] / 1e3:0.0} us of processor time"));
        Assert.Multiple(() =>
        {
            Assert.That(result.Reason, Is.EqualTo(StopReason.Operator));
            Assert.That(p999, Is.LessThanOrEqualTo(1_000_000), "p99.9 of a capture call, ns");
            Assert.That(manifest.Streams.Single(s => s.Name == "board.imu").Counts!.Stored, Is.EqualTo(samples));
            Assert.That(manifest.Streams.Where(s => s.Name.StartsWith("camera", StringComparison.Ordinal)).Select(s => s.Counts!.Stored), Is.All.EqualTo(frames));
            Assert.That(manifest.Streams.Where(s => s.Counts is not null).Sum(s => s.Counts!.Dropped), Is.Zero);
        });
    }

    [Test]
    public void A_sync_that_fails_stops_the_recording_with_the_reason()
    {
        var disk = new FaultyDisk();
        using var rig = new SteppedRig(disk, new StepClock());
        rig.Run(1_500_000_000);
        Assert.That(rig.Recorder.StopRequested, Is.Null);
        disk.SyncErrno = 5;
        rig.Run(1_000_000_000);
        Assert.That(rig.Recorder.StopRequested, Is.EqualTo(StopReason.WriteError));
        disk.SyncErrno = 0;
        RecordingResult result = rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        Assert.Multiple(() =>
        {
            Assert.That(result.Detail, Does.Contain("Input/output error"));
            Assert.That(EpisodeVerifier.Verify(rig.Recorder.Folder).Where(f => f.Severity == FindingSeverity.Error), Is.Empty);
        });
    }

    [Test]
    public void A_real_disk_that_turns_read_only_stops_the_recording_and_the_episode_is_recovered_later()
    {
        using var scratch = new TempFolder();
        using Mounted mount = Mounted.Ext4(scratch.Path, 64);
        string folder;
        var clock = new StepClock();
        long appended = 0;
        using (EpisodeRecorder recorder = EpisodeRecorder.Create(new EpisodeSettings { RigName = "bench", EpisodesFolder = mount.Path, Name = "ro", BufferMb = 64, BufferSeconds = 1, Clock = clock, Stepped = true }))
        {
            folder = recorder.Folder;
            IImuSink imu = recorder.Open(Streams.Imu());
            recorder.Arm();
            void Run(int steps)
            {
                for (int i = 0; i < steps; i++)
                {
                    clock.Advance(5_000_000);
                    imu.Append(Rig.Stamp(appended, clock.Now, appended), [1, 2, 3], [4, 5, 6]);
                    appended++;
                    recorder.Step();
                }
            }

            Run(600);
            mount.Remount("abort");
            Run(600);
            Assert.That(recorder.StopRequested, Is.EqualTo(StopReason.WriteError));
            Assert.That(recorder.Stop(StopReason.Operator).Detail, Does.Contain("Read-only").Or.Contain("Input/output").Or.Contain("shut down").IgnoreCase);
            Assert.That(() => recorder.Seal(), Throws.TypeOf<EpisodeException>().With.Property("Problem").EqualTo(EpisodeProblem.Disk).And.Message.Contains("capture recover"));
        }

        mount.Again();
        EpisodeRecovery.Execute(folder);
        using EpisodeReader episode = EpisodeReader.Open(folder);
        long[] rows = episode.Stream("board.imu").ReadInt64("sequence");
        Assert.Multiple(() =>
        {
            Assert.That(rows, Is.EqualTo(Enumerable.Range(0, rows.Length).Select(n => (long)n)));
            Assert.That(rows, Has.Length.GreaterThanOrEqualTo(600 - 250), "1250 ms of rows");
            Assert.That(EpisodeVerifier.Verify(folder).Where(f => f.Severity == FindingSeverity.Error), Is.Empty);
        });
    }

    [Test]
    public void A_real_disk_whose_sectors_fail_stops_the_recording_and_what_was_durable_is_recovered_later()
    {
        // The disk's own disk is full after some megabytes: the kernel answers what it then cannot store with EIO, and the file system hears of it when it writes back.
        using Mounted small = Mounted.Tmpfs("24m");
        using Mounted mount = Mounted.Ext4(small.Path, 200);
        string folder;
        var clock = new StepClock();
        long frames = 0;
        string? detail;
        using (EpisodeRecorder recorder = EpisodeRecorder.Create(new EpisodeSettings { RigName = "bench", EpisodesFolder = mount.Path, Name = "eio", BufferMb = 64, BufferSeconds = 1, Clock = clock, Stepped = true }))
        {
            folder = recorder.Folder;
            ICameraFrameSink camera = recorder.Open(Streams.Camera(maxBytes: 100_000) with { Counted = true });
            recorder.Arm();
            byte[] picture = new byte[100_000];
            Jpegs.Grey8.CopyTo(picture, 0);
            while (recorder.StopRequested is null && frames < 1800)
            {
                clock.Advance(33_000_000);
                camera.Append(Rig.Stamp(frames, clock.Now), picture, true);
                frames++;
                recorder.Step();
            }

            Assert.That(recorder.StopRequested, Is.EqualTo(StopReason.WriteError), $"after {frames} pictures");
            detail = recorder.Stop(StopReason.Operator).Detail;
            try
            {
                recorder.Seal();
            }
            catch (EpisodeException e) when (e.Problem == EpisodeProblem.Disk)
            {
                Assert.That(e.Message, Does.Contain("capture recover"));
            }
        }

        TestContext.Out.WriteLine($"after {frames} pictures of 100 KB: {detail}");
        Assert.That(detail, Does.Contain("Input/output").Or.Contain("Read-only"));

        // The sectors are good again, as after a move to another disk.
        small.Remount("size=400m");
        mount.Again();
        EpisodeRecovery.Execute(folder);
        using EpisodeReader episode = EpisodeReader.Open(folder);
        long[] rows = episode.Stream("front").ReadInt64("sequence");
        Assert.Multiple(() =>
        {
            Assert.That(rows, Is.EqualTo(Enumerable.Range(0, rows.Length).Select(n => (long)n)));

            // Durable every second, and a sync that failed tells nothing of what it left: two of them and a batch.
            Assert.That(rows, Has.Length.GreaterThanOrEqualTo(frames - 75));
            Assert.That(EpisodeVerifier.Verify(folder).Where(f => f.Severity == FindingSeverity.Error), Is.Empty);
        });
    }

    [Test]
    public void A_read_only_disk_is_said_at_the_start()
    {
        using Mounted mount = Mounted.Tmpfs("4m");
        mount.Remount("ro");
        Assert.That(
            () => EpisodeRecorder.Create(new EpisodeSettings { RigName = "bench", EpisodesFolder = mount.Path }),
            Throws.TypeOf<EpisodeException>().With.Property("Problem").EqualTo(EpisodeProblem.Disk).And.Message.Contains("Read-only").And.Message.Contains("choose another folder"));
    }

    [Test]
    public void Space_put_aside_is_never_seen_by_readers_and_given_back_at_the_close()
    {
        using var scratch = new TempFolder();
        using Mounted mount = Mounted.Ext4(scratch.Path, 256);
        var clock = new StepClock();
        using var rig = new SteppedRig(KernelDisk.Instance, clock, s => s with { EpisodesFolder = mount.Path });
        rig.Run(4_000_000_000);
        string path = EpisodeFolder.StreamFile(rig.Recorder.Folder, "front");
        (long size, long taken) = Stat(path);
        using (EpisodeReader episode = EpisodeReader.Open(rig.Recorder.Folder))
        {
            Assert.That(episode.Stream("front").Tail.Kind, Is.EqualTo(Arrow.ArrowTailKind.Open), "no zeros behind the last message");
            Assert.That(episode.Stream("front").Bytes, Is.EqualTo(size));
            Assert.That(taken, Is.GreaterThan(size + (64 * 1024)), "bytes of disk that the file has in hand");
        }

        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        (size, taken) = Stat(path);
        Assert.That(taken, Is.LessThanOrEqualTo(size + 8192), "given back");
        rig.Recorder.Dispose();
    }

    private static (long Size, long Taken) Stat(string path)
    {
        using Process stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%s %b", path]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string[] words = stat.StandardOutput.ReadToEnd().Split(' ');
        stat.WaitForExit();
        return (long.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture) * 512);
    }

    private static long CpuNs()
    {
        _ = ClockGetTime(ThreadCpuTime, out Timespec t);
        return (t.Seconds * 1_000_000_000) + t.Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
