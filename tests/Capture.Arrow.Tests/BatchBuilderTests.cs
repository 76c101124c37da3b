namespace Capture.Arrow.Tests;

public sealed class BatchBuilderTests
{
    private static readonly ArrowSchema s_schema = new([
        new ArrowField("t", ArrowType.Int64),
        new ArrowField("ok", ArrowType.Bool, Nullable: true),
        new ArrowField("frame", ArrowType.Binary),
        new ArrowField("note", ArrowType.Utf8, Nullable: true),
        new ArrowField("samples", ArrowType.FixedSizeList(ArrowType.Int16, 4)),
        new ArrowField("pose", ArrowType.Struct(new ArrowField("x", ArrowType.Float64), new ArrowField("y", ArrowType.Float64)), Nullable: true),
        new ArrowField("markers", ArrowType.List(ArrowType.Struct(new ArrowField("id", ArrowType.Int32), new ArrowField("p", ArrowType.FixedSizeList(ArrowType.Float32, 3))))),
    ]);

    [Test]
    public void Appending_ten_thousand_rows_clearing_and_encoding_allocate_nothing()
    {
        using var rows = new Rows(100);
        var encoder = new IpcEncoder(s_schema);
        var metadata = new MessageMetadata();
        byte[] buffer = new byte[encoder.MaxBatchLength(rows.Builder, metadata)];
        long offset = 64;
        rows.Fill(100);
        offset += encoder.EncodeBatch(rows.Builder, buffer, offset, metadata).Length;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int batch = 0; batch < 100; batch++)
        {
            rows.Fill(100);
            metadata.Clear();
            int crc = metadata.Add("crc32c"u8, "00000000"u8);
            metadata.Add("host_ns"u8, "12345678901234"u8);
            ArrowBlock block = encoder.EncodeBatch(rows.Builder, buffer, offset, metadata);
            Crc32C.Of(buffer.AsSpan(0, (int)block.Length)).TryFormat(buffer.AsSpan(metadata.ValueOffset(crc), 8), out _, "x8");
            offset += block.Length;
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void A_dropped_row_leaves_no_trace([Range(0, 8)] int appended)
    {
        using var rows = new Rows(10);
        rows.Fill(3);
        byte[] before = Encode(rows.Builder);
        rows.AppendParts(appended);
        rows.Builder.DropRow();
        Assert.That(rows.Builder.Rows, Is.EqualTo(3));
        Assert.That(Encode(rows.Builder), Is.EqualTo(before));
        rows.Append(99);
        Assert.That(rows.Builder.Rows, Is.EqualTo(4));
    }

    [Test]
    public void A_row_that_is_not_whole_is_refused_and_named([Range(0, 7)] int appended)
    {
        using var rows = new Rows(10);
        rows.AppendParts(appended);
        Assert.That(rows.Builder.EndRow, Throws.InvalidOperationException.With.Message.Contains(appended < 1 ? "'t'" : appended < 7 ? "not once" : "'markers'"));
        Assert.That(rows.Builder.Rows, Is.Zero);
        if (appended > 0)
        {
            Assert.That(() => Encode(rows.Builder), Throws.InvalidOperationException, "an open row is never encoded");
        }
    }

    [Test]
    public void A_full_column_refuses_and_keeps_what_it_has()
    {
        using var builder = new BatchBuilder(
            new ArrowSchema([new ArrowField("b", ArrowType.Binary), new ArrowField("l", ArrowType.List(ArrowType.Int8))]),
            new BatchCapacity { Rows = 2, BytesOf = new Dictionary<string, int>(StringComparer.Ordinal) { ["b"] = 10 }, ItemsOf = new Dictionary<string, int>(StringComparer.Ordinal) { ["l"] = 3 } });
        BinaryColumn b = builder.Column<BinaryColumn>("b");
        ListColumn l = builder.Column<ListColumn>("l");
        Assert.That(b.HasRoom(11), Is.False);
        Assert.That(() => b.Append(new byte[11]), Throws.InvalidOperationException.With.Message.Contains("10 bytes"));
        b.Append(new byte[8]);
        Assert.That((b.Remaining, b.HasRoom(2), b.HasRoom(3)), Is.EqualTo((2, true, false)));
        l.Begin();
        ((Int8Column)l.Item).Append([1, 2, 3]);
        Assert.That(l.Remaining, Is.Zero);
        Assert.That(() => ((Int8Column)l.Item).Append(4), Throws.InvalidOperationException);
        l.End();
        builder.EndRow();
        b.Append(new byte[2]);
        l.Begin();
        l.End();
        builder.EndRow();
        Assert.That(builder.HasRoomForRow, Is.False);
        Assert.That(() => b.Append([]), Throws.InvalidOperationException.With.Message.Contains("2 values"));
    }

    [Test]
    public void A_frame_is_filled_in_place()
    {
        using var builder = new BatchBuilder(new ArrowSchema([new ArrowField("frame", ArrowType.Binary)]), new BatchCapacity { Rows = 2 });
        BinaryColumn frame = builder.Column<BinaryColumn>(0);
        "abcdef"u8.CopyTo(frame.Reserve(100));
        frame.Commit(6);
        builder.EndRow();
        Assert.That(builder.Bytes, Is.EqualTo(6 + (2 * 4)));
        RecordBatch batch = RecordBatch.Decode(builder.Schema, Encode(builder));
        Assert.That(batch.Columns[0].Bytes(0).SequenceEqual("abcdef"u8));
    }

    [Test]
    public void Misuse_is_said_in_words()
    {
        using var rows = new Rows(2);
        Assert.That(() => rows.Builder.Column<Int32Column>(0), Throws.InvalidOperationException.With.Message.Contains("int64"));
        Assert.That(() => rows.Builder.Column<Int64Column>("missing"), Throws.ArgumentException.With.Message.Contains("missing"));
        Assert.That(() => rows.Builder.Column<Int64Column>("t").AppendNull(), Throws.InvalidOperationException.With.Message.Contains("not nullable"));
        FixedSizeListColumn samples = rows.Builder.Column<FixedSizeListColumn>("samples");
        Assert.That(() => samples.Append<short>([1, 2, 3]), Throws.ArgumentException.With.Message.Contains("lists of 4"));
        Assert.That(() => samples.Append<int>([1, 2, 3, 4]), Throws.InvalidOperationException.With.Message.Contains("int16"));
    }

    [Test]
    public void Lists_that_32_bit_offsets_cannot_hold_are_refused_before_memory_is_taken()
    {
        ArrowSchema schema = new([new ArrowField("a", ArrowType.FixedSizeList(ArrowType.Int8, 1_000_000))]);
        Assert.That(() => new BatchBuilder(schema, new BatchCapacity { Rows = 3000 }), Throws.ArgumentException.With.Message.Contains("fewer rows"));
    }

    [Test]
    [Explicit]
    [Category("Long")]
    public void A_batch_that_could_pass_2_GiB_is_refused_before_the_first_row()
    {
        ArrowSchema schema = new([new ArrowField("a", ArrowType.Binary), new ArrowField("b", ArrowType.Binary)]);
        using var builder = new BatchBuilder(schema, new BatchCapacity { Rows = 1, VariableBytes = 1_100_000_000 });
        Assert.That(() => new IpcEncoder(schema).MaxBatchLength(builder), Throws.ArgumentException.With.Message.Contains("less capacity"));
        Assert.That(
            () => new IpcEncoder(schema).EncodeBatch(builder, new byte[100], 64),
            Throws.ArgumentException.With.Message.Contains("does not fit").Or.Message.Contains("MaxBatchLength"));
    }

    private static byte[] Encode(BatchBuilder builder)
    {
        var encoder = new IpcEncoder(builder.Schema);
        byte[] buffer = new byte[encoder.MaxBatchLength(builder)];
        return buffer[..(int)encoder.EncodeBatch(builder, buffer, 64).Length];
    }

    private sealed class Rows : IDisposable
    {
        private readonly Int64Column _t;
        private readonly BoolColumn _ok;
        private readonly BinaryColumn _frame;
        private readonly Utf8Column _note;
        private readonly FixedSizeListColumn _samples;
        private readonly StructColumn _pose;
        private readonly Float64Column _x;
        private readonly Float64Column _y;
        private readonly ListColumn _markers;
        private readonly StructColumn _marker;
        private readonly Int32Column _id;
        private readonly FixedSizeListColumn _p;

        public Rows(int capacity)
        {
            Builder = new BatchBuilder(s_schema, new BatchCapacity { Rows = capacity });
            _t = Builder.Column<Int64Column>("t");
            _ok = Builder.Column<BoolColumn>("ok");
            _frame = Builder.Column<BinaryColumn>("frame");
            _note = Builder.Column<Utf8Column>("note");
            _samples = Builder.Column<FixedSizeListColumn>("samples");
            _pose = Builder.Column<StructColumn>("pose");
            _x = _pose.Child<Float64Column>(0);
            _y = _pose.Child<Float64Column>(1);
            _markers = Builder.Column<ListColumn>("markers");
            _marker = (StructColumn)_markers.Item;
            _id = _marker.Child<Int32Column>(0);
            _p = _marker.Child<FixedSizeListColumn>(1);
        }

        public BatchBuilder Builder { get; }

        public void Fill(int rows)
        {
            Builder.Clear();
            for (int i = 0; i < rows; i++)
            {
                Append(i);
            }
        }

        public void Append(int i)
        {
            AppendParts(8, i);
            Builder.EndRow();
        }

        /// <summary>The first <paramref name="parts"/> of the 7 columns; 7 leaves the last list open, 8 ends it.</summary>
        public void AppendParts(int parts, int i = 1)
        {
            ReadOnlySpan<short> samples = [(short)i, 2, 3, 4];
            ReadOnlySpan<float> position = [i, 2f, 3f];
            ReadOnlySpan<byte> frame = "\xff\xd8 jpeg"u8;
            if (parts > 0)
            {
                _t.Append(i);
            }

            if (parts > 1)
            {
                _ok.Append(i % 2 == 0);
            }

            if (parts > 2)
            {
                _frame.Append(frame);
            }

            if (parts > 3)
            {
                _note.Append("über");
            }

            if (parts > 4)
            {
                _samples.Append(samples);
            }

            if (parts > 5 && i % 3 == 0)
            {
                _pose.AppendNull();
            }
            else if (parts > 5)
            {
                _x.Append(i);
                _y.Append(-i);
                _pose.End();
            }

            if (parts > 6)
            {
                _markers.Begin();
                _id.Append(i);
                _p.Append(position);
                _marker.End();
            }

            if (parts > 7)
            {
                _markers.End();
            }
        }

        public void Dispose() => Builder.Dispose();
    }
}
