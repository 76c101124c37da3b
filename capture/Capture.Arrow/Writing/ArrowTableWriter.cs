namespace Capture.Arrow;

/// <summary>
/// Writes a whole file or stream in one go: small tables such as labels and clock fits from a <see cref="BatchBuilder"/>, tables of any type, compressed if
/// wanted, from a <see cref="RecordBatch"/> that was read or made. It allocates as it needs; a recorder uses <see cref="IpcEncoder"/> instead.
/// </summary>
public abstract class ArrowTableWriter : IDisposable
{
    private readonly Stream _stream;
    private readonly IpcEncoder _encoder;
    private readonly ColumnsEncoder _columns;
    private readonly DictionaryWriting _dictionaries;
    private readonly List<ArrowBlock> _blocks = [];
    private readonly List<ArrowBlock> _dictionaryBlocks = [];
    private byte[] _buffer = [];
    private long _position;
    private bool _closed;

    private protected ArrowTableWriter(Stream stream, ArrowSchema schema, MessageMetadata? schemaMessage, ArrowCompression compression, bool file)
    {
        _stream = stream;
        _encoder = new IpcEncoder(schema);
        _columns = new ColumnsEncoder(stream, compression);
        _dictionaries = new DictionaryWriting(file, WriteDictionary);
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

    /// <summary>The dictionaries and deltas written so far.</summary>
    public IReadOnlyList<ArrowBlock> DictionaryBlocks => _dictionaryBlocks;

    /// <summary>
    /// Writes a batch that was read or made, of any type, and before it the dictionaries that it needs. A file whose dictionaries are replaced on the way gets
    /// one that holds the values of all.
    /// </summary>
    /// <exception cref="ArgumentException">The batch has another schema, or its dictionaries cannot be written as they are.</exception>
    public void Write(RecordBatch batch, MessageMetadata? metadata = null)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (!ReferenceEquals(batch.Schema, _encoder.Schema) && !batch.Schema.Equals(_encoder.Schema))
        {
            throw new ArgumentException("The batch's schema is not the one that this writer began with.", nameof(batch));
        }

        ArrowColumn[] columns = _dictionaries.Prepare(batch.Columns);
        ArrowBlock block = _columns.WriteBatch(columns, batch.Rows, _position, metadata);
        _position = block.End;
        _blocks.Add(block);
    }

    /// <summary>Writes the builder's rows as one batch, never compressed. The builder keeps them.</summary>
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
        Span<byte> buffer = Buffer(_encoder.MaxClosingLength(_blocks.Count + _dictionaryBlocks.Count, footer));
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

    private void WriteDictionary(long id, bool delta, ArrowColumn values)
    {
        ArrowBlock block = _columns.WriteDictionary(id, delta, values, _position);
        _position = block.End;
        _dictionaryBlocks.Add(block);
    }

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
    public ArrowFileWriter(Stream stream, ArrowSchema schema, MessageMetadata? schemaMessage = null, ArrowCompression compression = ArrowCompression.None)
        : base(stream, schema, schemaMessage, compression, file: true)
    {
    }

    private protected override int EncodeClosing(IpcEncoder encoder, Span<byte> buffer, MessageMetadata? footer) =>
        encoder.EncodeClosing(buffer, System.Runtime.InteropServices.CollectionsMarshal.AsSpan((List<ArrowBlock>)Blocks), footer, System.Runtime.InteropServices.CollectionsMarshal.AsSpan((List<ArrowBlock>)DictionaryBlocks));
}

/// <summary>Writes an Arrow stream.</summary>
public sealed class ArrowStreamWriter : ArrowTableWriter
{
    /// <summary>Begins a stream at the stream's present position.</summary>
    public ArrowStreamWriter(Stream stream, ArrowSchema schema, MessageMetadata? schemaMessage = null, ArrowCompression compression = ArrowCompression.None)
        : base(stream, schema, schemaMessage, compression, file: false)
    {
    }

    private protected override int EncodeClosing(IpcEncoder encoder, Span<byte> buffer, MessageMetadata? footer) =>
        IpcEncoder.EncodeEndOfStream(buffer);
}
