namespace Capture.Arrow.Tests;

/// <summary>Rows written in place end up in the same bytes as appended ones.</summary>
public sealed class InPlaceRowsTests
{
    private static readonly ArrowSchema s_schema = new(
    [
        new ArrowField("count", ArrowType.Int64),
        new ArrowField("maybe", ArrowType.Int64, Nullable: true),
        new ArrowField("vector", ArrowType.FixedSizeList(ArrowType.Float32, 3)),
        new ArrowField("kind", ArrowType.Int16),
    ]);

    [TestCase(1)]
    [TestCase(63)]
    [TestCase(200)]
    public void Give_the_bytes_that_appended_rows_give(int rows)
    {
        using var appended = new BatchBuilder(s_schema, new BatchCapacity { Rows = 200 });
        using var inPlace = new BatchBuilder(s_schema, new BatchCapacity { Rows = 200 });

        // Twice over, so that what the first batch left in the memory would show.
        Fill(appended, inPlace, 200, seed: 7);
        appended.Clear();
        inPlace.Clear();
        Fill(appended, inPlace, rows, seed: 1);
        Assert.That(inPlace.Bytes, Is.EqualTo(appended.Bytes));
        Assert.That(Encode(inPlace), Is.EqualTo(Encode(appended)));
    }

    [Test]
    public void Stop_at_the_capacity()
    {
        using var builder = new BatchBuilder(s_schema, new BatchCapacity { Rows = 2 });
        ColumnSlots<long> count = builder.Column<Int64Column>("count").Slots;
        builder.EndRowInPlace();
        builder.EndRowInPlace();
        Assert.That(() => builder.EndRowInPlace(), Throws.InvalidOperationException.With.Message.Contains("2 rows"));
        Assert.That(() => count.Set(2, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Are_nullable_where_the_field_is()
    {
        using var builder = new BatchBuilder(s_schema, new BatchCapacity { Rows = 2 });
        Assert.That(() => builder.Column<Int64Column>("count").NullableSlots, Throws.InvalidOperationException.With.Message.Contains("'count'"));
        Assert.That(() => builder.Column<Int64Column>("maybe").Slots, Throws.InvalidOperationException.With.Message.Contains("'maybe'"));
    }

    [Test]
    public void Refuse_the_values_of_a_list_that_do_not_all_fit()
    {
        using var builder = new BatchBuilder(s_schema, new BatchCapacity { Rows = 2 });
        ColumnSlots<float> items = ((Float32Column)builder.Column<FixedSizeListColumn>("vector").Item).Slots;
        Assert.That(() => items.Set(3, [1, 2, 3]), Throws.Nothing);
        Assert.That(() => items.Set(4, [1, 2, 3]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => items.Set(-1, [1]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => items.Set(7, []), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Are_refused_where_a_column_is_not_of_numbers()
    {
        using var builder = new BatchBuilder(new ArrowSchema([new ArrowField("text", ArrowType.Utf8)]), new BatchCapacity { Rows = 2 });
        Assert.That(() => builder.EndRowInPlace(), Throws.InvalidOperationException.With.Message.Contains("append to the columns"));
    }

    [Test]
    public void Writing_and_encoding_them_allocates_nothing()
    {
        using var builder = new BatchBuilder(s_schema, new BatchCapacity { Rows = 200 });
        var encoder = new IpcEncoder(s_schema);
        byte[] buffer = new byte[encoder.MaxBatchLength(builder)];
        ColumnSlots<long> count = builder.Column<Int64Column>("count").Slots;
        NullableSlots<long> maybe = builder.Column<Int64Column>("maybe").NullableSlots;
        Batch();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Batch();
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Batch()
        {
            for (int i = 0; i < 200; i++)
            {
                count.Set(i, i);
                maybe.Set(i, i % 3 == 0 ? null : (long?)i);
                builder.EndRowInPlace();
            }

            encoder.EncodeBatch(builder, buffer, 64);
            builder.Clear();
        }
    }

    private static byte[] Encode(BatchBuilder builder)
    {
        var encoder = new IpcEncoder(builder.Schema);
        byte[] buffer = new byte[encoder.MaxBatchLength(builder)];
        return buffer[..(int)encoder.EncodeBatch(builder, buffer, 64).Length];
    }

    private static void Fill(BatchBuilder appended, BatchBuilder inPlace, int rows, int seed)
    {
        var random = new Random(seed);
        ColumnSlots<long> count = inPlace.Column<Int64Column>("count").Slots;
        NullableSlots<long> maybe = inPlace.Column<Int64Column>("maybe").NullableSlots;
        ColumnSlots<float> items = ((Float32Column)inPlace.Column<FixedSizeListColumn>("vector").Item).Slots;
        ColumnSlots<short> kind = inPlace.Column<Int16Column>("kind").Slots;
        for (int i = 0; i < rows; i++)
        {
            long? value = random.Next(3) == 0 ? null : random.NextInt64();
            float[] vector = [random.NextSingle(), random.NextSingle(), i];
            appended.Column<Int64Column>("count").Append(i);
            if (value is { } v)
            {
                appended.Column<Int64Column>("maybe").Append(v);
            }
            else
            {
                appended.Column<Int64Column>("maybe").AppendNull();
            }

            appended.Column<FixedSizeListColumn>("vector").Append<float>(vector);
            appended.Column<Int16Column>("kind").Append((short)i);
            appended.EndRow();

            count.Set(i, i);
            maybe.Set(i, value);
            if (i % 2 == 0)
            {
                items.Set(3 * i, vector);
            }
            else
            {
                for (int item = 0; item < 3; item++)
                {
                    items.Set((3 * i) + item, vector[item]);
                }
            }

            kind.Set(i, (short)i);
            inPlace.EndRowInPlace();
        }
    }
}
