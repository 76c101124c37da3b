namespace Capture.Arrow;

/// <summary>
/// An Arrow file or stream as JSON lines that lose nothing. Each line is an object of one key: <c>schema</c> first (fields, metadata), then for each batch
/// <c>batch</c> (rows, compression, metadata) and as many <c>row</c>s, at last <c>end</c> (how the bytes end, the footer's metadata).
/// </summary>
public static class ArrowDump
{
    /// <summary>Writes all that is whole. <paramref name="limits"/> bounds what is shown of one batch; null for the defaults.</summary>
    /// <exception cref="ArrowFormatException">A batch is damaged; the lines before it are written.</exception>
    public static void Write(ArrowReader reader, Stream output, ArrowReadLimits? limits = null)
    {
        var json = new JsonLines(output);
        var values = new ValueText(json, limits ?? ArrowReadLimits.Default);
        try
        {
            Schema(json, reader);
            for (int i = 0; i < reader.Batches.Count; i++)
            {
                // Read first: a damaged batch has no line.
                RecordBatch batch = reader.ReadBatch(i);
                Batch(json, i, batch.Message);
                values.BeginBatch();
                for (int row = 0; row < batch.Rows; row++)
                {
                    json.BeginObject();
                    json.Name("row");
                    values.Named(batch.Columns, row);
                    json.EndObject();
                    json.EndLine();
                }
            }

            End(json, reader);
        }
        finally
        {
            json.Flush();
        }

        output.Flush();
    }

    private static void Schema(JsonLines json, ArrowReader reader)
    {
        json.BeginObject();
        json.Name("schema");
        json.BeginObject();
        json.Name("format");
        json.String(reader.IsFile ? "file" : "stream");
        json.Name("fields");
        SchemaText.Fields(json, reader.Schema.Fields);
        json.Name("metadata");
        SchemaText.Pairs(json, reader.Schema.Metadata);
        json.Name("messageMetadata");
        Pairs(json, reader.SchemaMessage?.Metadata ?? []);
        json.EndObject();
        json.EndObject();
        json.EndLine();
    }

    private static void Batch(JsonLines json, int index, ArrowMessage message)
    {
        json.BeginObject();
        json.Name("batch");
        json.BeginObject();
        json.Name("index");
        json.Number(index);
        json.Name("rows");
        json.Number(message.Rows);
        json.Name("compression");
        json.String(message.Compression switch { ArrowCompression.Lz4Frame => "lz4", ArrowCompression.Zstd => "zstd", _ => "none" });
        json.Name("metadata");
        Pairs(json, message.Metadata);
        json.EndObject();
        json.EndObject();
        json.EndLine();
    }

    private static void End(JsonLines json, ArrowReader reader)
    {
        json.BeginObject();
        json.Name("end");
        json.BeginObject();
        json.Name("batches");
        json.Number(reader.Batches.Count);
        json.Name("rows");
        json.Number(reader.Batches.Sum(b => b.Rows));
        json.Name("tail");
        json.String(reader.Tail.Kind switch
        {
            ArrowTailKind.Open => "open",
            ArrowTailKind.EndOfStream => "end of stream",
            ArrowTailKind.Sealed => "sealed",
            ArrowTailKind.Torn => "torn",
            _ => "damaged",
        });
        if (reader.Tail.Reason is { } reason)
        {
            json.Name("reason");
            json.String(reason);
        }

        json.Name("footerMetadata");
        Pairs(json, reader.Footer?.Metadata ?? []);
        json.EndObject();
        json.EndObject();
        json.EndLine();
    }

    private static void Pairs(JsonLines json, IReadOnlyList<ArrowMessagePair> pairs) =>
        SchemaText.Pairs(json, pairs.Select(p => KeyValuePair.Create(p.Key, p.Value)));
}
