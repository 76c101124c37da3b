namespace Capture.Arrow;

/// <content>Columns made from memory of the caller, of any type.</content>
public sealed partial class ArrowColumn
{
    /// <summary>
    /// A column over memory of the caller, nothing copied, checked as if it had been read: for tables of any type. A recorder uses <see cref="BatchBuilder"/>.
    /// </summary>
    /// <param name="field">What the column is.</param>
    /// <param name="length">Values, nulls included.</param>
    /// <param name="nullCount">Nulls among them, as many as the bitmap has zeros.</param>
    /// <param name="buffers">
    /// The buffers in the order of the columnar format: bitmap (may be empty when nothing is null), then offsets, starts or views, then data or sizes;
    /// of a union its type ids, then the dense one's offsets; of views any number of data buffers behind the views; of null and run ends none.
    /// </param>
    /// <param name="children">The nested columns, one for each of the type's <see cref="ArrowType.Children"/>.</param>
    /// <param name="dictionary">The values of a dictionary-encoded column.</param>
    /// <exception cref="ArgumentException">The parts do not make up such a column.</exception>
    public static ArrowColumn Create(
        ArrowField field,
        int length,
        int nullCount,
        ReadOnlySpan<ReadOnlyMemory<byte>> buffers,
        ReadOnlySpan<ArrowColumn> children = default,
        ArrowDictionary? dictionary = null)
    {
        ArrowLayout layout = ArrowShape.Layout(field.Type);
        int needed = ArrowShape.Buffers(field.Type);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (layout == ArrowLayout.Views ? buffers.Length < needed : buffers.Length != needed)
        {
            throw new ArgumentException($"Column '{field.Name}' ({field.Type}) takes {needed} buffers, not {buffers.Length}.", nameof(buffers));
        }

        if (nullCount < 0 || nullCount > length || (nullCount > 0 && !field.Nullable) || (nullCount > 0 && !ArrowShape.HasBitmap(field.Type) && field.Type is not NullType))
        {
            throw new ArgumentException($"Column '{field.Name}' ({field.Type}{(field.Nullable ? "" : ", not nullable")}) cannot have {nullCount} nulls among {length} values.", nameof(nullCount));
        }

        CheckNested(field, length, children, dictionary);
        ReadOnlyMemory<byte> validity = ArrowShape.HasBitmap(field.Type) ? buffers[0] : default;
        ColumnBuffers parts = layout switch
        {
            ArrowLayout.Null or ArrowLayout.Runs => new ColumnBuffers(),
            ArrowLayout.Bitmap => new ColumnBuffers { Validity = validity },
            ArrowLayout.Bits or ArrowLayout.Fixed => new ColumnBuffers { Validity = validity, Data = buffers[1] },
            ArrowLayout.Views => new ColumnBuffers { Validity = validity, Data = buffers[1], ViewData = buffers[2..].ToArray() },
            ArrowLayout.List or ArrowLayout.LargeList => new ColumnBuffers { Validity = validity, Offsets = buffers[1] },
            ArrowLayout.SparseUnion => new ColumnBuffers { Data = buffers[0] },
            ArrowLayout.DenseUnion => new ColumnBuffers { Data = buffers[0], Offsets = buffers[1] },
            _ => new ColumnBuffers { Validity = validity, Offsets = buffers[1], Data = buffers[2] },
        };
        try
        {
            return ColumnAssembly.Build(field, length, field.Type is NullType ? length : nullCount, parts, children.ToArray(), dictionary, field.Name);
        }
        catch (ArrowFormatException e)
        {
            throw new ArgumentException(e.Message, e);
        }
    }

    private static void CheckNested(ArrowField field, int length, ReadOnlySpan<ArrowColumn> children, ArrowDictionary? dictionary)
    {
        IReadOnlyList<ArrowField> fields = field.Type.Children;
        if (children.Length != fields.Count)
        {
            throw new ArgumentException($"Column '{field.Name}' ({field.Type}) takes {fields.Count} nested columns, not {children.Length}.", nameof(children));
        }

        long expected = ColumnAssembly.ChildLength(field.Type, length);
        for (int i = 0; i < children.Length; i++)
        {
            if (!children[i].Field.Equals(fields[i]) || (expected >= 0 && children[i].Length != expected))
            {
                throw new ArgumentException($"Nested column {i} of '{field.Name}' is '{children[i].Field.Name}' ({children[i].Field.Type}) of {children[i].Length} values, where '{fields[i].Name}' ({fields[i].Type}){(expected >= 0 ? $" of {expected}" : "")} belongs.", nameof(children));
            }
        }

        if (field.Type is DictionaryType type
            ? dictionary is null || (dictionary.Chunks.Count > 0 && !dictionary.Chunks[0].Field.Type.Equals(type.Value))
            : dictionary is not null)
        {
            throw new ArgumentException($"Column '{field.Name}' is {field.Type}; give a dictionary of its value type if it has one, and else none.", nameof(dictionary));
        }
    }
}
