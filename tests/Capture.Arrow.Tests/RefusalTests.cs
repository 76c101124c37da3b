using System.Buffers.Binary;

namespace Capture.Arrow.Tests;

/// <summary>What is refused, each with its kind and a sentence. Types that real writers use are refused in ForeignReaderTests.</summary>
public sealed class RefusalTests
{
    [TestCase(2, 0, ArrowFault.Unsupported, "V3")]
    [TestCase(4, 1, ArrowFault.Unsupported, "big-endian")]
    public void Old_versions_and_big_endian_are_refused(short version, short endianness, ArrowFault fault, string word)
    {
        byte[] bytes = Message((ref FlatWriter w) => Schema(ref w, endianness, 0), FlatNames.HeaderSchema, version);
        Assert.That(() => ArrowReader.Open(bytes), Refused(fault, word));
    }

    [TestCase(4, "a tensor")]
    [TestCase(9, "kind 9")]
    public void Other_messages_are_refused(byte header, string word)
    {
        byte[] bytes = Message((ref FlatWriter w) => Schema(ref w, 0, 0), header, FlatNames.VersionV5);
        Assert.That(() => ArrowReader.Open(bytes), Refused(ArrowFault.Unsupported, word));
    }

    [Test]
    public void An_unknown_codec_is_refused_and_what_lies_before_it_is_read()
    {
        byte[] first = new SampleTable(new ArrowSchema([new ArrowField("t", ArrowType.Int64)]), Nulls.None, 1, 3).Write(file: false)[..^8];
        byte[] compressed = Message(
            (ref FlatWriter w) =>
            {
                Span<int> at = stackalloc int[4];
                int table = w.Table([8, 4, 4, 4], at);
                Span<int> codec = stackalloc int[2];
                w.Point(at[3], w.Table([1, 1], codec));
                w.Byte(codec[0], 7);
                return table;
            },
            FlatNames.HeaderRecordBatch,
            FlatNames.VersionV5);
        using ArrowReader reader = ArrowReader.Open((byte[])[.. first, .. compressed]);
        Assert.That((reader.Batches.Count, reader.Tail.Kind, reader.Tail.Offset), Is.EqualTo((1, ArrowTailKind.Damaged, (long)first.Length)));
        Assert.That(reader.Tail.Reason, Does.Contain("codec 7").And.Contain("Write it uncompressed"));
    }

    [Test]
    public void A_schema_nested_too_deep_or_too_wide_is_refused()
    {
        var limits = new ArrowReadLimits { Depth = 3, Fields = 40, MetadataPairs = 5, Rows = 9, MetadataBytes = 100_000 };
        ArrowType deep = ArrowType.List(ArrowType.List(ArrowType.List(ArrowType.Int8)));
        Assert.That(() => Open([new ArrowField("a", deep)], limits), Refused(ArrowFault.LimitExceeded, "3 deep"));
        Assert.That(() => Open(Enumerable.Range(0, 41).Select(i => new ArrowField($"f{i}", ArrowType.Int8)), limits), Refused(ArrowFault.LimitExceeded, "40 fields"));
        var wordy = new ArrowField("a", ArrowType.Int8) { Metadata = new ArrowMetadata(Enumerable.Range(0, 6).Select(i => KeyValuePair.Create($"k{i}", ""))) };
        Assert.That(() => Open([wordy], limits), Refused(ArrowFault.LimitExceeded, "5 custom metadata pairs"));
        Assert.That(() => Open([new ArrowField(new string('n', 100_000), ArrowType.Int8)], limits), Refused(ArrowFault.LimitExceeded, "100000"));

        byte[] tenRows = new SampleTable(new ArrowSchema([new ArrowField("t", ArrowType.Int64)]), Nulls.None, 1, 10).Write(file: true);
        using ArrowReader reader = ArrowReader.Open(tenRows, limits);
        Assert.That((reader.Batches.Count, reader.Tail.Kind), Is.EqualTo((0, ArrowTailKind.Damaged)));
        Assert.That(reader.Tail.Reason, Does.Contain("10 rows, over the limit of 9"));
    }

