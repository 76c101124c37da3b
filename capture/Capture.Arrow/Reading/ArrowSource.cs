using Microsoft.Win32.SafeHandles;

namespace Capture.Arrow;

/// <summary>Bytes that are read by position and may grow.</summary>
internal abstract class ArrowSource : IDisposable
{
    public abstract long Length { get; }

    /// <summary>A view of <paramref name="count"/> bytes, valid until the next call; shorter where the source ends sooner.</summary>
    public abstract ReadOnlySpan<byte> Peek(long offset, int count);

    /// <summary>Bytes to keep. Throws when the source ends sooner.</summary>
    public abstract ReadOnlyMemory<byte> Read(long offset, int count);

    /// <summary>Reads until the buffer is full or the source ends.</summary>
    public abstract int Read(long offset, Span<byte> destination);

    /// <summary>Drops what was kept of earlier reads.</summary>
    public virtual void Forget()
    {
    }

    public virtual void Dispose()
    {
    }

    protected static ArrowFormatException Ended(long offset, int count) =>
        new(ArrowFault.Truncated, $"{count} bytes at {offset} are no longer all there; the file was cut while it was read.");
}

/// <summary>Bytes in memory.</summary>
internal sealed class MemorySource(ReadOnlyMemory<byte> bytes) : ArrowSource
{
    public override long Length => bytes.Length;

    public override ReadOnlySpan<byte> Peek(long offset, int count) => bytes.Span.Slice((int)offset, (int)Math.Min(count, bytes.Length - offset));

    public override ReadOnlyMemory<byte> Read(long offset, int count) =>
        count <= bytes.Length - offset ? bytes.Slice((int)offset, count) : throw Ended(offset, count);

    public override int Read(long offset, Span<byte> destination)
    {
        ReadOnlySpan<byte> from = Peek(offset, destination.Length);
        from.CopyTo(destination);
        return from.Length;
    }
}

/// <summary>A file, read by position and never mapped: past its end a mapping would kill the process.</summary>
internal sealed class FileSource(SafeFileHandle handle, bool owned) : ArrowSource
{
    private const int WindowLength = 8 * 1024;

    private byte[] _window = new byte[WindowLength];
    private long _windowAt;
    private int _windowFilled;

    public override long Length => RandomAccess.GetLength(handle);

    public override ReadOnlySpan<byte> Peek(long offset, int count)
    {
        long into = offset - _windowAt;
        if (into < 0 || into + count > _windowFilled)
        {
            if (count > _window.Length)
            {
                _window = new byte[count];
            }

            _windowAt = offset;
            _windowFilled = Read(offset, _window);
            into = 0;
        }

        return _window.AsSpan((int)into, Math.Min(count, _windowFilled - (int)into));
    }

    public override ReadOnlyMemory<byte> Read(long offset, int count)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(count);
        return Read(offset, bytes) == count ? bytes : throw Ended(offset, count);
    }

    public override int Read(long offset, Span<byte> destination)
    {
        int filled = 0;
        while (filled < destination.Length)
        {
            int read = RandomAccess.Read(handle, destination[filled..], offset + filled);
            if (read == 0)
            {
                break;
            }

            filled += read;
        }

        return filled;
    }

    public override void Forget() => _windowFilled = 0;

    public override void Dispose()
    {
        if (owned)
        {
            handle.Dispose();
        }
    }
}
