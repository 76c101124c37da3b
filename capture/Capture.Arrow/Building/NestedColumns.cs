namespace Capture.Arrow;

/// <summary>
/// A column of lists of any length: <see cref="Begin"/>, append to <see cref="Item"/> as often as there are items, <see cref="End"/>.
/// Its items have a capacity of their own, all rows together.
/// </summary>
public sealed unsafe class ListColumn : ColumnBuilder
{
    private readonly int* _offsets;

    internal ListColumn(ArrowField field, int capacity, ColumnBuilder item, NativeArena arena)
        : base(field, capacity, arena)
    {
        _offsets = (int*)arena.Take(((long)capacity + 1) * sizeof(int));
        Item = item;
        Children = [item];
    }

    /// <summary>The column of the items.</summary>
    public ColumnBuilder Item { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ColumnBuilder> Children { get; }

    /// <summary>Items that still fit, all rows together.</summary>
    public int Remaining => Item.Capacity - Item.Length;

    internal override long BytesInUse => (((long)Length + 1) * sizeof(int)) + ValidityBytes + Item.BytesInUse;

    /// <summary>Starts a list. Items left over from a list that was begun but never ended are taken back.</summary>
    public void Begin()
    {
        CheckRoom();
        Item.Truncate(_offsets[Length]);
    }

    /// <summary>Ends the list: all items appended since <see cref="Begin"/> are its own.</summary>
    public void End()
    {
        CheckRoom();
        _offsets[Length + 1] = Item.Length;
        Advance(valid: true);
    }

    private protected override void WriteDefault()
    {
        Item.Truncate(_offsets[Length]);
        _offsets[Length + 1] = _offsets[Length];
    }

    private protected override void TruncateValues(int length) => Item.Truncate(_offsets[length]);

    private protected override void AbandonOpenValue() => Item.Truncate(_offsets[Length]);

    private protected override void VisitValues(ref BodyLayout layout)
    {
        layout.Buffer((byte*)_offsets, ((long)Length + 1) * sizeof(int));
        Item.Visit(ref layout);
    }
}

/// <summary>A column of lists of one size. Numbers are appended in bulk; other items between <see cref="Begin"/> and <see cref="End"/>.</summary>
public sealed class FixedSizeListColumn : ColumnBuilder
{
    internal FixedSizeListColumn(ArrowField field, int capacity, ColumnBuilder item, NativeArena arena)
        : base(field, capacity, arena)
    {
        ListSize = ((FixedSizeListType)field.Type).Size;
        Item = item;
        Children = [item];
    }

    /// <summary>Items in each list.</summary>
    public int ListSize { get; }

    /// <summary>The column of the items.</summary>
    public ColumnBuilder Item { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ColumnBuilder> Children { get; }

    internal override long BytesInUse => ValidityBytes + Item.BytesInUse;

    /// <summary>Appends one list of numbers. Throws, with nothing appended, unless there are <see cref="ListSize"/> of the item's type.</summary>
    /// <typeparam name="T">The item's type: sbyte, short, int, long, float or double.</typeparam>
    public void Append<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        CheckRoom();
        if (Item is not PrimitiveColumn<T> item)
        {
            throw new InvalidOperationException($"Column '{Field.Name}' holds {Item.Field.Type}, not {typeof(T).Name}.");
        }

        if (values.Length != ListSize)
        {
            throw new ArgumentException($"Column '{Field.Name}' takes lists of {ListSize}, not of {values.Length}.", nameof(values));
        }

        item.Truncate(Length * ListSize);
        item.Append(values);
        Advance(valid: true);
    }

    /// <summary>Starts a list whose items are appended one by one to <see cref="Item"/>.</summary>
    public void Begin()
    {
        CheckRoom();
        Item.Truncate(Length * ListSize);
    }

    /// <summary>Ends the list. Throws unless exactly <see cref="ListSize"/> items were appended.</summary>
    public void End()
    {
        CheckRoom();
        int items = Item.Length - (Length * ListSize);
        if (items != ListSize)
        {
            throw new InvalidOperationException($"Column '{Field.Name}' takes lists of {ListSize}; {items} items were appended.");
        }

        Advance(valid: true);
    }

    private protected override void WriteDefault()
    {
        Item.Truncate(Length * ListSize);
        for (int i = 0; i < ListSize; i++)
        {
            Item.AppendDefault();
        }
    }

    private protected override void TruncateValues(int length) => Item.Truncate(length * ListSize);

    private protected override void AbandonOpenValue() => Item.Truncate(Length * ListSize);

    private protected override void VisitValues(ref BodyLayout layout) => Item.Visit(ref layout);
}

/// <summary>A column of structs: append to every child, then <see cref="End"/>; or <see cref="ColumnBuilder.AppendNull"/>, which fills the children.</summary>
public sealed class StructColumn : ColumnBuilder
{
    private readonly ColumnBuilder[] _children;

    internal StructColumn(ArrowField field, int capacity, ColumnBuilder[] children, NativeArena arena)
        : base(field, capacity, arena) => _children = children;

    /// <inheritdoc/>
    public override IReadOnlyList<ColumnBuilder> Children => _children;

    internal override long BytesInUse
    {
        get
        {
            long bytes = ValidityBytes;
            foreach (ColumnBuilder child in _children)
            {
                bytes += child.BytesInUse;
            }

            return bytes;
        }
    }

    /// <summary>The child at <paramref name="index"/>, as its type. Fetch it once, not a row at a time.</summary>
    public T Child<T>(int index)
        where T : ColumnBuilder => BatchBuilder.As<T>(_children[index]);

    /// <summary>Ends a struct. Throws unless every child was appended to exactly once.</summary>
    public void End()
    {
        CheckRoom();
        foreach (ColumnBuilder child in _children)
        {
            if (child.Length != Length + 1)
            {
                throw new InvalidOperationException(
                    $"Struct '{Field.Name}': child '{child.Field.Name}' was appended to {child.Length - Length} times, not once.");
            }
        }

        Advance(valid: true);
    }

    private protected override void WriteDefault()
    {
        foreach (ColumnBuilder child in _children)
        {
            child.Truncate(Length);
            child.AppendDefault();
        }
    }

    private protected override void TruncateValues(int length)
    {
        foreach (ColumnBuilder child in _children)
        {
            child.Truncate(length);
        }
    }

    private protected override void AbandonOpenValue() => TruncateValues(Length);

    private protected override void VisitValues(ref BodyLayout layout)
    {
        foreach (ColumnBuilder child in _children)
        {
            child.Visit(ref layout);
        }
    }
}
