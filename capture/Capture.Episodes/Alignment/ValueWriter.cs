using Capture.Arrow;

namespace Capture.Episodes.Alignment;

/// <summary>Writes one column of the table from the rows of a stream: copied, or interpolated.</summary>
internal static class ValueWriter
{
    public static void Copy(ArrowColumn? source, int row, ColumnBuilder target)
    {
        if (source is null)
        {
            target.AppendNull();
            return;
        }

        if (target is FixedSizeListColumn list)
        {
            (int start, int count) = source.Items(row);
            list.Begin();
            for (int i = start; i < start + count; i++)
            {
                CopyNumber(source.Item, i, list.Item);
            }

            list.End();
            return;
        }

        CopyNumber(source, row, target);
    }

    public static void Blend(ArrowColumn? a, int rowA, ArrowColumn? b, int rowB, double weight, bool slerp, ColumnBuilder target)
    {
        if (a is null || b is null)
        {
            target.AppendNull();
            return;
        }

        if (target is not FixedSizeListColumn list)
        {
            Append(target, Real(a, rowA) + (weight * (Real(b, rowB) - Real(a, rowA))));
            return;
        }

        (int startA, int count) = a.Items(rowA);
        (int startB, _) = b.Items(rowB);
        Span<double> from = stackalloc double[count];
        Span<double> to = stackalloc double[count];
        Span<bool> missing = stackalloc bool[count];
        for (int i = 0; i < count; i++)
        {
            missing[i] = a.Item.IsNull(startA + i) || b.Item.IsNull(startB + i);
            (from[i], to[i]) = (Real(a.Item, startA + i), Real(b.Item, startB + i));
        }

        if (slerp && !missing.Contains(true))
        {
            Slerp(from, to, weight);
        }
        else
        {
            for (int i = 0; i < count; i++)
            {
                from[i] += weight * (to[i] - from[i]);
            }
        }

        list.Begin();
        for (int i = 0; i < count; i++)
        {
            if (missing[i])
            {
                list.Item.AppendNull();
            }
            else
            {
                Append(list.Item, from[i]);
            }
        }

        list.End();
    }

    /// <summary>Adds a row to sums that a mean is made of, element by element; nulls are passed over. A quaternion is added as the one of q and −q that points the same way as the sum.</summary>
    public static void Add(ArrowColumn? source, int row, bool quaternion, Span<double> sums, Span<int> seen)
    {
        if (source is null)
        {
            return;
        }

        (ArrowColumn items, int start) = source.Field.Type is FixedSizeListType ? (source.Item, source.Items(row).Start) : (source, row);
        double sign = 1;
        if (quaternion)
        {
            double dot = 0;
            for (int i = 0; i < sums.Length; i++)
            {
                dot += sums[i] * Real(items, start + i);
            }

            sign = dot < 0 ? -1 : 1;
        }

        for (int i = 0; i < sums.Length; i++)
        {
            if (!items.IsNull(start + i))
            {
                sums[i] += sign * Real(items, start + i);
                seen[i]++;
            }
        }
    }

    /// <summary>Writes the mean of what was added; null where nothing was.</summary>
    public static void AppendMean(Span<double> sums, ReadOnlySpan<int> seen, bool quaternion, ColumnBuilder target)
    {
        double norm = 0;
        for (int i = 0; i < sums.Length; i++)
        {
            norm += sums[i] * sums[i];
        }

        norm = Math.Sqrt(norm);
        if (!seen.ContainsAnyExcept(0) || (quaternion && norm == 0))
        {
            target.AppendNull();
            return;
        }

        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] /= quaternion ? norm : Math.Max(seen[i], 1);
        }

        if (target is not FixedSizeListColumn list)
        {
            Append(target, sums[0]);
            return;
        }

        list.Begin();
        for (int i = 0; i < sums.Length; i++)
        {
            if (seen[i] == 0)
            {
                list.Item.AppendNull();
            }
            else
            {
                Append(list.Item, sums[i]);
            }
        }

        list.End();
    }

    /// <summary>The unit quaternion on the shorter great circle from <paramref name="q"/> to <paramref name="to"/> (Shoemake 1985), into the former.</summary>
    internal static void Slerp(Span<double> q, ReadOnlySpan<double> to, double weight)
    {
        double dot = 0;
        for (int i = 0; i < 4; i++)
        {
            dot += q[i] * to[i];
        }

        // q and −q are one rotation: take the one that is nearer.
        double sign = dot < 0 ? -1 : 1;
        double angle = Math.Acos(Math.Min(Math.Abs(dot), 1));
        double sine = Math.Sin(angle);

        // Nearly parallel: the chord is the arc, and the sine would be divided by itself.
        (double a, double b) = sine < 1e-6 ? (1 - weight, weight) : (Math.Sin((1 - weight) * angle) / sine, Math.Sin(weight * angle) / sine);
        double norm = 0;
        for (int i = 0; i < 4; i++)
        {
            q[i] = (a * q[i]) + (b * sign * to[i]);
            norm += q[i] * q[i];
        }

        norm = Math.Sqrt(norm);
        for (int i = 0; i < 4 && norm > 0; i++)
        {
            q[i] /= norm;
        }
    }

    private static void CopyNumber(ArrowColumn source, int row, ColumnBuilder target)
    {
        if (source.IsNull(row))
        {
            target.AppendNull();
            return;
        }

        switch (target)
        {
            case Int8Column c:
                c.Append(source.Values<sbyte>()[row]);
                break;
            case Int16Column c:
                c.Append(source.Values<short>()[row]);
                break;
            case Int32Column c:
                c.Append(source.Values<int>()[row]);
                break;
            case Int64Column c:
                c.Append(source.Values<long>()[row]);
                break;
            case Float32Column c:
                c.Append(source.Values<float>()[row]);
                break;
            case Float64Column c:
                c.Append(source.Values<double>()[row]);
                break;
            case BoolColumn c:
                c.Append(source.Bool(row));
                break;
            default:
                throw new InvalidOperationException($"Column '{target.Field.Name}' ({target.Field.Type}) is not copied.");
        }
    }

    private static double Real(ArrowColumn column, int row) => column.Field.Type is FloatType { BitWidth: 32 } ? column.Values<float>()[row] : column.Values<double>()[row];

    private static void Append(ColumnBuilder target, double value)
    {
        if (target is Float32Column single)
        {
            single.Append((float)value);
        }
        else
        {
            ((Float64Column)target).Append(value);
        }
    }
}
