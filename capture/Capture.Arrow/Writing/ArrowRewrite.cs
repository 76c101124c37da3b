using System.Text;

namespace Capture.Arrow;

/// <summary>How <see cref="ArrowRewrite"/> writes.</summary>
public sealed record ArrowRewriteOptions
{
    /// <summary>Whether a stream is written; else a file.</summary>
    public bool AsStream { get; init; }

    /// <summary>How the buffers of all batches and dictionaries are compressed.</summary>
    public ArrowCompression Compression { get; init; }

    /// <summary>Keys of message and footer metadata to leave out, such as checksums over the old bytes.</summary>
    public IReadOnlySet<string> WithoutKeys { get; init; } = new HashSet<string>(StringComparer.Ordinal);
}

/// <summary>Writes what was read once more: same schema, batches, values and metadata in this library's layout (V5, bodies on 64 bytes).</summary>
public static class ArrowRewrite
{
    /// <summary>Writes all whole batches of <paramref name="reader"/> to <paramref name="output"/>, which stays open, and closes the table.</summary>
    /// <exception cref="ArrowFormatException">A batch is damaged; what was written is of no use.</exception>
    /// <exception cref="ArgumentException">A file was asked for, and its dictionaries cannot be joined.</exception>
    public static void Copy(ArrowReader reader, Stream output, ArrowRewriteOptions options)
    {
        MessageMetadata? schema = Metadata(reader.SchemaMessage?.Metadata, options);
        ArrowTableWriter writer = options.AsStream
            ? new ArrowStreamWriter(output, reader.Schema, schema, options.Compression)
            : new ArrowFileWriter(output, reader.Schema, schema, options.Compression);
        for (int i = 0; i < reader.Batches.Count; i++)
        {
            RecordBatch batch = reader.ReadBatch(i);
            writer.Write(batch, Metadata(batch.Message.Metadata, options));
        }

        writer.Close(Metadata(reader.Footer?.Metadata, options));
    }

    private static MessageMetadata? Metadata(IReadOnlyList<ArrowMessagePair>? pairs, ArrowRewriteOptions options)
    {
        (byte[] Key, byte[] Value)[] kept = [.. (pairs ?? [])
            .Where(p => !options.WithoutKeys.Contains(p.Key))
            .Select(p => (Encoding.UTF8.GetBytes(p.Key), Encoding.UTF8.GetBytes(p.Value)))];
        if (kept.Length == 0)
        {
            return null;
        }

        var metadata = new MessageMetadata(kept.Length, kept.Sum(p => p.Key.Length + p.Value.Length));
        foreach ((byte[] key, byte[] value) in kept)
        {
            metadata.Add(key, value);
        }

        return metadata;
    }
}
