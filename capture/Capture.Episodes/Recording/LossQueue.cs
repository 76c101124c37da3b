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
    private readonly Loss[] _merged = new Loss[s_stages * s_reasons * s_evidences];
    private readonly bool[] _pending;
    private int _pendingCount;

    public LossQueue(int capacity)
    {
        _ring = new BatchQueue<Loss>(capacity);
        _pending = new bool[_merged.Length];
    }

    /// <summary>Whether entries wait on the source's side.</summary>
    public bool HasMerged => _pendingCount > 0;

    /// <summary>Source's thread: books a loss.</summary>
    public void Add(in Loss loss)
    {
        if (_pendingCount > 0)
        {
            Flush();
        }

        // A loss never overtakes merged ones of its own cause.
        int slot = Slot(loss);
        if (!_pending[slot] && _ring.TryEnqueue(loss))
        {
            return;
        }

        if (_pending[slot])
        {
            ref Loss sum = ref _merged[slot];
            sum = sum with { Count = sum.Count + loss.Count, FirstSequence = Earlier(sum.FirstSequence, loss.FirstSequence) };
        }
        else
        {
            _merged[slot] = loss;
            _pending[slot] = true;
            _pendingCount++;
        }
    }

    /// <summary>Source's thread: sends what was merged, as far as there is room.</summary>
    public void Flush()
    {
        for (int i = 0; i < _merged.Length && _pendingCount > 0; i++)
        {
            if (_pending[i] && _ring.TryEnqueue(_merged[i]))
            {
                _pending[i] = false;
                _pendingCount--;
            }
        }
    }

    /// <summary>Writer's thread.</summary>
    public bool TryTake(out Loss loss) => _ring.TryDequeue(out loss);

    private static int Slot(in Loss loss) => (((int)loss.Stage * s_reasons) + (int)loss.Reason) * s_evidences + (int)loss.Evidence;

    private static long? Earlier(long? a, long? b) => a is { } x && b is { } y ? Math.Min(x, y) : a ?? b;
}
