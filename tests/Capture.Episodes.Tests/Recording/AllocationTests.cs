using System.Diagnostics;
using System.Text.Json;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;

namespace Capture.Episodes.Tests.Recording;

/// <summary>An armed recorder allocates nothing. What this does not prove: that real sources allocate nothing (the agent's tests count them).</summary>
[NonParallelizable]
public sealed class AllocationTests
{
    // What the runtime may allocate once between Arm and Stop, in a fresh process: starting the seven source threads, and linking native functions on their
    // first call (32 to 96 bytes on a thread). 392 bytes were measured. One object a sample would be at least 24 × 16,800 = 403,200 bytes. That a warm
    // path allocates exactly nothing is the other test's matter.
    private const long RuntimeBytes = 2048;

    [Test]
    public void Ten_seconds_of_a_whole_rig_allocate_nothing()
    {
        // The runtime's own threads may allocate in one run (25 KB were seen once, on a machine with load 20); what a sample costs, it costs in every run.
        AllocationFigures figures = Run();
        for (int again = 0; again < 2 && figures.Process >= RuntimeBytes; again++)
        {
            figures = Run();
        }

        Assert.Multiple(() =>
        {
            Assert.That(figures.Samples, Is.EqualTo(16_800));
            Assert.That(figures.Stored, Is.EqualTo(16_800), "nothing was dropped");
            Assert.That(figures.Process / figures.Samples, Is.Zero, "bytes a sample");
            Assert.That(figures.Process, Is.LessThan(RuntimeBytes), "bytes allocated by the process");
        });
    }

    private static AllocationFigures Run()
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [typeof(AllocationProgram).Assembly.Location]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string json = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, json);
        TestContext.Out.WriteLine(json);
        AllocationFigures figures = JsonSerializer.Deserialize<AllocationFigures>(json)!;
        Assert.That(figures.Recorder + figures.Sources, Is.LessThan(RuntimeBytes), "bytes allocated by the recorder's and the sources' own threads");
        return figures;
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
