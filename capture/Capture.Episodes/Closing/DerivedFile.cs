using Capture.Arrow;
using Capture.Episodes.Checksums;
using Capture.Episodes.Disk;

namespace Capture.Episodes.Closing;

/// <summary>A whole Arrow file that is computed (a clock, final times, a table): written beside, synced, and given its name at the end. An existing one is never overwritten.</summary>
internal sealed class DerivedFile : IDisposable
{
    private const string Unfinished = ".new";
    private readonly string _path;
    private readonly MessageCodec _codec;
    private readonly FileStream _stream;
    private readonly List<ArrowBlock> _blocks = [];
    private readonly byte[] _buffer;
    private long _position;
    private bool _finished;

    /// <param name="builder">The builder that all batches come from; its rows are written by <see cref="Flush"/>.</param>
    public DerivedFile(string path, BatchBuilder builder)
    {
        _path = path;
        Builder = builder;
        _codec = new MessageCodec(builder.Schema);
        _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(_codec.MaxBatchLength(builder), _codec.MaxHeadLength));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _stream = new FileStream(path + Unfinished, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        try
        {
            Put(_codec.EncodeHead(_buffer));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public BatchBuilder Builder { get; }

    /// <summary>Writes the builder's rows as one batch and clears it.</summary>
    public void Flush()
    {
        if (Builder.Rows > 0)
        {
            ArrowBlock block = _codec.EncodeBatch(Builder, _buffer, _position);
            Put((int)block.Length);
            _blocks.Add(block);
            Builder.Clear();
        }
    }

    /// <summary>Writes what is left and the footer, syncs, and gives the file its name.</summary>
    /// <param name="syncFolder">False where the caller makes the name durable itself: one sync of the folder serves many files.</param>
    public void Finish(bool syncFolder)
    {
        Flush();
        byte[] closing = new byte[_codec.MaxClosingLength(_blocks.Count)];
        int length = _codec.EncodeClosing(closing, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_blocks));
        _stream.Write(closing, 0, length);
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_path + Unfinished, _path, overwrite: false);
        if (syncFolder)
        {
            FolderSync.Sync(Path.GetDirectoryName(_path)!);
        }

        _finished = true;
    }

    /// <summary>Frees the builder; removes what was not finished.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        Builder.Dispose();
        if (!_finished)
        {
            File.Delete(_path + Unfinished);
        }
    }

    private void Put(int length)
    {
        _stream.Write(_buffer, 0, length);
        _position += length;
    }
}
