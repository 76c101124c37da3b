namespace Capture.Devices.Raw;

/// <summary>A stream read ahead into one buffer of a fixed size, with the offset of what is next.</summary>
internal sealed class RawInput(Stream stream)
{
    /// <summary>Largest packet of a recording that is read; what is longer is skipped and reported.</summary>
    public const int MaxRecordBytes = 512 * 1024;

    private readonly byte[] buffer = new byte[MaxRecordBytes];
    private int start;
    private int end;
    private bool atEnd;

    /// <summary>Offset in the file of the next byte.</summary>
    public long Offset { get; private set; }

    /// <summary>Up to <paramref name="count"/> next bytes, fewer at the end of the file; they are not consumed.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        count = Math.Min(count, buffer.Length);
        if (end - start < count && start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            start = 0;
        }

        while (end - start < count && !atEnd)
        {
            int got = stream.Read(buffer, end, buffer.Length - end);
            atEnd = got == 0;
            end += got;
        }

        return buffer.AsSpan(start, Math.Min(count, end - start));
    }

    /// <summary>What can be had with one read of the stream; empty at the end. Not consumed.</summary>
    public ReadOnlySpan<byte> PeekSome() => Peek(1).IsEmpty ? default : buffer.AsSpan(start, end - start);

    /// <summary>Drops bytes; false where the file ends before.</summary>
    public bool Skip(long count)
    {
        while (count > 0)
        {
            int here = (int)Math.Min(count, end - start);
            start += here;
            Offset += here;
            count -= here;
            if (count > 0 && Peek(1).IsEmpty)
            {
                return false;
            }
        }

        return true;
    }
}
