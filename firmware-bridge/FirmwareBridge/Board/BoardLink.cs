using System.Globalization;
using Capture.Core.Time;
using FirmwareBridge.Framing;
using FirmwareBridge.Protocol;
using FirmwareBridge.Serial;

namespace FirmwareBridge.Board;

/// <summary>What <see cref="BoardLink.Poll"/> came to.</summary>
public enum BoardLinkState
{
    Running,

    /// <summary>The line is gone. Dispose the link and open a new one.</summary>
    Closed,
}

/// <summary>Totals of a link since it was opened.</summary>
/// <param name="IgnoredMessages">Samples from before our start, answers to others, types we do not know.</param>
public readonly record struct BoardLinkCounters(long BytesReceived, long Frames, long FaultyFrames, long IgnoredMessages, long ClockSent, long ClockAnswered, long ClockLost);

/// <summary>
/// A board on a serial line: opens it, learns what it is, starts its streams, asks for its clock again and again, and hands everything to an <see cref="IBoardHandler"/>.
/// All on the thread that calls <see cref="Poll"/>; no allocation per sample; nothing that the line does makes it throw.
/// </summary>
public sealed class BoardLink : IDisposable
{
    private static readonly Duration WriteTimeout = Duration.FromMilliseconds(100);
    private static readonly Duration HelloEvery = Duration.FromMilliseconds(300);
    private static readonly Duration Quiet = Duration.FromMilliseconds(50);

    private readonly SerialPort _port;
    private readonly HostClock _clock;
    private readonly BridgeParser _parser = new();
    private readonly BoardReceiver _receiver;
    private readonly ClockProber _prober;
    private readonly RequestScript _script;
    private readonly byte[] _read = new byte[4096];
    private readonly byte[] _payload = new byte[FrameEncoder.MaxPayload];
    private readonly byte[] _frame = new byte[FrameEncoder.MaxFrame + 1];
    private HostTime _nextHello;
    private bool _isMidFrame = true; // until the first 0x00 of ours the board may hold half a frame of somebody else
    private bool _isClosed;
    private long _bytesReceived;

    private BoardLink(SerialPort port, BoardLinkOptions options, HostClock clock)
    {
        _port = port;
        _clock = clock;
        Options = options;
        uint nonce = (uint)clock.Now.Nanoseconds | 1;
        _prober = new ClockProber(options.ClockEvery, options.ClockTimeout, nonce);
        _script = new RequestScript(options);
        _receiver = new BoardReceiver(_prober, _script, nonce);
    }

    public BoardLinkOptions Options { get; }

    /// <summary>The board as it last introduced itself.</summary>
    public BoardInfo Info => _receiver.Info!;

    /// <summary>Counts the board's boots as this link saw them, from 0.</summary>
    public int Segment => _receiver.Segment;

    /// <summary>True once all streams asked for are confirmed (or refused) by the board.</summary>
    public bool IsSetUp => _script.IsDone;

    public BoardLinkCounters Counters => new(_bytesReceived, _receiver.Frames, _receiver.FaultyFrames, _receiver.IgnoredMessages, _prober.Sent, _prober.Answered, _prober.Lost);

    /// <summary>The clock that <see cref="IBoardHandler.OnClockExchange"/> and all ticks of this link belong to.</summary>
    /// <param name="name">Unique within an episode.</param>
    public ClockDomain ClockDomain(string name) => new(name, ClockFeed.TwoWay, Info.TickRateHz, Info.TickBits);

