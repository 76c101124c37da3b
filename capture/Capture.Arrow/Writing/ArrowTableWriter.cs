namespace Capture.Arrow;

/// <summary>
/// Writes a whole file or stream in one go, for small tables such as labels and clock fits. It allocates as it needs;
/// a recorder uses <see cref="IpcEncoder"/> instead.
/// </summary>
public abstract class ArrowTableWriter : IDisposable
{
    private readonly Stream _stream;
    private readonly IpcEncoder _encoder;
    private readonly List<ArrowBlock> _blocks = [];
    private byte[] _buffer = [];
    private long _position;
    private bool _closed;

    private protected ArrowTableWriter(Stream stream, ArrowSchema schema, MessageMetadata? schemaMessage, bool file)
    {
        _stream = stream;
        _encoder = new IpcEncoder(schema);
        if (file)
        {
            Span<byte> magic = stackalloc byte[IpcEncoder.MagicLength];
            IpcEncoder.WriteMagic(magic);
            Put(magic);
        }

        Span<byte> buffer = Buffer(_encoder.MaxSchemaLength(schemaMessage));
        Put(buffer[..(int)_encoder.EncodeSchema(buffer, _position, schemaMessage).Length]);
    }

    /// <summary>The batches written so far.</summary>
    public IReadOnlyList<ArrowBlock> Blocks => _blocks;

    /// <summary>Writes the builder's rows as one batch. The builder keeps them.</summary>
    public void Write(BatchBuilder builder, MessageMetadata? metadata = null)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        Span<byte> buffer = Buffer(_encoder.MaxBatchLength(builder, metadata));
        ArrowBlock block = _encoder.EncodeBatch(builder, buffer, _position, metadata);
        Put(buffer[..(int)block.Length]);
        _blocks.Add(block);
    }

    /// <summary>Writes what closes the file or stream and flushes. The stream stays open. Only the first call counts.</summary>
    public void Close(MessageMetadata? footer = null)
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        Span<byte> buffer = Buffer(_encoder.MaxClosingLength(_blocks.Count, footer));
        Put(buffer[..EncodeClosing(_encoder, buffer, footer)]);
        _stream.Flush();
    }

    /// <summary>Closes the file or stream if <see cref="Close"/> has not.</summary>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    private protected abstract int EncodeClosing(IpcEncoder encoder, Span<byte> buffer, MessageMetadata? footer);

    private Span<byte> Buffer(int length)
    {
        if (_buffer.Length < length)
        {
            _buffer = GC.AllocateUninitializedArray<byte>(length);
        }

        return _buffer;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        _position += bytes.Length;
    }
}

/// <summary>Writes an Arrow file, footer included.</summary>
public sealed class ArrowFileWriter : ArrowTableWriter
{
    /// <summary>Begins a file at the stream's present position, which counts as file offset 0.</summary>
    public ArrowFileWriter(Stream stream, ArrowSchema schema, MessageMetadata? schemaMessage = null)
        : base(stream, schema, schemaMessage, file: true)
    {
    }

    private protected override int EncodeClosing(IpcEncoder encoder, Span<byte> buffer, MessageMetadata? footer) =>
        encoder.EncodeClosing(buffer, System.Runtime.InteropServices.CollectionsMarshal.AsSpan((List<ArrowBlock>)Blocks), footer);
}

/// <summary>Writes an Arrow stream.</summary>
public sealed class ArrowStreamWriter : ArrowTableWriter
{
    /// <summary>Begins a stream at the stream's present position.</summary>
    public ArrowStreamWriter(Stream stream, ArrowSchema schema, MessageMetadata? schemaMessage = null)
        : base(stream, schema, schemaMessage, file: false)
    {
    }

    private protected override int EncodeClosing(IpcEncoder encoder, Span<byte> buffer, MessageMetadata? footer) =>
        IpcEncoder.EncodeEndOfStream(buffer);
}
