namespace Capture.Arrow;

/// <summary>A column of fixed-width numbers.</summary>
/// <typeparam name="T">sbyte, short, int, long, float or double.</typeparam>
public abstract unsafe class PrimitiveColumn<T> : ColumnBuilder
    where T : unmanaged
{
    private readonly T* _values;

    private protected PrimitiveColumn(ArrowField field, int capacity, NativeArena arena)
        : base(field, capacity, arena) => _values = (T*)arena.Take((long)capacity * sizeof(T));

    /// <summary>The values appended so far; what stands under a null is zero.</summary>
    public ReadOnlySpan<T> Values => new(_values, Length);

    /// <summary>Where rows are written in place (<see cref="BatchBuilder.EndRowInPlace"/>), of a field that is not nullable. Fetch them once, not a row at a time.</summary>
    /// <exception cref="InvalidOperationException">The field is nullable.</exception>
    public ColumnSlots<T> Slots => ValidityBits == null
        ? new(_values, Capacity)
        : throw new InvalidOperationException($"Column '{Field.Name}' takes nulls: write it through {nameof(NullableSlots)}.");

    /// <summary>The same of a field that is nullable.</summary>
    /// <exception cref="InvalidOperationException">It is not.</exception>
    public NullableSlots<T> NullableSlots => ValidityBits != null
        ? new(_values, ValidityBits, Capacity)
        : throw new InvalidOperationException($"Column '{Field.Name}' takes no nulls: its field is not nullable. Write it through {nameof(Slots)}.");

    internal override bool IsNumbers => true;

    internal override long BytesInUse => ((long)Length * sizeof(T)) + ValidityBytes;

    /// <summary>Appends one value. Throws when the column is full.</summary>
    public void Append(T value)
    {
        CheckRoom();
        _values[Length] = value;
        Advance(valid: true);
    }

    /// <summary>Appends many values at once. Throws, with nothing appended, when they do not all fit.</summary>
    public void Append(ReadOnlySpan<T> values)
    {
        if (values.Length > Capacity - Length)
        {
            ThrowFull(Capacity, "values");
        }

        values.CopyTo(new Span<T>(_values + Length, values.Length));
        AdvanceMany(values.Length, valid: true);
    }

    private protected override void WriteDefault() => _values[Length] = default;

    private protected override void TruncateValues(int length)
    {
    }

    private protected override void VisitValues(ref BodyLayout layout) => layout.Buffer((byte*)_values, (long)Length * sizeof(T));
}

/// <summary>A column of <c>int8</c>.</summary>
public sealed class Int8Column : PrimitiveColumn<sbyte>
{
    internal Int8Column(ArrowField field, int capacity, NativeArena arena)
        : base(field, capacity, arena)
    {
    }
}

/// <summary>A column of <c>int16</c>.</summary>
public sealed class Int16Column : PrimitiveColumn<short>
{
    internal Int16Column(ArrowField field, int capacity, NativeArena arena)
        : base(field, capacity, arena)
    {
    }
}

/// <summary>A column of <c>int32</c>.</summary>
public sealed class Int32Column : PrimitiveColumn<int>
{
    internal Int32Column(ArrowField field, int capacity, NativeArena arena)
        : base(field, capacity, arena)
    {
    }
}

/// <summary>A column of <c>int64</c>.</summary>
public sealed class Int64Column : PrimitiveColumn<long>
{
    internal Int64Column(ArrowField field, int capacity, NativeArena arena)
        : base(field, capacity, arena)
    {
    }
}

/// <summary>A column of <c>float32</c>.</summary>
public sealed class Float32Column : PrimitiveColumn<float>
{
    internal Float32Column(ArrowField field, int capacity, NativeArena arena)
        : base(field, capacity, arena)
    {
    }
}

/// <summary>A column of <c>float64</c>.</summary>
public sealed class Float64Column : PrimitiveColumn<double>
{
    internal Float64Column(ArrowField field, int capacity, NativeArena arena)
        : base(field, capacity, arena)
    {
    }
}

/// <summary>A column of <c>bool</c>, one bit a row.</summary>
public sealed unsafe class BoolColumn : ColumnBuilder
{
    private readonly byte* _bits;

    internal BoolColumn(ArrowField field, int capacity, NativeArena arena)
        : base(field, capacity, arena) => _bits = arena.Take((capacity + 7) / 8);

    internal override long BytesInUse => ((Length + 7) / 8) + ValidityBytes;

    /// <summary>Appends one value. Throws when the column is full.</summary>
    public void Append(bool value)
    {
        CheckRoom();
        Write(value);
        Advance(valid: true);
    }

    private protected override void WriteDefault() => Write(false);

    private protected override void TruncateValues(int length)
    {
    }

    private protected override void VisitValues(ref BodyLayout layout)
    {
        if (!layout.Copying && (Length & 7) != 0)
        {
            _bits[Length >> 3] &= (byte)((1 << (Length & 7)) - 1);
        }

        layout.Buffer(_bits, (Length + 7) / 8);
    }

    private void Write(bool value)
    {
        byte bit = (byte)(1 << (Length & 7));
        if (value)
        {
            _bits[Length >> 3] |= bit;
        }
        else
        {
            _bits[Length >> 3] &= (byte)~bit;
        }
    }
}
