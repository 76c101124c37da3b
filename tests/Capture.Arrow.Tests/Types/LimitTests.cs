using System.Buffers.Binary;

namespace Capture.Arrow.Tests.Types;

/// <summary>What small files can claim to be, and what stops them: each limit with its harm.</summary>
public sealed class LimitTests
{
    [Test]
    public void A_buffer_that_claims_to_decompress_to_more_is_refused_before_memory_is_taken([Values(ArrowCompression.Lz4Frame, ArrowCompression.Zstd)] ArrowCompression codec)
    {
        byte[] bytes = Zeros(codec, 200_000);
        var limits = new ArrowReadLimits { DecompressedBytes = 100_000 };
        using ArrowReader reader = ArrowReader.Open(bytes, limits);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => reader.ReadBatch(0), Refused(ArrowFault.LimitExceeded, "100000"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
    }

    [TestCase(ArrowCompression.Lz4Frame, long.MaxValue, "cannot decompress to the 9223372036854775807")]
    [TestCase(ArrowCompression.Lz4Frame, -2, "cannot decompress to the -2")]
    [TestCase(ArrowCompression.Zstd, -2, "cannot decompress to the -2")]
    [TestCase(ArrowCompression.Lz4Frame, 150_000, "no good Lz4Frame")]
    [TestCase(ArrowCompression.Zstd, 150_000, "no good Zstd")]
    [TestCase(ArrowCompression.Lz4Frame, 200_008, "came out where 200008 are declared")]
    [TestCase(ArrowCompression.Zstd, 200_008, "came out where 200008 are declared")]
    public void A_declared_length_that_is_not_the_true_one_is_refused(ArrowCompression codec, long declared, string word)
    {
        byte[] bytes = Zeros(codec, 200_000);
        using (ArrowReader whole = ArrowReader.Open(bytes))
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan((int)whole.Batches[0].Block.BodyOffset), declared);
        }

