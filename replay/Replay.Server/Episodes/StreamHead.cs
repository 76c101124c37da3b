using System.Buffers;
using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Microsoft.Win32.SafeHandles;

namespace Replay.Server.Episodes;

/// <summary>
/// Reads the times of a stream's batches without its pictures or sound: of a camera batch of 600 KB the first few hundred bytes. The payload is the last
/// column of these kinds, so all that lies before it is one short read. Such a read is not checked against the checksum, which covers the payload too.
/// </summary>
internal sealed class StreamHead : IDisposable
{
    private readonly EpisodeStream _stream;
    private readonly SafeFileHandle? _file;
    private readonly int _columns;

    public StreamHead(EpisodeStream stream)
    {
        _stream = stream;
        _columns = stream.Schema.Fields.Count;
        string payload = stream.Info.Kind switch
        {
            StreamKinds.CameraFrame => "data",
            StreamKinds.AudioPeriod => "samples",
            _ => "",
        };

        // Any other layout is read whole.
        if (payload.Length > 0 && stream.Schema.IndexOf(payload) == _columns - 1 && stream.Schema.Fields.Take(_columns - 1).All(f => f.Type.Children.Count == 0 && f.Type is not (Utf8Type or BinaryType)))
        {
            _file = File.OpenHandle(stream.FilePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
    }

    /// <summary>Hands a batch to <paramref name="use"/>; the payload's bytes are not valid, their places are. The batch must not be kept.</summary>
    public void Read(int batch, Action<RecordBatch> use)
    {
        ArrowBlock block = _stream.BlockOf(batch);
        if (_file is null || block.Length > Array.MaxLength)
        {
            use(_stream.ReadBatch(batch));
            return;
        }

        // Per column a bitmap, values of at most 8 bytes or offsets, each padded to 64.
        long head = block.MetadataLength + (_columns * ((_stream.RowsOf(batch) * 9L) + 200));
        byte[] bytes = ArrayPool<byte>.Shared.Rent((int)block.Length);
        try
        {
            int wanted = (int)Math.Min(head, block.Length);
            if (ReadFully(_file, bytes.AsSpan(0, wanted), block.Offset) < wanted)
            {
                throw new EndOfStreamException($"{_stream.FilePath}: batch {batch} was cut while it was read.");
            }

            use(RecordBatch.Decode(_stream.Schema, bytes.AsMemory(0, (int)block.Length), fileOffset: block.Offset));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    public void Dispose() => _file?.Dispose();

    private static int ReadFully(SafeFileHandle file, Span<byte> destination, long offset)
    {
        int filled = 0;
        while (filled < destination.Length && RandomAccess.Read(file, destination[filled..], offset + filled) is > 0 and int read)
        {
            filled += read;
        }

        return filled;
    }
}
