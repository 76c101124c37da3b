using Capture.Core.Time;
using FirmwareBridge.Protocol;

namespace FirmwareBridge.Board;

/// <summary>What a link makes of the board's messages: sequence checks, unwrapped ticks, matched answers, restarts.</summary>
internal sealed class BoardReceiver(ClockProber prober, RequestScript script, uint nonce) : IBridgeSink
{
    private readonly ImuReading[] _samples = new ImuReading[WireProtocol.MaxSamplesPerFrame];
    private readonly StreamCount[] _counts = new StreamCount[WireProtocol.MaxStreams];
    private readonly StreamSequence[] _imus = new StreamSequence[WireProtocol.MaxImus];
    private readonly StreamSequence[] _edges = new StreamSequence[WireProtocol.MaxTriggers];
    private TickUnwrapper _ticks;

    /// <summary>Null while the board is asked who it is: nothing else is taken in then.</summary>
    internal IBoardHandler? Handler { get; set; }

    /// <summary>When the bytes that are being fed arrived.</summary>
    internal HostTime Arrival { get; set; }

    /// <summary>The nonce of our hello.</summary>
    internal uint Nonce => nonce;

    internal BoardInfo? Info { get; private set; }

    /// <summary>True before the first info, and when another boot id was heard without one.</summary>
    internal bool NeedsInfo { get; private set; } = true;

    internal int Segment { get; private set; }

    internal long Frames { get; private set; }

    internal long FaultyFrames { get; private set; }

    internal long IgnoredMessages { get; private set; }

    public void OnMessage(long offset, int length, MessageType type, ReadOnlySpan<byte> payload)
    {
        Frames++;
        if (type == MessageType.Info)
        {
            TakeInfo(payload);
            return;
        }

        if (Handler is null || NeedsInfo)
        {
            IgnoredMessages++;
            return;
        }

        ProtocolStatus status = type switch
        {
            MessageType.Imu => TakeImu(payload),
            MessageType.Edge => TakeEdge(payload),
            MessageType.ClockReply => TakeClockReply(payload),
            MessageType.Counts => TakeCounts(payload),
            MessageType.Done => TakeDone(payload),
            MessageType.Error => TakeError(payload),
            _ => ProtocolStatus.OtherType,
        };
        if (status == ProtocolStatus.OtherType)
        {
            IgnoredMessages++; // a message of a host: an echo, or somebody else on the line
        }
        else if (status != ProtocolStatus.Ok)
        {
            FaultyFrames++;
            Handler.OnProblem(BoardProblem.CorruptFrame, "A message of the board is not as the protocol says; is its firmware newer?", Arrival);
        }
    }

    public void OnFault(long offset, int length, BridgeFault fault)
    {
        if (fault == BridgeFault.UnknownType)
        {
            IgnoredMessages++;
            return;
        }

        FaultyFrames++;
        Handler?.OnProblem(BoardProblem.CorruptFrame, BridgeJson.Describe(fault), Arrival);
    }

    private void TakeInfo(ReadOnlySpan<byte> payload)
    {
        if (BoardInfo.TryRead(payload, out BoardInfo? info) != ProtocolStatus.Ok || info is null)
        {
            FaultyFrames++;
            return;
        }

        if (Info is null)
        {
            // Only the answer to our own hello: an older one may still lie in the driver's buffer.
            if (info.Nonce == nonce)
            {
                Adopt(info);
            }

            return;
        }

        bool isRestart = info.BootId != Info.BootId;
        if (isRestart)
        {
            Segment++;
            Adopt(info);
            script.Begin(onlyStop: false);
            Handler?.OnRestart(info, Segment, Arrival);
        }

        NeedsInfo = false;
    }

    private void Adopt(BoardInfo info)
    {
        Info = info;
        NeedsInfo = false;
        _ticks = new TickUnwrapper(info.TickBits, info.Ticks);
        foreach (ref StreamSequence stream in _imus.AsSpan())
        {
            stream.Forget();
        }

        foreach (ref StreamSequence stream in _edges.AsSpan())
        {
            stream.Forget();
        }
    }

