using Capture.Core.Time;

namespace FirmwareBridge.Board;

/// <summary>When to ask for the board's clock, and which questions are still open. Bounded: the oldest open question is forgotten when there are too many.</summary>
/// <param name="firstSequence">Differs from connection to connection, so that an answer meant for somebody before us is not taken for ours.</param>
internal sealed class ClockProber(Duration every, Duration timeout, uint firstSequence)
{
    private const int Slots = 64;
    private readonly Question[] _open = new Question[Slots];
    private uint _sequence = firstSequence;
    private uint _oldestWaiting = firstSequence;

    /// <summary>When the next question is due.</summary>
    internal HostTime NextDue { get; private set; }

    internal long Sent { get; private set; }

    internal long Answered { get; private set; }

    internal long Lost { get; private set; }

    internal uint Begin(HostTime sent)
    {
        uint sequence = _sequence++;
        _open[sequence % Slots] = new Question(sequence, sent, State.Waiting);
        Sent++;

        // A tenth to and fro, in steps without a common factor: exchanges then meet the board's streams at every phase.
        long dither = ((long)(sequence * 37 % 21) - 10) * (every.Nanoseconds / 100);
        NextDue = sent + every + new Duration(dither);
        return sequence;
    }

    /// <summary>The question to an answer; false when we never asked it, or it was answered before.</summary>
    internal bool TryMatch(uint sequence, out HostTime sent)
    {
        ref Question q = ref _open[sequence % Slots];
        sent = q.Sent;
        if (q.Sequence != sequence || q.State is State.None or State.Answered)
        {
            return false;
        }

        // A late answer still counts as answered: its round trip says what it is worth.
        q = q with { State = State.Answered };
        Answered++;
        return true;
    }

    /// <summary>Gives back one question that has waited too long; call until false.</summary>
    internal bool TryTakeLost(HostTime now, out HostTime sent)
    {
        while (_oldestWaiting != _sequence)
        {
            ref Question q = ref _open[_oldestWaiting % Slots];
            bool isWaiting = q.Sequence == _oldestWaiting && q.State == State.Waiting;
            if (isWaiting && now - q.Sent < timeout)
            {
                break;
            }

            _oldestWaiting++;
            if (isWaiting)
            {
                sent = q.Sent;
                q = q with { State = State.Late };
                Lost++;
                return true;
            }
        }

        sent = default;
        return false;
    }

    private enum State : byte
    {
        None,
        Waiting,
        Late,
        Answered,
    }

    private readonly record struct Question(uint Sequence, HostTime Sent, State State);
}
