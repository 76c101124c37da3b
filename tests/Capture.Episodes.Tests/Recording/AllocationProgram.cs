using System.Text.Json;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;

namespace Capture.Episodes.Tests.Recording;

/// <summary>What ten seconds of a whole rig allocated.</summary>
/// <param name="Process">Managed bytes of the whole process between Arm and Stop.</param>
/// <param name="Recorder">Of these, by the recorder's own threads, behind their first round.</param>
/// <param name="Sources">Of these, by the sources' threads, behind their first sample.</param>
internal sealed record AllocationFigures(long Samples, long Stored, long Process, long Recorder, long Sources, double SealMs);

/// <summary>
/// The test assembly as a program of its own: a rig for ten seconds, and what it allocated, as JSON. A test host allocates beside whatever it runs
/// (18 to 267 KB in these ten seconds were seen), so the figure is taken where nothing but the recorder and its sources lives.
/// </summary>
internal static class AllocationProgram
{
    public static int Main()
    {
        Console.WriteLine(JsonSerializer.Serialize(Run()));
        return 0;
    }

    private static AllocationFigures Run()
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
        HostTime stopped = rig.Now;
        EpisodeManifest manifest = r.Seal();
        long stored = manifest.Streams.Where(s => s.Counts is not null).Sum(s => s.Counts!.Stored / (s.Name == "room" ? 480 : 1));
        return new AllocationFigures(samples, stored, result.ManagedBytesAllocated, result.OwnBytesAllocated, allocated, (rig.Now - stopped).TotalMilliseconds);
    }
}
