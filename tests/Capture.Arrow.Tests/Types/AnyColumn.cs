using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Capture.Arrow.Tests.Types;

/// <summary>
/// Lays out drawn values as columns after the columnar format's text, and makes them by <see cref="ArrowColumn.Create"/>. Dictionaries grow from batch to batch, or begin
/// anew with each where <paramref name="replace"/>.
/// </summary>
internal sealed class AnyColumn(bool replace = false)
{
    private readonly Dictionary<long, (List<ArrowColumn> Chunks, List<string> Known)> _dictionaries = [];

    public static int WidthOf(ArrowType type) => type switch
    {
        IntType t => t.BitWidth / 8,
        UIntType t => t.BitWidth / 8,
        FloatType t => t.BitWidth / 8,
        HalfType => 2,
        DecimalType t => t.BitWidth / 8,
        DateType { Unit: ArrowDateUnit.Day } or TimeType { Unit: ArrowTimeUnit.Second or ArrowTimeUnit.Millisecond } or IntervalType { Unit: ArrowIntervalUnit.YearMonth } => 4,
        IntervalType { Unit: ArrowIntervalUnit.MonthDayNano } => 16,
        _ => 8,
    };

    public void BeginBatch()
    {
        if (replace)
        {
            _dictionaries.Clear();
        }
    }

    public ArrowColumn Build(ArrowField field, IReadOnlyList<object?> values)
    {
        int n = values.Count;
        int nulls = values.Count(v => v is null);
        byte[] bitmap = [];
        if (nulls > 0)
        {
            bitmap = new byte[(n + 7) / 8];
            for (int i = 0; i < n; i++)
            {
                bitmap[i / 8] |= (byte)(values[i] is null ? 0 : 1 << (i % 8));
            }
        }

        switch (field.Type)
        {
            case NullType:
                return ArrowColumn.Create(field, n, n, []);
            case BoolType:
                byte[] bits = new byte[(n + 7) / 8];
                for (int i = 0; i < n; i++)
                {
                    bits[i / 8] |= (byte)(values[i] is true ? 1 << (i % 8) : 0);
                }

                return ArrowColumn.Create(field, n, nulls, [bitmap, bits]);
            case Utf8Type or BinaryType:
                return ArrowColumn.Create(field, n, nulls, [bitmap, Offsets(values.Select(v => Raw(v).Length), 4), Joined(values)]);
            case LargeUtf8Type or LargeBinaryType:
                return ArrowColumn.Create(field, n, nulls, [bitmap, Offsets(values.Select(v => Raw(v).Length), 8), Joined(values)]);
            case Utf8ViewType or BinaryViewType:
                return Views(field, values, nulls, bitmap);
            case FixedSizeBinaryType t:
                return ArrowColumn.Create(field, n, nulls, [bitmap, values.SelectMany(v => (byte[]?)v ?? new byte[t.ByteWidth]).ToArray()]);
            case ListType or MapType:
                return ArrowColumn.Create(field, n, nulls, [bitmap, Offsets(values.Select(v => Items(v).Length), 4)], [Build(field.Type.Children[0], [.. values.SelectMany(Items)])]);
            case LargeListType:
                return ArrowColumn.Create(field, n, nulls, [bitmap, Offsets(values.Select(v => Items(v).Length), 8)], [Build(field.Type.Children[0], [.. values.SelectMany(Items)])]);
            case ListViewType or LargeListViewType:
                return ListViews(field, values, nulls, bitmap);
            case FixedSizeListType t:
                return ArrowColumn.Create(field, n, nulls, [bitmap], [Build(t.Item, [.. values.SelectMany(v => v is null ? Enumerable.Repeat(Default(t.Item), t.Size) : Items(v))])]);
            case StructType t:
                return ArrowColumn.Create(field, n, nulls, [bitmap], [.. t.Fields.Select((f, c) => Build(f, [.. values.Select(v => v is null ? Default(f) : ((object?[])v)[c])]))]);
            case UnionType t:
                return Union(field, t, [.. values.Cast<OneOfUnion>()]);
            case DictionaryType t:
                return Dictionary(field, t, values, nulls, bitmap);
            case RunEndType t:
                return Runs(field, t, values);
            default:
                byte[] data = new byte[n * WidthOf(field.Type)];
                for (int i = 0; i < n; i++)
                {
                    Put(values[i], data.AsSpan(i * WidthOf(field.Type), WidthOf(field.Type)));
                }

                return ArrowColumn.Create(field, n, nulls, [bitmap, data]);
        }
    }

    private static object? Default(ArrowField field) => field.Nullable ? null : field.Type switch
    {
        BoolType => false,
        Utf8Type => "",
        StructType t => t.Fields.Select(Default).ToArray(),
        _ when field.Type.Children.Count == 1 => Array.Empty<object?>(),
        _ => BigInteger.Zero,
    };

    private static object?[] Items(object? value) => (object?[]?)value ?? [];

    private static byte[] Raw(object? value) => value switch { null => [], string s => Encoding.UTF8.GetBytes(s), _ => (byte[])value };

    private static byte[] Joined(IEnumerable<object?> values) => [.. values.SelectMany(Raw)];

    private static byte[] Offsets(IEnumerable<int> lengths, int width)
    {
        var all = new List<byte>();
        long at = 0;
        foreach (int length in lengths.Prepend(0))
        {
            at += length;
            all.AddRange(BitConverter.GetBytes(at).AsSpan(0, width));
        }

        return [.. all];
    }

