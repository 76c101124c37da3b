using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Capture.Arrow;

/// <summary>
/// The memory of a column of numbers without nulls, to write a row's values in place. It is the builder's, and lives as long. Two words, so that those of a row's columns fill
/// few lines of the processor's first cache.
/// </summary>
/// <typeparam name="T">sbyte, short, int, long, float or double.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly unsafe struct ColumnSlots<T>
    where T : unmanaged
{
    private readonly T* _values;
    private readonly int _count;

    internal ColumnSlots(T* values, int count)
    {
        _values = values;
        _count = count;
    }

    /// <summary>Writes the value at an index.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column has no such index.</exception>
    public void Set(int index, T value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count, nameof(index));
        _values[index] = value;
    }

    /// <summary>Writes values at neighbouring indices: those of one row of a fixed-size list.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column has not all of the indices.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(int index, ReadOnlySpan<T> values)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)index, (uint)_count, nameof(index));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(values.Length, _count - index, nameof(values));

        // Inlined: where the caller's length is a constant, this becomes one or two stores.
        values.CopyTo(new Span<T>(_values + index, values.Length));
    }
}

/// <summary>As <see cref="ColumnSlots{T}"/>, of a column that takes nulls.</summary>
/// <typeparam name="T">sbyte, short, int, long, float or double.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly unsafe struct NullableSlots<T>
    where T : unmanaged
{
    private readonly T* _values;
    private readonly byte* _validity;
    private readonly int _count;

    internal NullableSlots(T* values, byte* validity, int count)
    {
        _values = values;
        _validity = validity;
        _count = count;
    }

    /// <summary>Writes a value, or a null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column has no such index.</exception>
    public void Set(int index, T? value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count, nameof(index));
        _values[index] = value.GetValueOrDefault();
        int bit = 1 << (index & 7);
        int others = _validity[index >> 3] & ~bit;
        _validity[index >> 3] = (byte)(value.HasValue ? others | bit : others);
    }
}
