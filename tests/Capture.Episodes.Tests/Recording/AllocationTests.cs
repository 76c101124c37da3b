using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;

namespace Capture.Episodes.Tests.Recording;

/// <summary>An armed recorder allocates nothing. What this does not prove: that real sources allocate nothing (the agent's tests count them).</summary>
[NonParallelizable]
public sealed class AllocationTests
{
    // What the whole process may allocate meanwhile: the test host's own reporting and the runtime's re-compilation go on beside the recorder. The threads of
    // recorder and sources are held to nothing. One object a sample would be at least 24 × 16,800 = 403,200 bytes.
    private const long HostBytes = 256 * 1024;

    [Test]
    public void Ten_seconds_of_a_whole_rig_allocate_nothing()
    {
        using var rig = new Rig(s => s with { BufferMb = 512 });
        EpisodeRecorder r = rig.Recorder;
        ICameraFrameSink front = r.Open(Streams.Camera("front"));
        ICameraFrameSink wrist = r.Open(Streams.Camera("wrist"));
        IAudioPeriodSink audio = r.Open(Streams.Audio());
        IImuSink imu = r.Open(Streams.Imu());
        IMocapFrameSink mocap = r.Open(Streams.Mocap());
        IJointStateSink left = r.Open(Streams.Joints("left"));
        IJointStateSink right = r.Open(Streams.Joints("right"));
        byte[] picture = new byte[60_000];
        byte[] period = new byte[480 * 4];
        float[] vector = [1, 2, 3];
        JointReading[] joints = new JointReading[7];
        MocapBody?[] bodies = [new MocapBody(true, 1, 2, 3, 0, 0, 0, 1, 0), null];
        MocapMarker[] markers = new MocapMarker[8];
        long samples = 0;
        long allocated = 0;
        using var done = new CountdownEvent(7);
        Action<long, HostTime>[] sources =
        [
            (i, t) => front.Append(Rig.Stamp(i, t), picture, true),
            (i, t) => wrist.Append(Rig.Stamp(i, t), picture, true),
            (i, t) => audio.Append(Rig.Stamp(i, t, 480 * i), period),
            (i, t) => imu.Append(Rig.Stamp(i, t, i), vector, vector),
            (i, t) => mocap.Append(Rig.Stamp(i, t, i), bodies, markers),
            (i, t) => left.Append(Rig.Stamp(i, t), t, t, joints),
            (i, t) => right.Append(Rig.Stamp(i, t), t, t, joints),
        ];
        double[] rates = [30, 30, 100, 1000, 120, 200, 200];
        var threads = sources.Select((append, s) => new Thread(() =>
        {
            append(0, rig.Now);
            Interlocked.Increment(ref samples);
            long before = GC.GetAllocatedBytesForCurrentThread();
            HostTime begin = rig.Now;
            long total = (long)(10 * rates[s]);
            for (long i = 1; i < total;)
            {
                long due = (long)((rig.Now - begin).TotalSeconds * rates[s]);
                for (; i < Math.Min(due, total); i++)
                {
                    append(i, rig.Now);
                    Interlocked.Increment(ref samples);
                }

                Thread.Sleep(1);
            }

            Interlocked.Add(ref allocated, GC.GetAllocatedBytesForCurrentThread() - before);
            done.Signal();
        })).ToArray();
        r.Arm();
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        done.Wait();
        RecordingResult result = r.Stop(StopReason.Seconds);
        EpisodeManifest manifest = r.Seal();
        TestContext.Out.WriteLine($"process {result.ManagedBytesAllocated}, recorder {result.OwnBytesAllocated}, sources {allocated} bytes in {samples} samples");
        Assert.Multiple(() =>
        {
            Assert.That(samples, Is.EqualTo(16_800));
            Assert.That(manifest.Streams.Where(s => s.Counts is not null).Sum(s => s.Counts!.Stored / (s.Name == "room" ? 480 : 1)), Is.EqualTo(16_800), "nothing was dropped");
            Assert.That(allocated, Is.Zero, "bytes allocated by the sources' threads, appending");
            Assert.That(result.OwnBytesAllocated, Is.Zero, "bytes allocated by the recorder's threads");
            Assert.That(result.ManagedBytesAllocated, Is.LessThan(HostBytes));
        });
    }

    [Test]
    public void Appending_handing_over_and_booking_allocate_nothing_at_all()
    {
        using var rig = new Rig();
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        float[] vector = [1, 2, 3];
        Run(2000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(20_000);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Run(int count)
        {
            for (int i = 0; i < count; i++)
            {
                imu.Append(Rig.Stamp(i, rig.Now, i), vector, vector);
                imu.Tick(rig.Now);
                if (i % 100 == 0)
                {
                    imu.Book(new Core.Streams.Loss(rig.Now, Core.Streams.LossStage.Device, Core.Streams.LossReason.SequenceGap, Core.Streams.LossEvidence.Counter, 1, i));
                }
            }
        }
    }
}