    private static void Put(object? value, Span<byte> to)
    {
        switch (value)
        {
            case null: break;
            case float v: BinaryPrimitives.WriteSingleLittleEndian(to, v); break;
            case double v: BinaryPrimitives.WriteDoubleLittleEndian(to, v); break;
            case Half v: BinaryPrimitives.WriteHalfLittleEndian(to, v); break;
            case BigInteger[] parts:
                Put(parts[0], to[..4]);
                Put(parts[1], to[4..8]);
                if (parts.Length == 3)
                {
                    Put(parts[2], to[8..]);
                }

                break;
            case BigInteger v:
                to.Fill(v.Sign < 0 ? (byte)0xFF : (byte)0);
                byte[] bytes = v.ToByteArray();
                bytes.AsSpan(0, Math.Min(bytes.Length, to.Length)).CopyTo(to);
                break;
            default: throw new ArgumentException($"{value.GetType()} has no fixed width.");
        }
    }

    private static ArrowColumn Views(ArrowField field, IReadOnlyList<object?> values, int nulls, byte[] bitmap)
    {
        byte[] views = new byte[16 * values.Count];
        List<byte>[] data = [[], []];
        for (int i = 0; i < values.Count; i++)
        {
            byte[] raw = Raw(values[i]);
            Span<byte> view = views.AsSpan(16 * i, 16);
            BinaryPrimitives.WriteInt32LittleEndian(view, raw.Length);
            if (raw.Length <= 12)
            {
                raw.CopyTo(view[4..]);
                continue;
            }

            int buffer = i % 2;
            raw.AsSpan(0, 4).CopyTo(view[4..]);
            BinaryPrimitives.WriteInt32LittleEndian(view[8..], buffer);
            BinaryPrimitives.WriteInt32LittleEndian(view[12..], data[buffer].Count);
            data[buffer].AddRange(raw);
        }

        return ArrowColumn.Create(field, values.Count, nulls, [bitmap, views, data[0].ToArray(), data[1].ToArray()]);
    }

    /// <summary>The rows' items lie last row first, so that starts fall where offsets would rise.</summary>
    private ArrowColumn ListViews(ArrowField field, IReadOnlyList<object?> values, int nulls, byte[] bitmap)
    {
        int width = field.Type is ListViewType ? 4 : 8;
        byte[] starts = new byte[width * values.Count];
        byte[] sizes = new byte[width * values.Count];
        var items = new List<object?>();
        for (int i = values.Count - 1; i >= 0; i--)
        {
            Put(new BigInteger(items.Count), starts.AsSpan(width * i, width));
            Put(new BigInteger(Items(values[i]).Length), sizes.AsSpan(width * i, width));
            items.AddRange(Items(values[i]));
        }

        return ArrowColumn.Create(field, values.Count, nulls, [bitmap, starts, sizes], [Build(field.Type.Children[0], items)]);
    }

    private ArrowColumn Union(ArrowField field, UnionType type, OneOfUnion[] values)
    {
        byte[] ids = [.. values.Select(v => (byte)type.TypeIds[v.Child])];
        if (type.Mode == ArrowUnionMode.Sparse)
        {
            return ArrowColumn.Create(field, values.Length, 0, [ids], [.. type.Fields.Select((f, c) => Build(f, [.. values.Select(v => v.Child == c ? v.Value : Default(f))]))]);
        }

        byte[] offsets = new byte[4 * values.Length];
        int[] used = new int[type.Fields.Count];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(offsets.AsSpan(4 * i), used[values[i].Child]++);
        }

        return ArrowColumn.Create(field, values.Length, 0, [ids, offsets], [.. type.Fields.Select((f, c) => Build(f, [.. values.Where(v => v.Child == c).Select(v => v.Value)]))]);
    }

    private ArrowColumn Dictionary(ArrowField field, DictionaryType type, IReadOnlyList<object?> values, int nulls, byte[] bitmap)
    {
        if (!_dictionaries.TryGetValue(type.Id, out (List<ArrowColumn> Chunks, List<string> Known) all))
        {
            _dictionaries[type.Id] = all = ([], []);
        }

        var fresh = new List<object?>();
        var indices = new List<object?>();
        foreach (object? value in values)
        {
            string text = AnyValue.Json(value, type.Value);
            int index = value is null ? 0 : all.Known.IndexOf(text);
            if (index < 0)
            {
                index = all.Known.Count;
                all.Known.Add(text);
                fresh.Add(value);
            }

            indices.Add(value is null ? null : new BigInteger(index));
        }

        if (fresh.Count > 0 || all.Chunks.Count == 0)
        {
            all.Chunks.Add(Build(new ArrowField("values", type.Value, true), fresh));
        }

        byte[] data = new byte[values.Count * WidthOf(type.Index)];
        for (int i = 0; i < values.Count; i++)
        {
            Put(indices[i], data.AsSpan(i * WidthOf(type.Index), WidthOf(type.Index)));
        }

        return ArrowColumn.Create(field, values.Count, nulls, [bitmap, data], [], new ArrowDictionary([.. all.Chunks]));
    }

    private ArrowColumn Runs(ArrowField field, RunEndType type, IReadOnlyList<object?> values)
    {
        var ends = new List<object?>();
        var kept = new List<object?>();
        for (int i = 0; i < values.Count; i++)
        {
            if (i + 1 == values.Count || AnyValue.Json(values[i], type.Values.Type) != AnyValue.Json(values[i + 1], type.Values.Type))
            {
                ends.Add(new BigInteger(i + 1));
                kept.Add(values[i]);
            }
        }

        return ArrowColumn.Create(field, values.Count, 0, [], [Build(type.RunEnds, ends), Build(type.Values, kept)]);
    }
}
