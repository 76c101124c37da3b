namespace Capture.Arrow;

/// <summary>A batch that was read: its columns are views into the memory it was decoded from.</summary>
public sealed class RecordBatch
{
    private readonly ArrowColumn[] _columns;

    internal RecordBatch(ArrowSchema schema, ArrowMessage message, ArrowColumn[] columns)
    {
        Schema = schema;
        Message = message;
        Rows = (int)message.Rows;
        _columns = columns;
    }

    /// <summary>A batch made in memory, such as of columns from <see cref="ArrowColumn.Create"/>, to be written by <see cref="ArrowTableWriter.Write(RecordBatch, MessageMetadata?)"/>.</summary>
    /// <exception cref="ArgumentException">The columns are not those of the schema, or not all of <paramref name="rows"/> rows.</exception>
    public RecordBatch(ArrowSchema schema, int rows, params IEnumerable<ArrowColumn> columns)
    {
        Schema = schema;
        Rows = rows;
        _columns = [.. columns];
        Message = new ArrowMessage(default, ArrowMessageKind.RecordBatch, rows, []);
        if (_columns.Length != schema.Fields.Count)
        {
            throw new ArgumentException($"{_columns.Length} columns for a schema of {schema.Fields.Count}.", nameof(columns));
        }

        for (int i = 0; i < _columns.Length; i++)
        {
            if (_columns[i].Length != rows || !_columns[i].Field.Equals(schema.Fields[i]))
            {
                throw new ArgumentException($"Column {i} is '{_columns[i].Field.Name}' ({_columns[i].Field.Type}) of {_columns[i].Length} rows, where '{schema.Fields[i].Name}' ({schema.Fields[i].Type}) of {rows} rows belongs.", nameof(columns));
            }
        }
    }

    /// <summary>The schema of the file.</summary>
    public ArrowSchema Schema { get; }

    /// <summary>The message that carried the batch; of a batch made in memory, one that lies nowhere.</summary>
    public ArrowMessage Message { get; }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>The columns in the order of the schema.</summary>
    public IReadOnlyList<ArrowColumn> Columns => _columns;

    /// <summary>The first column called <paramref name="name"/>.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public ArrowColumn Column(string name)
    {
        int index = Schema.IndexOf(name);
        return index >= 0 ? _columns[index] : throw new ArgumentException($"No column '{name}'. The schema has: {Schema}.", nameof(name));
    }

    /// <summary>
    /// Decodes one whole record batch message, prefix included, and checks everything in it. Nothing is copied unless it is compressed: the columns are views into
    /// <paramref name="message"/>, which must stay as it is for as long as they are used.
    /// </summary>
    /// <param name="schema">The schema of the file or stream that the message is from.</param>
    /// <param name="message">All bytes of the message; more may follow.</param>
    /// <param name="limits">What is accepted at most; null for the defaults.</param>
    /// <param name="fileOffset">Where the message lies, for <see cref="Message"/>.</param>
    /// <exception cref="ArrowFormatException">The bytes are no good batch of this schema, or the schema has dictionaries: those are read by <see cref="ArrowReader.ReadBatch"/>.</exception>
    public static RecordBatch Decode(ArrowSchema schema, ReadOnlyMemory<byte> message, ArrowReadLimits? limits = null, long fileOffset = 0) =>
        DecodeWith(schema, message, limits, fileOffset, dictionaries: null);

    internal static RecordBatch DecodeWith(ArrowSchema schema, ReadOnlyMemory<byte> message, ArrowReadLimits? limits, long fileOffset, Func<DictionaryType, ArrowDictionary>? dictionaries)
    {
        limits ??= ArrowReadLimits.Default;
        ReadOnlySpan<byte> bytes = message.Span;
        if (bytes.Length < FlatNames.PrefixLength
            || MessageDecoding.ReadPrefix(bytes, limits, out int metadataLength) != MessageDecoding.Prefix.Message
            || metadataLength > bytes.Length - FlatNames.PrefixLength)
        {
            throw new ArrowFormatException(ArrowFault.Malformed, $"{bytes.Length} bytes are not one whole record batch message; give all of it.");
        }

        ReadOnlySpan<byte> metadata = bytes.Slice(FlatNames.PrefixLength, metadataLength);
        ArrowMessage decoded = MessageDecoding.Read(metadata, fileOffset, limits, out _);
        if (decoded.Kind != ArrowMessageKind.RecordBatch || decoded.Block.Length > bytes.Length)
        {
            throw new ArrowFormatException(ArrowFault.Malformed, $"{bytes.Length} bytes do not hold one whole record batch message (kind {decoded.Kind}, {decoded.Block.Length} bytes).");
        }

        ReadOnlyMemory<byte> body = message.Slice(decoded.Block.MetadataLength, (int)decoded.Block.BodyLength);
        var decoding = new BatchDecoding(decoded, metadata, body, limits, dictionaries);
        var columns = new ArrowColumn[schema.Fields.Count];
        for (int i = 0; i < columns.Length; i++)
        {
            columns[i] = decoding.Column(schema.Fields[i], decoded.Rows, schema.Fields[i].Name);
        }

        decoding.CheckAllUsed();
        return new RecordBatch(schema, decoded, columns);
    }
}
