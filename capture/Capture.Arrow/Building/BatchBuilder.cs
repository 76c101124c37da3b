using System.Diagnostics.CodeAnalysis;

namespace Capture.Arrow;

/// <summary>
/// Rows of one schema, in native memory that is taken once and never grows. Appending, clearing and encoding allocate nothing.
/// A row is appended to each column, then counted by <see cref="EndRow"/>; <see cref="DropRow"/> takes back what was appended since.
/// One thread at a time.
/// </summary>
public sealed class BatchBuilder : IDisposable
{
    /// <summary>Fields may be nested this deep; deeper schemas are refused.</summary>
    public const int MaxDepth = 16;

    private readonly NativeArena _arena = new();
    private readonly ColumnBuilder[] _columns;
    private readonly InPlaceRows? _inPlace;

    /// <summary>Takes all memory. Throws <see cref="ArgumentException"/> for a capacity that does not fit 32-bit offsets or a schema too deep.</summary>
    public BatchBuilder(ArrowSchema schema, BatchCapacity capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity.Rows, 1);
        Schema = schema;
        Capacity = capacity.Rows;
        try
        {
            _columns = [.. schema.Fields.Select(f => Create(f, f.Name, capacity.Rows, 1, capacity))];
            _inPlace = InPlaceRows.For(_columns);
        }
        catch
        {
            _arena.Dispose();
            throw;
        }
    }

    /// <summary>The schema of the rows.</summary>
    public ArrowSchema Schema { get; }

    /// <summary>The most rows.</summary>
    public int Capacity { get; }

    /// <summary>Rows counted by <see cref="EndRow"/>.</summary>
    public int Rows { get; private set; }

    /// <summary>Whether one more row fits, as far as rows are concerned; utf8, binary and list columns are asked by themselves.</summary>
    public bool HasRoomForRow => Rows < Capacity;

    /// <summary>Bytes that the appended values take, padding of buffers left out.</summary>
    public long Bytes
    {
        get
        {
            CountInPlace();
            long bytes = 0;
            foreach (ColumnBuilder column in _columns)
            {
                bytes += column.BytesInUse;
            }

            return bytes;
        }
    }

    /// <summary>Native memory taken, in bytes. No encoded body of this builder is larger.</summary>
    public long MemoryBytes => _arena.Bytes;

    /// <summary>The columns in the order of the schema.</summary>
    public IReadOnlyList<ColumnBuilder> Columns => _columns;

    internal ReadOnlySpan<ColumnBuilder> ColumnSpan => _columns;

    /// <summary>Tells the columns of rows that were written in place.</summary>
    internal void CountInPlace() => _inPlace?.CountUpTo(Rows);

    /// <summary>The column at <paramref name="index"/>, as its type. Fetch it once, not a row at a time.</summary>
    /// <exception cref="InvalidOperationException">The column is of another type.</exception>
    public T Column<T>(int index)
        where T : ColumnBuilder => As<T>(_columns[index]);

    /// <summary>The column called <paramref name="name"/>, as its type.</summary>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public T Column<T>(string name)
        where T : ColumnBuilder
    {
        int index = Schema.IndexOf(name);
        return index >= 0 ? Column<T>(index) : throw new ArgumentException($"No column '{name}'. The schema has: {Schema}.", nameof(name));
    }

    /// <summary>Counts a row. Throws <see cref="InvalidOperationException"/>, counting nothing, unless every column was appended to exactly once.</summary>
    public void EndRow()
    {
        foreach (ColumnBuilder column in _columns)
        {
            if (column.Length != Rows + 1)
            {
                ThrowUneven(column);
            }
        }

        Rows++;
    }

    /// <summary>Counts many rows at once. Throws <see cref="InvalidOperationException"/>, counting nothing, unless every column was appended to exactly so many times.</summary>
    public void EndRows(int count)
    {
        foreach (ColumnBuilder column in _columns)
        {
            if (column.Length != Rows + count)
            {
                throw new InvalidOperationException($"Column '{column.Field.Name}' was appended to {column.Length - Rows} times, not {count} times. Append to every column alike.");
            }
        }

        Rows += count;
    }

    /// <summary>
    /// Counts a row whose values were all written in place, at index <see cref="Rows"/> of the columns' slots (<see cref="PrimitiveColumn{T}.Slots"/>): for samples that come a
    /// thousand times a second. The columns themselves count such rows only when the batch is encoded, so all rows of a batch are written in place, or none.
    /// </summary>
    /// <exception cref="InvalidOperationException">The builder is full, or has columns that are not of numbers or fixed-size lists of numbers.</exception>
    public void EndRowInPlace()
    {
        if (_inPlace is null || Rows >= Capacity)
        {
            ThrowNotInPlace();
        }

        Rows++;
    }

    /// <summary>Takes back what was appended since the last <see cref="EndRow"/>.</summary>
    public void DropRow()
    {
        foreach (ColumnBuilder column in _columns)
        {
            column.Truncate(Rows);
        }
    }

    /// <summary>Takes back all rows; the memory is kept.</summary>
    public void Clear()
    {
        Rows = 0;
        DropRow();
    }

    /// <summary>Frees the memory. The columns must not be used afterwards.</summary>
    public void Dispose() => _arena.Dispose();

    internal static T As<T>(ColumnBuilder column)
        where T : ColumnBuilder =>
        column as T ?? throw new InvalidOperationException($"Column '{column.Field.Name}' is {column.Field.Type}, a {column.GetType().Name}, not a {typeof(T).Name}.");

    private ColumnBuilder Create(ArrowField field, string path, int rows, int depth, BatchCapacity capacity)
    {
        if (depth > MaxDepth)
        {
            throw new ArgumentException($"Field '{path}' is nested more than {MaxDepth} deep. Flatten the schema.");
        }

        switch (field.Type)
        {
            case IntType { BitWidth: 8 }:
                return new Int8Column(field, rows, _arena);
            case IntType { BitWidth: 16 }:
                return new Int16Column(field, rows, _arena);
            case IntType { BitWidth: 32 }:
                return new Int32Column(field, rows, _arena);
            case IntType { BitWidth: 64 }:
                return new Int64Column(field, rows, _arena);
            case FloatType { BitWidth: 32 }:
                return new Float32Column(field, rows, _arena);
            case FloatType { BitWidth: 64 }:
                return new Float64Column(field, rows, _arena);
            case BoolType:
                return new BoolColumn(field, rows, _arena);
            case Utf8Type:
                return new Utf8Column(field, rows, capacity.BytesOf.GetValueOrDefault(path, capacity.VariableBytes), capacity.UsualVariableBytes, _arena);
            case BinaryType:
                return new BinaryColumn(field, rows, capacity.BytesOf.GetValueOrDefault(path, capacity.VariableBytes), capacity.UsualVariableBytes, _arena);
            case ListType list:
                int items = capacity.ItemsOf.GetValueOrDefault(path, capacity.ListItems);
                return new ListColumn(field, rows, Create(list.Item, $"{path}.{list.Item.Name}", items, depth + 1, capacity), _arena);
            case FixedSizeListType list:
                long all = (long)rows * list.Size;
                if (list.Size < 0 || all > int.MaxValue)
                {
                    throw new ArgumentException($"Field '{path}': {rows} rows of {list.Size} items are outside 0..{int.MaxValue} items. Take fewer rows a batch.");
                }

                return new FixedSizeListColumn(field, rows, Create(list.Item, $"{path}.{list.Item.Name}", (int)all, depth + 1, capacity), _arena);
            case StructType s:
                return new StructColumn(field, rows, [.. s.Fields.Select(f => Create(f, $"{path}.{f.Name}", rows, depth + 1, capacity))], _arena);
            default:
                throw new ArgumentException($"Field '{path}': {field.Type} is not a type that this library writes.");
        }
    }

    [DoesNotReturn]
    private void ThrowNotInPlace() =>
        throw new InvalidOperationException(_inPlace is null
            ? $"Rows of {Schema} cannot be written in place: append to the columns."
            : $"The batch is full: it holds {Capacity} rows. Hand it over first.");

    private void ThrowUneven(ColumnBuilder column) =>
        throw new InvalidOperationException(
            $"Column '{column.Field.Name}' was appended to {column.Length - Rows} times in row {Rows}, not once. Append to every column, or call DropRow.");
}
