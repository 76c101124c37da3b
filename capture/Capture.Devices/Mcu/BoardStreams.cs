using System.Numerics;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;
using FirmwareBridge.Board;
using FirmwareBridge.Protocol;

namespace Capture.Devices.Mcu;

/// <summary>
/// Puts what a board says into sinks: samples with their instants, exchanges, and its book-keeping. A gap in the numbers is held until the board's next counts say
/// how much of it the board dropped itself; the line lost the rest.
/// </summary>
internal sealed class BoardStreams(TwoWayClock deviceClock, IImuSink? imu, ITriggerEdgeSink? trigger, IClockExchangeSink exchanges) : IBoardHandler
{
    private GapBook imuGaps;
    private readonly GapBook[] edgeGaps = new GapBook[8];
    private long edgeSequence;
    private long exchangeCount;
    private readonly bool[] edgesResumed = new bool[8];
    private bool imuResumed;

    /// <summary>Counts the board's boots within the episode.</summary>
    public int Segment { get; private set; }

    /// <summary>When the board was last heard.</summary>
    public HostTime LastHeard { get; set; }

    /// <summary>The newest sentence for the operator; null when there was none.</summary>
    public string? Trouble { get; private set; }

    public void OnImu(in ImuSample sample)
    {
        LastHeard = sample.Arrival;
        if (imu is null)
        {
            return;
        }

        long sequence = (long)sample.Sequence;
        if (imuResumed && imuGaps.Next is { } expected && sequence > expected)
        {
            imuGaps.Add(expected, sequence - expected);
        }

        imuResumed = false;
        imuGaps.Next = sequence + 1;
        SampleStamp stamp = new(sequence, Segment, sample.Ticks, sample.Arrival, deviceClock.Estimate(sample.Ticks, sample.Arrival).Instant);
        Vector3 acceleration = sample.Acceleration;
        Vector3 rate = sample.AngularRate;
        imu.Append(stamp, [acceleration.X, acceleration.Y, acceleration.Z], [rate.X, rate.Y, rate.Z]);
    }

    public void OnEdge(in TriggerEdge edge)
    {
        LastHeard = edge.Arrival;
        ref GapBook book = ref edgeGaps[edge.Channel & 7];
        if (edgesResumed[edge.Channel & 7] && book.Next is { } expected && (long)edge.Sequence > expected)
        {
            long missing = (long)edge.Sequence - expected;
            book.Add(edgeSequence, missing);
            edgeSequence += missing;
        }

        edgesResumed[edge.Channel & 7] = false;
        book.Next = (long)edge.Sequence + 1;
        SampleStamp stamp = new(edgeSequence++, Segment, edge.Ticks, edge.Arrival, deviceClock.Estimate(edge.Ticks, edge.Arrival).Instant);
        trigger?.Append(stamp, edge.Channel, (long)edge.Sequence, edge.Rising);
    }

    public void OnClockExchange(in ClockExchange exchange)
    {
        LastHeard = exchange.HostReceive;
        ClockExchange own = exchange with { Segment = Segment };
        deviceClock.Add(own);
        exchanges.Append(exchangeCount++, own);
        Duration? sigma = deviceClock.CurrentSigma;
        imu?.ReportClockSigma(sigma);
        trigger?.ReportClockSigma(sigma);
    }

    // An answer may still come late, so nothing is counted here.
    public void OnClockLost(HostTime sent, int segment) =>
        exchanges.Book(new Loss(sent, LossStage.Transport, LossReason.Timeout, LossEvidence.Counter, 0, null));

    public void OnGap(in BoardGap gap)
    {
        if (gap.Kind == BoardStreamKind.Imu)
        {
            imuGaps.Add((long)gap.FirstSequence, (long)gap.Count);
            return;
        }

        edgeGaps[gap.Id & 7].Add(edgeSequence, (long)gap.Count);
        edgeSequence += (long)gap.Count;
    }

    public void OnCounts(in StreamCount count, int segment, HostTime arrival)
    {
        LastHeard = arrival;
        if (count.Kind == BoardStreamKind.Imu)
        {
            imuGaps.Settle(imu, (long)count.Dropped, (long)count.Produced, arrival);
        }
        else if (count.Kind == BoardStreamKind.Edges)
        {
            edgeGaps[count.Id & 7].Settle(trigger, (long)count.Dropped, (long)count.Produced, arrival);
        }
    }

    public void OnRestart(BoardInfo info, int segment, HostTime arrival) => Restart(arrival, LossReason.DeviceReset);

    public void OnProblem(BoardProblem problem, string text, HostTime at)
    {
        if (problem == BoardProblem.CorruptFrame)
        {
            // Which stream it held cannot be known; the gap in the numbers counts it.
            Book(new Loss(at, LossStage.Parser, LossReason.Corrupt, LossEvidence.Counter, 0, null));
        }
        else
        {
            Trouble = text;
        }
    }

    /// <summary>Counters and clock begin anew.</summary>
    /// <param name="reason">Booked, unless the caller books the event itself.</param>
    public void Restart(HostTime at, LossReason? reason)
    {
        Flush(at, final: false);
        imuGaps = default;
        Array.Clear(edgeGaps);
        Segment++;
        deviceClock.BeginSegment(Segment);
        if (reason is { } r)
        {
            Book(new Loss(at, LossStage.Device, r, LossEvidence.Counter, 0, null));
        }
    }

    /// <summary>The same boot is heard again after a break: the next number tells what was lost.</summary>
    public void Resume()
    {
        imuResumed = true;
        Array.Fill(edgesResumed, value: true);
    }

    /// <summary>Books the gaps that wait for counts.</summary>
    /// <param name="final">All streams were stopped: what the board produced after the last sample is lost too.</param>
    public void Flush(HostTime at, bool final)
    {
        imuGaps.Flush(imu, at, final);
        for (int i = 0; i < edgeGaps.Length; i++)
        {
            edgeGaps[i].Flush(trigger, at, final);
        }
    }

    private void Book(in Loss loss)
    {
        imu?.Book(loss);
        trigger?.Book(loss);
        exchanges.Book(loss);
    }
}