    /// <summary>Opens the port and waits for the board to say what it is. Streams start with the first <see cref="Poll"/>.</summary>
    /// <exception cref="SerialPortException">The port cannot be opened.</exception>
    /// <exception cref="BoardLinkException">No answer, another board or protocol, or settings that this board does not offer.</exception>
    public static BoardLink Open(BoardLinkOptions options, HostClock clock)
    {
        BoardLink link = new(SerialPort.Open(SerialPorts.Resolve(options.Port), options.Baud), options, clock);
        try
        {
            link.SayHello();
            BoardSettings.Check(link.Info, options);
            link._script.Begin(onlyStop: false);
            return link;
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    /// <summary>One turn: sends what is due, waits for bytes, hands on what they hold.</summary>
    /// <param name="wait">Longest wait when nothing comes; the link wakes earlier to ask for the clock.</param>
    public BoardLinkState Poll(IBoardHandler handler, Duration wait)
    {
        _receiver.Handler = handler;
        HostTime now = _clock.Now;
        SendDue(handler, now);
        while (_prober.TryTakeLost(now, out HostTime sent))
        {
            handler.OnClockLost(sent, Segment);
        }

        Receive(Until(now, wait));
        return _isClosed ? BoardLinkState.Closed : BoardLinkState.Running;
    }

    /// <summary>Polls until <paramref name="stop"/> or until the line is gone.</summary>
    public BoardLinkState Run(IBoardHandler handler, CancellationToken stop)
    {
        BoardLinkState state = BoardLinkState.Running;
        while (state == BoardLinkState.Running && !stop.IsCancellationRequested)
        {
            state = Poll(handler, Duration.FromMilliseconds(50));
        }

        return state;
    }

    /// <summary>Stops all streams and takes in what was still on its way, the final counts among it.</summary>
    /// <returns>False when the board did not confirm in time.</returns>
    public bool Stop(IBoardHandler handler, Duration timeout)
    {
        HostTime deadline = _clock.Now + timeout;
        _script.Begin(onlyStop: true);
        HostTime lastBytes = _clock.Now;
        while (_clock.Now < deadline && !_isClosed)
        {
            long before = _bytesReceived;
            Poll(handler, Duration.FromMilliseconds(10));
            HostTime now = _clock.Now;
            lastBytes = _bytesReceived == before ? lastBytes : now;

            // Clock answers keep coming and are not what we wait for, but they are rare enough to leave pauses.
            if (_script.IsDone && now - lastBytes > Quiet)
            {
                return true;
            }
        }

        return _script.IsDone;
    }

    public void Dispose() => _port.Dispose();

    private Duration Until(HostTime now, Duration wait)
    {
        HostTime wake = now + wait;
        wake = _prober.NextDue < wake ? _prober.NextDue : wake;
        if (_script.NextDue is { } due && due < wake)
        {
            wake = due;
        }

        return wake > now ? wake - now : Duration.Zero;
    }

    private void SendDue(IBoardHandler handler, HostTime now)
    {
        if (_receiver.NeedsInfo && now >= _nextHello)
        {
            _nextHello = now + HelloEvery;
            Send(new Hello(WireProtocol.Major, _receiver.Nonce).Write(_payload), handler);
        }

        if (_script.NextDue is { } due && now >= due)
        {
            Send(_script.Write(_payload, now), handler);
            if (_script.IsOverdue)
            {
                handler.OnProblem(BoardProblem.NoAnswer, $"{_port.Path}: the board answers no requests; they are repeated.", now);
            }
        }

        if (now >= _prober.NextDue)
        {
            // Encoding comes between stamp and write and takes about a microsecond: the stamp is never late, so the bound holds.
            HostTime sent = _clock.Now;
            Send(new ClockRequest(_prober.Begin(sent)).Write(_payload), handler);
        }
    }

    private void Send(int length, IBoardHandler? handler)
    {
        int at = 0;
        if (_isMidFrame)
        {
            _frame[at++] = 0; // ends what the board may hold of a frame that never ended
        }

        int total = at + FrameEncoder.Encode(_payload.AsSpan(0, length), _frame.AsSpan(at));
        SerialStatus status = _port.Write(_frame.AsSpan(0, total), WriteTimeout, out int written);
        _isMidFrame = written > 0 ? written < total : _isMidFrame;
        _isClosed |= status == SerialStatus.Closed;
        if (status == SerialStatus.TimedOut)
        {
            handler?.OnProblem(BoardProblem.WriteTimedOut, $"{_port.Path}: the line takes no bytes; the board does not read.", _clock.Now);
        }
    }

    private void Receive(Duration wait)
    {
        SerialStatus status = _port.Read(_read, wait, out int count);
        if (status == SerialStatus.Ok)
        {
            _bytesReceived += count;
            _receiver.Arrival = _clock.Now;
            _parser.Feed(_read.AsSpan(0, count), _receiver);
        }

        _isClosed |= status == SerialStatus.Closed;
    }

    private void SayHello()
    {
        HostTime deadline = _clock.Now + Options.HelloTimeout;
        while (_receiver.NeedsInfo)
        {
            HostTime now = _clock.Now;
            if (_isClosed)
            {
                throw new BoardLinkException($"{_port.Path}: the line closed while waiting for the board.");
            }

            if (now >= deadline)
            {
                throw new BoardLinkException(NoAnswer());
            }

            if (now >= _nextHello)
            {
                _nextHello = now + HelloEvery;
                Send(new Hello(WireProtocol.Major, _receiver.Nonce).Write(_payload), null);
            }

            Receive(Duration.FromMilliseconds(20));
        }
    }

    private string NoAnswer()
    {
        string heard = _bytesReceived == 0
            ? "not one byte came. Is this the right port, and does the board run the firmware?"
            : $"{_bytesReceived} bytes came, but no frame of the protocol. Is this the right port, the right baud rate ({_port.Baud}), and a Capture board?";
        return string.Create(CultureInfo.InvariantCulture, $"{_port.Path}: no answer to hello within {Options.HelloTimeout.TotalSeconds:0.#} s: {heard}");
    }
}
