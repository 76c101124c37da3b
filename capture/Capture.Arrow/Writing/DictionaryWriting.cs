using System.Runtime.InteropServices;

namespace Capture.Arrow;

/// <summary>
/// Sees to it that the dictionaries of a batch are written before it. A stream takes what is new as deltas and replaces the rest; a file, where nothing may be
/// replaced, lets one dictionary grow and moves the indices of the columns accordingly.
/// </summary>
internal sealed class DictionaryWriting(bool file, Action<long, bool, ArrowColumn> write)
{
    private readonly Dictionary<long, List<ArrowColumn>> _written = [];
    private readonly Dictionary<long, ArrowDictionary> _inBatch = [];

    /// <summary>Writes what the columns of one batch need; returns them as they must be written.</summary>
    /// <exception cref="ArgumentException">Two columns of a stream's batch have different values under one id, or a file's indices cannot hold a dictionary that grew.</exception>
    public ArrowColumn[] Prepare(IReadOnlyList<ArrowColumn> columns)
    {
        _inBatch.Clear();
        return [.. columns.Select(Prepare)];
    }

    private ArrowColumn Prepare(ArrowColumn column)
    {
        if (column.Field.Type is DictionaryType type)
        {
            long moved = Write(type, column.Dictionary!);
            return moved == 0 ? column : Moved(column, type, moved);
        }

        if (!ArrowShape.Dictionaries([column.Field]).Any())
        {
            return column;
        }

        ArrowColumn[] children = [.. column.Children.Select(Prepare)];
        return children.SequenceEqual(column.Children, ReferenceEqualityComparer.Instance)
            ? column
            : new ArrowColumn(column.Field, column.Length, column.NullCount, column.Buffers, children);
    }

    /// <summary>Writes what is not there yet; returns by how much the indices move.</summary>
    private long Write(DictionaryType type, ArrowDictionary dictionary)
    {
        if (!_inBatch.TryAdd(type.Id, dictionary) && !file && !_inBatch[type.Id].Chunks.SequenceEqual(dictionary.Chunks, ReferenceEqualityComparer.Instance))
        {
            throw new ArgumentException($"Two columns of one batch have different values under the dictionary id {type.Id}. Give each an id of its own.");
        }

        IReadOnlyList<ArrowColumn> chunks = dictionary.Chunks.Count > 0 ? dictionary.Chunks : [Empty(type.Value)];
        if (!_written.TryGetValue(type.Id, out List<ArrowColumn>? written))
        {
            _written[type.Id] = written = [];
        }

        int start = StartOf(chunks, dictionary.Count == 0, written);
        int known = start < 0 ? 0 : Math.Min(chunks.Count, written.Count - start);
        if (start < 0)
        {
            if (!file)
            {
                written.Clear();
            }

            start = written.Count;
        }

        foreach (ArrowColumn chunk in chunks.Skip(known))
        {
            ArrowColumn prepared = Prepare(chunk);
            write(type.Id, written.Count > 0, prepared);
            written.Add(chunk);
        }

        return file ? written.Take(start).Sum(c => (long)c.Length) : 0;
    }

    /// <summary>Where among the written chunks these begin (the last of them may be still to come), or -1.</summary>
    private int StartOf(IReadOnlyList<ArrowColumn> chunks, bool empty, List<ArrowColumn> written)
    {
        if (empty && written.Count > 0)
        {
            return 0;
        }

        for (int start = 0; start < (file ? written.Count : Math.Min(1, written.Count)); start++)
        {
            int common = Math.Min(chunks.Count, written.Count - start);
            bool same = true;
            for (int i = 0; i < common && same; i++)
            {
                same = ReferenceEquals(chunks[i], written[start + i]);
            }

            // In a stream what was written beyond these values is not theirs, but does no harm: no index reaches it.
            if (same)
            {
                return start;
            }
        }

        return -1;
    }

    private static ArrowColumn Moved(ArrowColumn column, DictionaryType type, long moved)
    {
        int width = ArrowShape.ByteWidth(type.Index);
        long most = (1L << Math.Min(62, (width * 8) - (type.Index is IntType ? 1 : 0))) - 1;
        if (moved + column.Dictionary!.Count - 1 > most)
        {
            throw new ArgumentException($"Column '{column.Field.Name}': its dictionary was replaced, and the values of all of them together are more than {type.Index} can count. Write a stream, where dictionaries may be replaced.");
        }

        byte[] data = new byte[column.Length * width];
        for (int row = 0; row < column.Length; row++)
        {
            if (column.IsNull(row))
            {
                continue;
            }

            long index = column.DictionaryIndex(row) + moved;
            MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in index))[..width].CopyTo(data.AsSpan(row * width));
        }

        var buffers = new ColumnBuffers { Validity = column.Buffers.Validity, Data = data };
        return new ArrowColumn(column.Field, column.Length, column.NullCount, buffers, []);
    }

    /// <summary>No values: readers want a dictionary before the first batch even where nothing points to it.</summary>
    private static ArrowColumn Empty(ArrowType type) => Empty(new ArrowField("values", type, Nullable: true));

    private static ArrowColumn Empty(ArrowField field) => new(
        field,
        0,
        0,
        new ColumnBuffers(),
        [.. field.Type.Children.Select(Empty)],
        field.Type is DictionaryType ? ArrowDictionary.Empty : null);
}