        using ArrowReader reader = ArrowReader.Open(bytes);
        Assert.That(() => reader.ReadBatch(0), Refused(ArrowFault.Malformed, word));
    }

    [Test]
    public void Dictionaries_that_grow_beyond_the_limit_are_refused_and_batches_before_are_read()
    {
        var table = new AnyTable([new DictionaryType(ArrowType.Int32, ArrowType.Utf8, false, 0)], Nulls.None, 1, nullable: true, replace: false, 1, 40);
        var limits = new ArrowReadLimits { DictionaryBytes = 256 };
        using ArrowReader reader = ArrowReader.Open(table.Write(file: false), limits);
        Assert.That(reader.ReadBatch(0).Rows, Is.EqualTo(1));
        Assert.That(() => reader.ReadBatch(1), Refused(ArrowFault.LimitExceeded, "DictionaryBytes"));
    }

    [Test]
    public void List_views_that_repeat_without_end_are_not_shown_without_end()
    {
        const int Rows = 2000;
        ArrowField items = AnyType.Item(ArrowType.Int8);
        ArrowColumn values = ArrowColumn.Create(items, Rows, 0, [default, new byte[Rows]]);
        byte[] starts = new byte[4 * Rows];
        byte[] sizes = new byte[4 * Rows];
        for (int i = 0; i < Rows; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(sizes.AsSpan(4 * i), Rows);
        }

        var schema = new ArrowSchema([new ArrowField("l", new ListViewType(items))]);
        var batch = new RecordBatch(schema, Rows, ArrowColumn.Create(schema.Fields[0], Rows, 0, [default, starts, sizes], [values]));
        using var stream = new MemoryStream();
        using (var writer = new ArrowStreamWriter(stream, schema))
        {
            writer.Write(batch);
        }

        using ArrowReader reader = ArrowReader.Open(stream.ToArray());
        Assert.That(() => ArrowDump.Write(reader, Stream.Null, new ArrowReadLimits { ShownValues = 100_000 }), Refused(ArrowFault.LimitExceeded, "ShownValues"));
        Assert.That(() => ArrowDump.Write(reader, Stream.Null), Throws.Nothing, "4 million values are within the default");
    }

    [Test]
    public void Views_that_share_one_long_text_are_checked_once()
    {
        // A text that is not UTF-8 as a whole, shown by a million views: checked one by one this would be 10¹² bytes.
        const int Rows = 1_000_000;
        byte[] data = new byte[1 << 20];
        data[^1] = 0x80;
        byte[] views = new byte[16L * Rows];
        for (int i = 0; i < Rows; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(views.AsSpan(16 * i), data.Length - 1);
        }

        Assert.That(
            () => ArrowColumn.Create(new ArrowField("s", ArrowType.Utf8View), Rows, 0, [default, views, data]),
            Throws.ArgumentException.With.Message.Contains("add up to more than"));
    }

    [Test]
    public void A_dictionary_replaced_in_a_file_ends_what_is_whole()
    {
        var table = new AnyTable([new DictionaryType(ArrowType.Int32, ArrowType.Utf8, false, 0)], Nulls.None, 1, nullable: true, replace: true, 5, 5);
        byte[] stream = table.Write(file: false);
        // The same messages behind a file's magic.
        byte[] file = [.. "ARROW1\0\0"u8, .. stream];
        using ArrowReader reader = ArrowReader.Open(file);
        Assert.That((reader.Batches.Count, reader.Tail.Kind), Is.EqualTo((1, ArrowTailKind.Damaged)));
        Assert.That(reader.Tail.Reason, Does.Contain("Dictionary 0 is replaced"));
        Assert.That(reader.ReadBatch(0).Rows, Is.EqualTo(5));
    }

    [Test]
    public void Metadata_of_version_4_is_read()
    {
        foreach (AnyType type in AnyType.All.Where(t => t.Type is not UnionType))
        {
            var table = new AnyTable(type.Type, Nulls.Some, seed: 70, 9, 3);
            byte[] bytes = table.Write(file: false);
            using (ArrowReader reader = ArrowReader.Open(bytes))
            {
                foreach (ArrowMessage message in reader.Batches.Concat(reader.Dictionaries).Append(reader.SchemaMessage!))
                {
                    MakeVersion4(bytes.AsSpan((int)message.Block.Offset + 8));
                }
            }

            using ArrowReader old = ArrowReader.Open(bytes);
            Assert.That(AnyTable.RowsOf(old), Is.EqualTo(table.Rows), type.Name);
        }
    }

    private static void MakeVersion4(Span<byte> flatbuffer)
    {
        int table = BinaryPrimitives.ReadInt32LittleEndian(flatbuffer);
        int vtable = table - BinaryPrimitives.ReadInt32LittleEndian(flatbuffer[table..]);
        int version = table + BinaryPrimitives.ReadUInt16LittleEndian(flatbuffer[(vtable + 4)..]);
        Assert.That(BinaryPrimitives.ReadInt16LittleEndian(flatbuffer[version..]), Is.EqualTo(4), "V5 is numbered 4");
        BinaryPrimitives.WriteInt16LittleEndian(flatbuffer[version..], 3);
    }

    private static byte[] Zeros(ArrowCompression codec, int bytes)
    {
        var schema = new ArrowSchema([new ArrowField("z", ArrowType.Int64)]);
        using var stream = new MemoryStream();
        using (var writer = new ArrowStreamWriter(stream, schema, compression: codec))
        {
            writer.Write(new RecordBatch(schema, bytes / 8, ArrowColumn.Create(schema.Fields[0], bytes / 8, 0, [default, new byte[bytes]])));
        }

        return stream.ToArray();
    }

    private static NUnit.Framework.Constraints.IResolveConstraint Refused(ArrowFault fault, string word) =>
        Throws.TypeOf<ArrowFormatException>().With.Property("Fault").EqualTo(fault).And.Message.Contains(word);
}
