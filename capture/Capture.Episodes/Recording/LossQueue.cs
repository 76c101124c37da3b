using Capture.Core.Streams;

namespace Capture.Episodes.Recording;

/// <summary>
/// Losses on their way from a source's thread to the writer. When the ring is full, losses of one cause are added up on the source's
/// side and sent as one entry as soon as there is room: entries can be merged, counts are never lost.
/// </summary>
internal sealed class LossQueue
{
    private static readonly int s_stages = Enum.GetValues<LossStage>().Length;
    private static readonly int s_reasons = Enum.GetValues<LossReason>().Length;
    private static readonly int s_evidences = Enum.GetValues<LossEvidence>().Length;

    private readonly BatchQueue<Loss> _ring;
    private readonly Merged[] _merged = new Merged[s_stages * s_reasons * s_evidences];
    private int _pending;

    public LossQueue(int capacity) => _ring = new BatchQueue<Loss>(capacity);

    /// <summary>Whether entries wait on the source's side.</summary>
    public bool HasMerged => _pending > 0;

    /// <summary>Source's thread: books a loss.</summary>
    /// <param name="keptRows">
    /// Rows kept so far. Losses before and after a kept row are never merged: the balance must be able to tell a gap from what was lost
    /// behind the last row.
    /// </param>
    public void Add(in Loss loss, long keptRows)
    {
        if (_pending > 0)
        {
            Flush();
        }

        // A loss never overtakes merged ones of its own cause.
        ref Merged merged = ref _merged[Slot(loss)];
        if (!merged.Any && _ring.TryEnqueue(loss))
        {
            return;
        }

        if (merged.Behind is { } behind && merged.Kept == keptRows)
        {
            merged.Behind = Sum(behind, loss);
            return;
        }

        if (merged.Behind is { } earlier)
        {
            merged.Before = merged.Before is { } before ? Sum(before, earlier) : earlier;
        }
        else
        {
            _pending++;
        }

        merged.Behind = loss;
        merged.Kept = keptRows;
    }

    /// <summary>Source's thread: sends what was merged, as far as there is room.</summary>
    public void Flush()
    {
        for (int i = 0; i < _merged.Length && _pending > 0; i++)
        {
            ref Merged merged = ref _merged[i];
            if (merged.Before is { } before && _ring.TryEnqueue(before))
            {
                merged.Before = null;
            }

            if (merged.Before is null && merged.Behind is { } behind && _ring.TryEnqueue(behind))
            {
                merged.Behind = null;
                _pending--;
            }
        }
    }

    /// <summary>Writer's thread.</summary>
    public bool TryTake(out Loss loss) => _ring.TryDequeue(out loss);

    private static int Slot(in Loss loss) => (((int)loss.Stage * s_reasons) + (int)loss.Reason) * s_evidences + (int)loss.Evidence;

    private static Loss Sum(in Loss a, in Loss b) => a with { Count = a.Count + b.Count, FirstSequence = Earlier(a.FirstSequence, b.FirstSequence) };

    private static long? Earlier(long? a, long? b) => a is { } x && b is { } y ? Math.Min(x, y) : a ?? b;

    /// <summary>Losses of one cause: before the last kept row, and behind it.</summary>
    private struct Merged
    {
        public Loss? Before;
        public Loss? Behind;
        public long Kept;

        public readonly bool Any => Before is not null || Behind is not null;
    }
}
