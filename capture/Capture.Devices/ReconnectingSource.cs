using System.Net.Sockets;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Devices;

/// <summary>
/// The loop that every source shares: read until the device is lost, book that, look for it again with growing pauses, book its return. A kind of device
/// says how to read and how to connect.
/// </summary>
public abstract class ReconnectingSource(string name, HostClock clock) : ISource
{
    private static readonly Duration FirstPause = Duration.FromMilliseconds(200);
    private static readonly Duration BacklogAtMost = Duration.FromSeconds(1);
    private static readonly Duration ShowTrouble = Duration.FromSeconds(10);
    private static readonly Duration TickEvery = Duration.FromMilliseconds(40);

    private volatile SourceState state;
    private volatile string? trouble;
    private IStreamSink[] sinks = [];
    private HostTime lastTick;
    private HostTime lostAt;
    private HostTime shownUntil;
    private WaitHandle? stopHandle;
    private bool stopping;

    public string Name { get; } = name;

    public SourceState State => state;

    public string? Trouble => trouble;

    public abstract IReadOnlyList<StreamDescriptor> Streams { get; }

    protected HostClock Clock { get; } = clock;

    /// <summary>Counts the device's boots as seen here, from 0.</summary>
    protected int Segment { get; private set; }

    public void Open()
    {
        state = SourceState.Connecting;
        try
        {
            OpenDevice();
        }
        catch
        {
            Disconnect();
            state = SourceState.Closed;
            throw;
        }
    }

    public void Attach(ISinkFactory sinks) => this.sinks = AttachSinks(sinks);