    [Test]
    public void Columns_that_break_their_promises_are_refused_by_name()
    {
        ArrowSchema schema = new([new ArrowField("s", ArrowType.Utf8, Nullable: true), new ArrowField("l", ArrowType.List(ArrowType.Int16))]);
        using var builder = new BatchBuilder(schema, new BatchCapacity { Rows = 4 });
        foreach (string text in (string[])["ä", "bc", "d"])
        {
            builder.Column<Utf8Column>(0).Append(text);
            ListColumn list = builder.Column<ListColumn>(1);
            list.Begin();
            ((Int16Column)list.Item).Append(7);
            list.End();
            builder.EndRow();
        }

        var encoder = new IpcEncoder(schema);
        byte[] good = new byte[encoder.MaxBatchLength(builder)];
        ArrowBlock block = encoder.EncodeBatch(builder, good, 64);

        // The body: offsets of s at 0, its data at 64, offsets of l at 128, items at 192.
        Assert.That(() => Decode(good, schema, block, 4, 9), Refused(ArrowFault.Malformed, "'s': offset 2 is 4, less than 9"));
        Assert.That(() => Decode(good, schema, block, 12, 99), Refused(ArrowFault.Malformed, "'s': the last offset is 99, beyond the 5"));
        Assert.That(() => Decode(good, schema, block, 4, 1), Refused(ArrowFault.Malformed, "'s': row 0 is not UTF-8"));
        Assert.That(() => Decode(good, schema, block, 128, -1), Refused(ArrowFault.Malformed, "'l': offset 0 is -1"));
        Assert.That(() => Decode(good, schema, block, 140, 4), Refused(ArrowFault.Malformed, "'l': the last offset is 4, beyond the 3"));

        ArrowSchema other = new([new ArrowField("s", ArrowType.Utf8, Nullable: true)]);
        Assert.That(() => RecordBatch.Decode(other, good), Refused(ArrowFault.Malformed, "belongs to another schema"));
    }

    private static void Decode(byte[] good, ArrowSchema schema, ArrowBlock block, int bodyByte, int value)
    {
        byte[] bad = [.. good];
        BinaryPrimitives.WriteInt32LittleEndian(bad.AsSpan(block.MetadataLength + bodyByte), value);
        RecordBatch.Decode(schema, bad);
    }

    private delegate int WriteHeader(ref FlatWriter writer);

    private static byte[] Message(WriteHeader header, byte kind, short version)
    {
        byte[] bytes = new byte[1024];
        var writer = new FlatWriter(bytes.AsSpan(8));
        int root = writer.Root();
        Span<int> at = stackalloc int[4];
        writer.Point(root, writer.Table([2, 1, 4, 8], at));
        writer.Int16(at[0], version);
        writer.Byte(at[1], kind);
        writer.Point(at[2], header(ref writer));
        writer.Align(8);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, FlatNames.Continuation);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), writer.Position);
        return bytes[..(8 + writer.Position)];
    }

    private static int Schema(ref FlatWriter writer, short endianness, int fields)
    {
        Span<int> at = stackalloc int[2];
        int table = writer.Table([2, 4], at);
        writer.Int16(at[0], endianness);
        writer.Point(at[1], writer.Vector(fields, 4, 4));
        return table;
    }

    private static void Open(IEnumerable<ArrowField> fields, ArrowReadLimits limits)
    {
        var encoder = new IpcEncoder(new ArrowSchema(fields));
        byte[] bytes = new byte[encoder.MaxSchemaLength()];
        ArrowBlock block = encoder.EncodeSchema(bytes, 0);
        ArrowReader.Open(bytes.AsMemory(0, (int)block.Length), limits).Dispose();
    }

    private static NUnit.Framework.Constraints.IResolveConstraint Refused(ArrowFault fault, string word) =>
        Throws.TypeOf<ArrowFormatException>().With.Property("Fault").EqualTo(fault).And.Message.Contains(word);
}
