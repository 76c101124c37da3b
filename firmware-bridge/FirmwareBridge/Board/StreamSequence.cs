namespace FirmwareBridge.Board;

/// <summary>Where one stream's numbers stand.</summary>
internal struct StreamSequence
{
    /// <summary>False until the board confirmed the start: what comes before belongs to somebody else's run.</summary>
    internal bool IsRunning { get; private set; }

    internal ulong Next { get; private set; }

    internal void Start(ulong next)
    {
        IsRunning = true;
        Next = next;
    }

    internal void Forget() => IsRunning = false;

    /// <summary>Takes <paramref name="count"/> numbers from <paramref name="first"/> on.</summary>
    /// <param name="missing">Numbers skipped before them.</param>
    /// <returns>False when they are older than what came before.</returns>
    internal bool Take(ulong first, ulong count, out ulong missing)
    {
        missing = 0;
        if (first < Next || count > ulong.MaxValue - first)
        {
            return false;
        }

        missing = first - Next;
        Next = first + count;
        return true;
    }
}
