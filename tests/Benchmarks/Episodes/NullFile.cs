using Capture.Episodes.Disk;

namespace Benchmarks.Episodes;

/// <summary>A file that takes everything and keeps nothing.</summary>
internal sealed class NullFile : IGrowingFile
{
    public int Write(ReadOnlySpan<byte> bytes, long offset) => 0;

    public int Sync() => 0;

    public int Truncate(long length) => 0;

    public void Dispose()
    {
    }
}
