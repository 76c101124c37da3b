using Microsoft.Win32.SafeHandles;

namespace Benchmarks.Episodes;

/// <summary>The plainest peer: bytes that are ready, written to the end of a file with one call a block.</summary>
internal sealed class PlainFile(string path) : IDisposable
{
    private readonly SafeFileHandle _handle = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.Read);
    private long _length;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_handle, bytes, _length);
        _length += bytes.Length;
    }

    public void Dispose()
    {
        _handle.Dispose();
        File.Delete(path);
    }
}
