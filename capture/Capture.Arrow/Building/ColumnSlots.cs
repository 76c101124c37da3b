using System.Runtime.InteropServices;

namespace Capture.Arrow;

/// <summary>The memory of a column of numbers, to write a row's values in place. It is the builder's, and lives as long.</summary>
/// <typeparam name="T">sbyte, short, int, long, float or double.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly unsafe struct ColumnSlots<T>
    where T : unmanaged
{
    private readonly PrimitiveColumn<T> _column;
    private readonly T* _values;
    private readonly byte* _validity;
    private readonly int _count;

    internal ColumnSlots(PrimitiveColumn<T> column, T* values, byte* validity, int count)
    {
        _column = column;
        _values = values;
        _validity = validity;
        _count = count;
    }

    /// <summary>Writes the value at an index.</summary>
    public void Set(int index, T value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count, nameof(index));
        _values[index] = value;
        if (_validity != null)
        {
            _validity[index >> 3] |= (byte)(1 << (index & 7));
        }
    }

    /// <summary>Writes a value, or a null. Throws <see cref="InvalidOperationException"/> where the field takes none.</summary>
    public void Set(int index, T? value)
    {
        if (value is { } v)
        {
            Set(index, v);
            return;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count, nameof(index));
        if (_validity == null)
        {
            throw new InvalidOperationException($"Column '{_column.Field.Name}' takes no nulls: its field is not nullable.");
        }

        _values[index] = default;
        _validity[index >> 3] &= (byte)~(1 << (index & 7));
    }
}
