namespace Capture.Devices.Decode;

/// <summary>The bytes of one connection that are not decoded yet, and where in the recording each piece came from.</summary>
internal sealed class FlowBuffer
{
    /// <summary>More than the longest unit of any protocol read here.</summary>
    private const int Capacity = 256 * 1024;

    private readonly byte[] buffer = new byte[Capacity];
    private readonly List<Piece> pieces = [];
    private int start;
    private int end;
    private uint nextSequence;
    private bool sequenceKnown;

    public ReadOnlySpan<byte> Bytes => buffer.AsSpan(start, end - start);

    /// <summary>Where the first byte stands in the recording.</summary>
    public long Offset => pieces.Count == 0 ? 0 : pieces[0].Offset + (start - pieces[0].At);

    /// <summary>When the packet with the first byte was recorded.</summary>
    public long? UnixNanoseconds => pieces.Count == 0 ? null : pieces[0].UnixNanoseconds;

    public void Clear()
    {
        start = 0;
        end = 0;
        pieces.Clear();
    }

    /// <summary>Takes as much as there is room for.</summary>
    public int Append(ReadOnlySpan<byte> bytes, long offset, long? unixNanoseconds)
    {
        if (start > 0 && end + bytes.Length > Capacity)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            for (int i = 0; i < pieces.Count; i++)
            {
                pieces[i] = pieces[i] with { At = pieces[i].At - start };
            }

            end -= start;
            start = 0;
        }

        int taken = Math.Min(bytes.Length, Capacity - end);
        if (taken > 0)
        {
            pieces.Add(new Piece(end, offset, unixNanoseconds));
            bytes[..taken].CopyTo(buffer.AsSpan(end));
            end += taken;
        }

        return taken;
    }

    public void Consume(int count)
    {
        start += Math.Min(count, end - start);
        int done = 0;
        while (done + 1 < pieces.Count && pieces[done + 1].At <= start)
        {
            done++;
        }

        pieces.RemoveRange(0, done);
        if (start == end)
        {
            Clear();
        }
    }

    /// <summary>Puts a TCP segment in its place: how many of its bytes came before already, and how many before it are missing.</summary>
    public int Align(uint sequence, int length, out int missing)
    {
        missing = 0;
        int ahead = sequenceKnown ? (int)(sequence - nextSequence) : 0;
        if (ahead < 0)
        {
            int repeated = Math.Min(length, -ahead);
            nextSequence += (uint)(length - repeated);
            return repeated;
        }

        missing = ahead;
        sequenceKnown = true;
        nextSequence = sequence + (uint)length;
        return 0;
    }

    /// <param name="At">Index in the buffer of the piece's first byte.</param>
    private readonly record struct Piece(int At, long Offset, long? UnixNanoseconds);
}
