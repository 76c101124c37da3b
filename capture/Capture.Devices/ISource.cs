using Capture.Episodes.Schema;

namespace Capture.Devices;

/// <summary>Where a source stands; shown to the operator.</summary>
public enum SourceState
{
    /// <summary>Made from its settings; no device touched yet.</summary>
    Closed,

    /// <summary>Looking for the device, or asking it who it is.</summary>
    Connecting,

    /// <summary>Connected, and samples are expected.</summary>
    Running,

    /// <summary>The device went away; the source looks for it until it is told to stop.</summary>
    Lost,

    /// <summary>Told to stop, and done.</summary>
    Stopped,

    /// <summary>What it played is over; nothing more comes until it is told to stop.</summary>
    Ended,
}

/// <summary>
/// One device of a rig. Life: constructor (touches nothing) → <see cref="Open"/> → <see cref="Attach"/> → <see cref="Run"/> on a
/// thread of its own → <see cref="IDisposable.Dispose"/>. Opening is done from one thread; Run is called once.
/// </summary>
/// <remarks>
/// Once running, the loop allocates nothing, takes no lock and waits for nothing below it; it calls
/// <see cref="IStreamSink.Tick"/> at least every 50 ms, also while the device is away. A reconnection may allocate.
/// </remarks>
public interface ISource : IDisposable
{
    /// <summary>The source's key in rig.yaml; first part of its streams' names.</summary>
    string Name { get; }

    /// <summary>Connects and asks the device who it is. Afterwards <see cref="Streams"/> is known.</summary>
    /// <exception cref="DeviceException">The device cannot be had as the settings ask; the text says what, where and what to do.</exception>
    void Open();

    /// <summary>What the device will deliver. Valid after <see cref="Open"/>; does not change afterwards.</summary>
    IReadOnlyList<StreamDescriptor> Streams { get; }

    /// <summary>Opens one sink for each stream, in the order of <see cref="Streams"/>. Called once, before <see cref="Run"/>.</summary>
    void Attach(ISinkFactory sinks);

    /// <summary>
    /// Reads until told to stop; blocks. Returns within 100 ms of the signal (a board within 0.6 s: it is told to stop, and its last counts
    /// are awaited), except where a driver holds the thread in a read that cannot be broken off: the caller waits for a while and then
    /// leaves the (background) thread behind.
    /// </summary>
    void Run(CancellationToken stop);

    /// <summary>Where the source stands. May be read from any thread at any time; allocates nothing.</summary>
    SourceState State { get; }

    /// <summary>Why the device is away, for the operator's table; null while it is there. May be read from any thread.</summary>
    string? Trouble { get; }
}
