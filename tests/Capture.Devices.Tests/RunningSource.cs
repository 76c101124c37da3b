using Capture.Core.Time;

namespace Capture.Devices.Tests;

/// <summary>A source opened, attached and running on a thread of its own, as the recorder runs it.</summary>
internal sealed class RunningSource : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Thread thread;
    private Exception? failure;

    public RunningSource(ISource source, Action<RecordedSinks>? prepare = null)
    {
        Source = source;
        if (source.State == SourceState.Closed)
        {
            source.Open();
        }

        source.Attach(Sinks);
        prepare?.Invoke(Sinks);
        thread = new Thread(Run) { IsBackground = true, Name = source.Name };
        thread.Start();
    }

    public ISource Source { get; }

    public RecordedSinks Sinks { get; } = new();

    /// <summary>Bytes that the source's thread allocated between the two samples given to <see cref="MeasureAllocation"/>.</summary>
    public long Allocated { get; private set; } = -1;

    /// <summary>Waits for a condition; fails the test when it does not come true.</summary>
    public void WaitFor(Func<bool> condition, string what, int seconds = 10)
    {
        HostTime end = HostClock.System.Now + Duration.FromSeconds(seconds);
        while (!condition())
        {
            Assert.That(HostClock.System.Now, Is.LessThan(end), $"not within {seconds} s: {what}; state {Source.State}, {Source.Trouble}");
            Assert.That(failure, Is.Null);
            Thread.Sleep(5);
        }
    }

    /// <summary>Counts what the source's own thread allocates from one sample of a stream to another.</summary>
    public void MeasureAllocation(RecordedSink sink, int from, int to)
    {
        long before = 0;
        sink.OnSample = count =>
        {
            if (count == from)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }
            else if (count == to)
            {
                Allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            }
        };
    }

    /// <summary>Tells the source to stop and gives how long that took.</summary>
    public Duration Stop()
    {
        HostTime before = HostClock.System.Now;
        stop.Cancel();
        Assert.That(thread.Join(3000), Is.True, "the source did not stop");
        Assert.That(failure, Is.Null);
        return HostClock.System.Now - before;
    }

    public void Dispose()
    {
        stop.Cancel();
        thread.Join(3000);
        Source.Dispose();
        stop.Dispose();
    }

    private void Run()
    {
        try
        {
            Source.Run(stop.Token);
        }
        catch (Exception e)
        {
            failure = e;
        }
    }
}