    private ProtocolStatus TakeImu(ReadOnlySpan<byte> payload)
    {
        ProtocolStatus status = ImuFrame.TryRead(payload, _samples, out ImuFrame frame);
        if (status != ProtocolStatus.Ok || !TakeSequence(ref _imus[frame.Imu], BoardStreamKind.Imu, frame.Imu, frame.FirstSequence, (ulong)frame.Count))
        {
            return status;
        }

        for (int i = 0; i < frame.Count; i++)
        {
            ref readonly ImuReading s = ref _samples[i];
            Handler!.OnImu(new ImuSample(frame.Imu, frame.FirstSequence + (ulong)i, _ticks.Unwrap(s.Ticks), Segment, Arrival, s.Acceleration, s.AngularRate));
        }

        return status;
    }

    private ProtocolStatus TakeEdge(ReadOnlySpan<byte> payload)
    {
        ProtocolStatus status = EdgeMessage.TryRead(payload, out EdgeMessage edge);
        if (status == ProtocolStatus.Ok && TakeSequence(ref _edges[edge.Channel], BoardStreamKind.Edges, edge.Channel, edge.Sequence, 1))
        {
            Handler!.OnEdge(new TriggerEdge(edge.Channel, edge.Sequence, _ticks.Unwrap(edge.Ticks), Segment, Arrival, edge.Rising));
        }

        return status;
    }

    private bool TakeSequence(ref StreamSequence stream, BoardStreamKind kind, int id, ulong first, ulong count)
    {
        if (!stream.IsRunning)
        {
            IgnoredMessages++;
            return false;
        }

        ulong expected = stream.Next;
        if (!stream.Take(first, count, out ulong missing))
        {
            Handler!.OnProblem(BoardProblem.OutOfOrder, "A sample's number is older than the one before it; it was ignored.", Arrival);
            return false;
        }

        if (missing > 0)
        {
            Handler!.OnGap(new BoardGap(kind, id, expected, missing, Segment, Arrival));
        }

        return true;
    }

    private ProtocolStatus TakeClockReply(ReadOnlySpan<byte> payload)
    {
        ProtocolStatus status = ClockReply.TryRead(payload, out ClockReply reply);
        if (status != ProtocolStatus.Ok)
        {
            return status;
        }

        if (!IsThisBoot(reply.BootId) || !prober.TryMatch(reply.Sequence, out HostTime sent))
        {
            IgnoredMessages++;
            return status;
        }

        Handler!.OnClockExchange(new ClockExchange(sent, _ticks.Unwrap(reply.Received), _ticks.Unwrap(reply.Sent), Arrival, Segment));
        return status;
    }

    private ProtocolStatus TakeCounts(ReadOnlySpan<byte> payload)
    {
        ProtocolStatus status = CountsMessage.TryRead(payload, _counts, out CountsMessage counts);
        if (status == ProtocolStatus.Ok && IsThisBoot(counts.BootId))
        {
            for (int i = 0; i < counts.Count; i++)
            {
                Handler!.OnCounts(_counts[i], Segment, Arrival);
            }
        }

        return status;
    }

    private ProtocolStatus TakeDone(ReadOnlySpan<byte> payload)
    {
        ProtocolStatus status = Done.TryRead(payload, out Done done);
        if (status != ProtocolStatus.Ok)
        {
            return status;
        }

        if (!IsThisBoot(done.BootId) || !script.TryTakeAnswer(done.Request, out (BoardStreamKind Kind, int Id)? stream))
        {
            IgnoredMessages++;
        }
        else if (stream is { } started)
        {
            (started.Kind == BoardStreamKind.Imu ? _imus : _edges)[started.Id].Start(done.NextSequence);
        }

        return status;
    }

    private ProtocolStatus TakeError(ReadOnlySpan<byte> payload)
    {
        ProtocolStatus status = BoardError.TryRead(payload, out BoardError error);
        if (status == ProtocolStatus.Ok)
        {
            _ = script.TryTakeAnswer(error.Request, out _);
            Handler!.OnProblem(BoardProblem.Refused, $"The board refused request {error.Request}: {error.Text} (error {(int)error.Code}).", Arrival);
        }

        return status;
    }

    /// <summary>Another boot id means that the board restarted and its word about it was lost: ask again who it is.</summary>
    private bool IsThisBoot(ulong bootId)
    {
        if (bootId != Info!.BootId)
        {
            NeedsInfo = true;
            return false;
        }

        return true;
    }
}
