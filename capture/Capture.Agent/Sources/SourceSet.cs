using Capture.Core.Time;
using Capture.Devices;
using Capture.Episodes.Schema;

namespace Capture.Agent.Sources;

/// <summary>The sources of a rig while they live: opened together, each on a thread of its own, ended together.</summary>
internal sealed class SourceSet(IReadOnlyList<ISource> sources) : IDisposable
{
    // A source returns within 100 ms of the signal; one that a driver holds in a read is left behind.
    private static readonly Duration JoinTimeout = Duration.FromSeconds(2);
    private static readonly Duration LastWord = Duration.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<(Thread Thread, ISource Source)> _running = [];
    private readonly HashSet<ISource> _stuck = [];
    private readonly List<ISource> _open = [];
    private volatile Exception? _failure;

    public IReadOnlyList<ISource> Sources { get; } = sources;

    /// <summary>A source's loop ended by an error of the program itself; the recording should end and say so.</summary>
    public Exception? Failure => _failure;

    /// <summary>Every source is at its end: nothing more comes.</summary>
    public bool HaveEnded
    {
        get
        {
            foreach (ISource source in _open)
            {
                if (source.State != SourceState.Ended)
                {
                    return false;
                }
            }

            return _open.Count > 0;
        }
    }

    /// <summary>Opens every source; returns what went wrong, one entry a device, instead of stopping at the first.</summary>
    public IReadOnlyList<DeviceException> Open(Action<ISource>? opened = null)
    {
        var problems = new List<DeviceException>();
        foreach (ISource source in Sources)
        {
            try
            {
                source.Open();
                _open.Add(source);
                opened?.Invoke(source);
            }
            catch (DeviceException e)
            {
                problems.Add(e);
            }
        }

        return problems;
    }

    /// <summary>Opens the sinks of every source that could be opened.</summary>
    public void Attach(ISinkFactory sinks)
    {
        foreach (ISource source in _open)
        {
            source.Attach(sinks);
        }
    }

    public void Start()
    {
        foreach (ISource source in _open)
        {
            var thread = new Thread(() => Run(source)) { Name = "source " + source.Name, IsBackground = true };
            _running.Add((thread, source));
            thread.Start();
        }
    }

    /// <summary>
    /// Tells all sources to end and waits for a moment: those that are away book what that cost, and the recorder must still be there to take it. A source that is slower misses that alone.
    /// </summary>
    public void End()
    {
        _stop.Cancel();
        HostTime deadline = HostClock.System.Now + LastWord;
        foreach ((Thread thread, _) in _running)
        {
            thread.Join((int)Math.Max(0, (deadline - HostClock.System.Now).Nanoseconds / 1_000_000));
        }
    }

    /// <summary>Tells all sources to end and waits; returns the names of those that did not come back.</summary>
    public IReadOnlyList<string> Stop()
    {
        _stop.Cancel();
        HostTime deadline = HostClock.System.Now + JoinTimeout;
        foreach ((Thread thread, ISource source) in _running)
        {
            long leftMs = (deadline - HostClock.System.Now).Nanoseconds / 1_000_000;
            if (!thread.Join((int)Math.Max(1, leftMs)))
            {
                _stuck.Add(source);
            }
        }

        _running.Clear();
        return [.. _stuck.Select(s => s.Name)];
    }

    public void Dispose()
    {
        Stop();

        // A source whose thread still sits in a driver must not lose its handles under it; the process ends soon after.
        foreach (ISource source in Sources.Where(s => !_stuck.Contains(s)))
        {
            source.Dispose();
        }

        _stop.Dispose();
    }

    private void Run(ISource source)
    {
        try
        {
            source.Run(_stop.Token);
        }
        catch (Exception e)
        {
            // Nothing outside may bring a source down; if its own code does, the operator must see it rather than a silent stream.
            _failure = new InvalidOperationException($"the source {source.Name} ended by an error of the program: {e}", e);
        }
    }
}
