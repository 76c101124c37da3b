using System.Runtime.InteropServices;
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
    private readonly IEpisodeDisk _disk;
    private readonly IGrowingFile _file;
    private readonly List<ArrowBlock> _blocks = [];
    private readonly List<int> _rowsOf = [];
    private readonly byte[] _buffer;
    private long _position;
    private bool _finished;

    /// <param name="builder">The builder that all batches come from; its rows are written by <see cref="Flush"/>.</param>
    public DerivedFile(IEpisodeDisk disk, string path, BatchBuilder builder)
    {
        _disk = disk;
        _path = path;
        Builder = builder;
        _codec = new MessageCodec(builder.Schema);
        _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(_codec.MaxBatchLength(builder), _codec.MaxHeadLength));
        string folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
        {
            // Its own name must be durable before a manifest can speak of what is in it.
            disk.CreateFolder(folder);
            disk.SyncFolder(Path.GetDirectoryName(folder)!);
        }

        disk.Delete(path + Unfinished);
        _file = disk.Create(path + Unfinished);
        try
        {
            Put(_buffer.AsSpan(0, _codec.EncodeHead(_buffer)));
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
            Put(_buffer.AsSpan(0, (int)block.Length));
            _blocks.Add(block);
            _rowsOf.Add(Builder.Rows);
            Builder.Clear();
        }
    }

    /// <summary>Writes what is left and the footer, syncs, and gives the file its name.</summary>
    /// <param name="syncFolder">False where the caller makes the name durable itself: one sync of the folder serves many files.</param>
    public void Finish(bool syncFolder)
    {
        Flush();
        Put(_codec.EncodeClosing(CollectionsMarshal.AsSpan(_blocks), CollectionsMarshal.AsSpan(_rowsOf)));
        DiskTrouble.ThrowIf(_file.Sync(), _path);
        _file.Dispose();
        _disk.Move(_path + Unfinished, _path, replace: false);
        if (syncFolder)
        {
            _disk.SyncFolder(Path.GetDirectoryName(_path)!);
        }

        _finished = true;
    }

    /// <summary>Frees the builder; removes what was not finished.</summary>
    public void Dispose()
    {
        _file.Dispose();
        Builder.Dispose();
        if (!_finished)
        {
            _disk.Delete(_path + Unfinished);
        }
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        DiskTrouble.ThrowIf(_file.Write(bytes, _position), _path);
        _position += bytes.Length;
    }
}
