using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Devices.Mcu;

/// <summary>Gaps of one board stream that wait for the board's counts, which say whether the board or the line lost them.</summary>
internal struct GapBook
{
    private long waiting;
    private long first;
    private long dropsSeen;
    private long dropsOpen;
    private long produced;
    private bool counted;

    /// <summary>The sequence that should come next; null before the first sample.</summary>
    public long? Next { get; set; }

    public void Add(long firstSequence, long count)
    {
        first = waiting == 0 ? firstSequence : first;
        waiting += count;
    }

    /// <summary>Takes the board's totals in and books what waits.</summary>
    public void Settle(IStreamSink? sink, long droppedTotal, long producedTotal, HostTime at)
    {
        // Totals are since boot: the first report is where counting starts.
        dropsOpen += counted ? droppedTotal - dropsSeen : 0;
        dropsSeen = droppedTotal;
        produced = producedTotal;
        counted = true;
        long byBoard = Math.Min(waiting, dropsOpen);
        Book(sink, at, LossStage.Device, LossReason.DeviceOverflow, byBoard);
        dropsOpen -= byBoard;
        Book(sink, at, LossStage.Transport, LossReason.SequenceGap, waiting);
    }

    /// <param name="final">Nothing more will come: what was produced after the last sample is missing too.</param>
    public void Flush(IStreamSink? sink, HostTime at, bool final)
    {
        if (final && Next is { } next && produced > next)
        {
            Add(next, produced - next);
            long byBoard = Math.Min(waiting, dropsOpen);
            Book(sink, at, LossStage.Device, LossReason.DeviceOverflow, byBoard);
            dropsOpen -= byBoard;
            Next = produced;
        }

        Book(sink, at, LossStage.Transport, LossReason.SequenceGap, waiting);
    }

    private void Book(IStreamSink? sink, HostTime at, LossStage stage, LossReason reason, long count)
    {
        if (count <= 0)
        {
            return;
        }

        sink?.Book(new Loss(at, stage, reason, LossEvidence.Counter, count, first));
        first += count;
        waiting -= count;
    }
}
