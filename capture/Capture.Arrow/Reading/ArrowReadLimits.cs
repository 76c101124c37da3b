namespace Capture.Arrow;

/// <summary>What a reader accepts at most, so that damaged or hostile bytes cost no more than a bounded amount.</summary>
public sealed record ArrowReadLimits
{
    /// <summary>The defaults.</summary>
    public static ArrowReadLimits Default { get; } = new();

    /// <summary>Metadata of one message, in bytes. Harm: four damaged bytes would ask for 2 GiB.</summary>
    public int MetadataBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Body of one message, in bytes; at most 2 GiB. Harm: eight damaged bytes would ask for more memory than there is.</summary>
    public int BodyBytes { get; init; } = 1024 * 1024 * 1024;

    /// <summary>One compressed batch when decompressed, in bytes; at most 2 GiB. Harm: a few bytes of Zstandard can stand for any amount of memory.</summary>
    public int DecompressedBytes { get; init; } = 1024 * 1024 * 1024;

    /// <summary>All dictionaries that one batch needs, decompressed, in bytes. Harm: any number of compressed deltas can be added to one dictionary.</summary>
    public long DictionaryBytes { get; init; } = 1024 * 1024 * 1024;

    /// <summary>
    /// Values of one batch that are shown as text, where dictionaries, runs and views repeat what stands once, and lists of nothing take no byte.
    /// Harm: a file of a few kilobytes can describe a text that never ends.
    /// </summary>
    public long ShownValues { get; init; } = 1024 * 1024 * 1024;

    /// <summary>The footer, in bytes. Harm: as for metadata.</summary>
    public int FooterBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>Rows of one batch. Harm: columns without buffers could claim any number of rows, and a loop over them would not end.</summary>
    public int Rows { get; init; } = 64 * 1024 * 1024;

    /// <summary>Fields of a schema, nested ones included. Harm: a short message can name one field a million times.</summary>
    public int Fields { get; init; } = 4096;

    /// <summary>How deep fields may be nested; a column itself is 1. Harm: recursion would exhaust the stack.</summary>
    public int Depth { get; init; } = 16;

    /// <summary>Custom metadata pairs of one message, schema fields included. Harm: as for fields.</summary>
    public int MetadataPairs { get; init; } = 65_536;

    /// <summary>Messages of one file, batches and dictionaries each. Harm: a file of nothing but tiny messages would fill the memory with their list.</summary>
    public int Messages { get; init; } = 16 * 1024 * 1024;
}
