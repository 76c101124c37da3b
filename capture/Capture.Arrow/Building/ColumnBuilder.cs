using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Capture.Arrow;

/// <summary>
/// One column of a <see cref="BatchBuilder"/>, top-level or nested. Memory is native and of fixed size; appending past it throws
/// <see cref="InvalidOperationException"/>, so a recorder asks for room first. Not safe for several threads at once.
/// </summary>
public abstract unsafe class ColumnBuilder
{
    private readonly byte* _validity;
    private int _encodedNulls;

    private protected ColumnBuilder(ArrowField field, int capacity, NativeArena arena)
    {
        Field = field;
        Capacity = capacity;
        Memory = arena;
        _validity = field.Nullable ? arena.Take((capacity + 7) / 8) : null;
    }

    /// <summary>What the column is.</summary>
    public ArrowField Field { get; }

    /// <summary>Values appended so far, nulls included.</summary>
    public int Length { get; private set; }

    /// <summary>The most values that the column holds.</summary>
    public int Capacity { get; }

    /// <summary>The columns nested in this one.</summary>
    public virtual IReadOnlyList<ColumnBuilder> Children => [];

    /// <summary>Nulls among the values; counted when asked.</summary>
    public int NullCount
    {
        get
        {
            if (_validity == null)
            {
                return 0;
            }

            int bytes = Length >> 3;
            int valid = 0;
            for (int i = 0; i < bytes; i++)
            {
                valid += BitOperations.PopCount(_validity[i]);
            }

            if ((Length & 7) != 0)
            {
                valid += BitOperations.PopCount((uint)(_validity[bytes] & ((1 << (Length & 7)) - 1)));
            }

            return Length - valid;
        }
    }

    /// <summary>Whether it is a <see cref="PrimitiveColumn{T}"/>.</summary>
    internal virtual bool IsNumbers => false;

    /// <summary>Bytes that the column's values take in use, padding of buffers left out.</summary>
    internal abstract long BytesInUse { get; }

    /// <summary>Held so that the memory lives for as long as any column of the builder is reachable.</summary>
    internal NativeArena Memory { get; }

    private protected byte* ValidityBits => _validity;

    private protected long ValidityBytes => _validity == null ? 0 : (Length + 7) / 8;

    /// <summary>Appends a null. Throws where the field is not nullable or the column is full.</summary>
    public void AppendNull()
    {
        if (_validity == null)
        {
            ThrowNotNullable();
        }

        CheckRoom();
        WriteDefault();
        Advance(valid: false);
    }

    /// <summary>Counts values that were written in place.</summary>
    internal void CountUpTo(int values) => Length = Math.Max(Length, values);

    /// <summary>Appends what stands under a null of the parent: a null where the field allows one, else a zero value.</summary>
    internal void AppendDefault()
    {
        CheckRoom();
        WriteDefault();
        Advance(valid: _validity == null);
    }

    /// <summary>Takes back values until <paramref name="length"/> are left.</summary>
    internal void Truncate(int length)
    {
        if (length < Length)
        {
            TruncateValues(length);
            Length = length;
        }
        else
        {
            AbandonOpenValue();
        }
    }

    /// <summary>Tells the encoder of the column's node and buffers, children after it, in the order of the format.</summary>
    internal void Visit(ref BodyLayout layout)
    {
        if (!layout.Copying)
        {
            _encodedNulls = NullCount;
            if ((Length & 7) != 0 && _validity != null)
            {
                _validity[Length >> 3] &= (byte)((1 << (Length & 7)) - 1);
            }
        }

        layout.Node(Length, _encodedNulls);
        layout.Buffer(_validity, _encodedNulls == 0 ? 0 : (Length + 7) / 8);
        VisitValues(ref layout);
    }

    private protected abstract void WriteDefault();

    private protected abstract void TruncateValues(int length);

    private protected virtual void AbandonOpenValue()
    {
    }

    private protected abstract void VisitValues(ref BodyLayout layout);

    private protected void CheckRoom()
    {
        if (Length >= Capacity)
        {
            ThrowFull(Capacity, "values");
        }
    }

    /// <summary>Counts a value whose bytes have been written, and marks it valid or null.</summary>
    private protected void Advance(bool valid)
    {
        int row = Length;
        if (_validity != null)
        {
            byte bit = (byte)(1 << (row & 7));
            if (valid)
            {
                _validity[row >> 3] |= bit;
            }
            else
            {
                _validity[row >> 3] &= (byte)~bit;
            }
        }

        Length = row + 1;
    }

    /// <summary>Counts <paramref name="count"/> values at once, all valid or all null.</summary>
    private protected void AdvanceMany(int count, bool valid)
    {
        if (_validity == null)
        {
            Length += count;
            return;
        }

        for (int i = 0; i < count; i++)
        {
            Advance(valid);
        }
    }

    [DoesNotReturn]
    private protected void ThrowFull(long capacity, string what) =>
        throw new InvalidOperationException(
            $"Column '{Field.Name}' is full: it holds {capacity} {what}. Hand the batch over before appending, or give the builder more capacity.");

    [DoesNotReturn]
    private void ThrowNotNullable() =>
        throw new InvalidOperationException($"Column '{Field.Name}' takes no nulls: its field is not nullable.");
}