    public void Run(CancellationToken stop)
    {
        stopHandle = stop.WaitHandle;
        using CancellationTokenRegistration registration = stop.Register(() => Volatile.Write(ref stopping, true));
        state = SourceState.Running;
        lastTick = Clock.Now;
        while (!Stopping)
        {
            string? why = ReadGuarded();
            if (Stopping)
            {
                break;
            }

            Lose(why);
            if (Regain())
            {
                trouble = null;
                state = SourceState.Running;
            }
        }

        TickAll(Clock.Now);
        Disconnect();
        state = SourceState.Stopped;
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => Disconnect();

    /// <summary>Longest pause between two attempts to get the device back.</summary>
    protected virtual Duration LongestPause { get; } = Duration.FromSeconds(1);

    /// <summary>Told to stop: every loop returns as soon as it sees this.</summary>
    protected bool Stopping => Volatile.Read(ref stopping);

    /// <summary>Connects for the first time and fills in the streams.</summary>
    protected abstract void OpenDevice();

    /// <summary>Opens the sinks; gives them back so that they are ticked and booked.</summary>
    protected abstract IStreamSink[] AttachSinks(ISinkFactory sinks);

    /// <summary>
    /// Passes over one piece of what came since the device was opened; false when nothing of that is left. Those samples came before anybody looked, so when
    /// they arrived is not known, and a clock that takes them in begins with a wrong line. Called after each connection, for a second at most.
    /// </summary>
    protected virtual bool PassOverBacklog() => false;

    /// <summary>Reads until <see cref="Stopping"/> (null) or until the device is lost (why, as a short sentence). Allocates nothing on the way.</summary>
    protected abstract string? ReadWhileConnected();

    /// <summary>One attempt to get the device back; calls <see cref="TickIfDue"/> where it takes long. Throws or returns false where it failed.</summary>
    /// <param name="lostFor">How long the device has been away.</param>
    protected abstract bool TryReconnect(Duration lostFor);

    /// <summary>Closes what is open; may be called at any time, also twice.</summary>
    protected abstract void Disconnect();

    /// <summary>
    /// Samples that a stream lost while the device was away: count, evidence, and the sequence of the first where a counter of the host's own went on.
    /// By default inferred from the nominal rate.
    /// </summary>
    protected virtual (long? Count, LossEvidence Evidence, long? FirstSequence) LostDuring(StreamDescriptor stream, Duration away)
    {
        if (stream.Counted)
        {
            // Its balance comes from the device's counter, and that began anew: what it counted in between cannot be known.
            return (null, LossEvidence.None, null);
        }

        // Ledgers of sound count frames, the rate counts rows.
        double? rate = stream is AudioPeriodStream audio ? audio.SampleRateHz : stream.RateHz;
        return rate is { } hz ? ((long)Math.Round(away.TotalSeconds * hz), LossEvidence.Interval, null) : (null, LossEvidence.None, null);
    }

    protected void BeginSegment() => Segment++;

    /// <summary>Hands over what is due in all sinks, if 40 ms have passed.</summary>
    protected void TickIfDue(HostTime now)
    {
        if (now - lastTick >= TickEvery)
        {
            TickAll(now);
        }
    }

    /// <summary>Waits with the sinks ticked; false when told to stop.</summary>
    protected bool Pause(Duration length)
    {
        HostTime end = Clock.Now + length;
        while (!Stopping && Clock.Now < end)
        {
            stopHandle?.WaitOne((int)Math.Clamp((end - Clock.Now).Nanoseconds / 1_000_000, 1, 40));
            TickIfDue(Clock.Now);
        }

        return !Stopping;
    }

    /// <summary>What was played is over: waits, and ticks, until told to stop.</summary>
    protected void RestAtEnd()
    {
        state = SourceState.Ended;
        while (Pause(TickEvery))
        {
            // Nothing more comes.
        }
    }

    /// <summary>Something that the operator should know although the source goes on; shown for some seconds.</summary>
    protected void ReportTrouble(string text)
    {
        trouble = text;
        shownUntil = Clock.Now + ShowTrouble;
    }

    /// <summary>Books the same entry in every stream.</summary>
    protected void BookAll(in Loss loss)
    {
        foreach (IStreamSink sink in sinks)
        {
            sink.Book(loss);
        }
    }

    private void TickAll(HostTime now)
    {
        lastTick = now;
        if (trouble is not null && state == SourceState.Running && now > shownUntil)
        {
            trouble = null;
        }

        foreach (IStreamSink sink in sinks)
        {
            sink.Tick(now);
        }
    }

    private string? ReadGuarded()
    {
        try
        {
            HostTime deadline = Clock.Now + BacklogAtMost;
            while (!Stopping && Clock.Now < deadline && PassOverBacklog())
            {
                TickIfDue(Clock.Now);
            }

            return ReadWhileConnected();
        }
        catch (Exception e) when (e is IOException or SocketException or DeviceException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return e.Message;
        }
    }

    private void Lose(string? why)
    {
        state = SourceState.Lost;
        trouble = why;
        lostAt = LastHeard(Clock.Now);
        BookAll(new Loss(Clock.Now, LossStage.Device, LossReason.Disconnected, LossEvidence.None, 0, null));
        Disconnect();
    }

    /// <summary>When the last sample came: the loss counts from there.</summary>
    protected abstract HostTime LastHeard(HostTime now);

    private bool Regain()
    {
        Duration pause = FirstPause;
        while (Pause(pause))
        {
            pause = pause * 2 > LongestPause ? LongestPause : pause * 2;
            try
            {
                if (TryReconnect(Clock.Now - lostAt))
                {
                    BookAway(LossReason.Reconnected);
                    return true;
                }
            }
            catch (Exception e) when (e is IOException or SocketException or DeviceException or UnauthorizedAccessException or ObjectDisposedException)
            {
                trouble = e.Message;
            }

            Disconnect();
        }

        // Stopped while the device was away: what that cost still belongs into the balance.
        BookAway(LossReason.IntervalGap);
        return false;
    }

    private void BookAway(LossReason reason)
    {
        HostTime now = Clock.Now;
        for (int i = 0; i < sinks.Length; i++)
        {
            (long? count, LossEvidence evidence, long? first) = LostDuring(sinks[i].Stream, now - lostAt);
            sinks[i].Book(new Loss(now, LossStage.Device, reason, evidence, count, first));
        }
    }
}
