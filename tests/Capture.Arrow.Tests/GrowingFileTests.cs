using System.Buffers.Binary;

namespace Capture.Arrow.Tests;

/// <summary>What the recorder relies on: files that grow, are torn, and are sealed later.</summary>
public sealed class GrowingFileTests
{
    private static readonly ArrowSchema s_schema = SampleTable.SchemaOf([ArrowType.Int64, ArrowType.Binary, ArrowType.Bool], nullable: true);

    [Test]
    public void Bodies_and_buffers_begin_on_64_byte_file_offsets([Values] bool file, [Values(0, 1, 7, 40)] int metadataLength)
    {
        var table = new SampleTable(SampleTable.SchemaOf(SampleTable.Types(), nullable: true), Nulls.Some, 1, 10, 0, 77);
        var encoder = new IpcEncoder(table.Schema);
        using BatchBuilder builder = table.Builder();
        var metadata = new MessageMetadata();
        metadata.Add("k"u8, new byte[metadataLength]);
        byte[] buffer = new byte[Math.Max(encoder.MaxBatchLength(builder, metadata), encoder.MaxSchemaLength(metadata))];
        ArrowBlock block = encoder.EncodeSchema(buffer, file ? 8 : 0, metadata);
        Assert.That(block.End % 64, Is.Zero);
        for (int i = 0; i < 3; i++)
        {
            table.Fill(builder, i);
            buffer.AsSpan().Fill(0xEE);
            block = encoder.EncodeBatch(builder, buffer, block.End + (i * 8), metadata);
            Assert.That((block.BodyOffset % 64, block.BodyLength % 64, block.MetadataLength % 8), Is.EqualTo((0, 0, 0)), $"batch {i}");
            int used = (int)block.Length;
            Assert.That(buffer[used], Is.EqualTo(0xEE), "nothing is written behind the message");
            RecordBatch batch = RecordBatch.Decode(table.Schema, buffer.AsMemory(0, used));
            Assert.That(batch.Rows, Is.EqualTo(builder.Rows));
            ArrowColumn frames = batch.Columns[8];
            Assert.That(frames.Field.Type, Is.EqualTo(ArrowType.Binary));
            for (int row = 0; row < frames.Length; row++)
            {
                ReadOnlySpan<byte> inPlace = buffer.AsSpan(block.MetadataLength + (int)frames.BytesOffset(row), frames.Bytes(row).Length);
                Assert.That(inPlace.SequenceEqual(frames.Bytes(row)), $"row {row} is a byte range of the file");
            }
        }
    }

    [Test]
    public void A_file_cut_at_any_byte_gives_its_whole_messages_and_the_tail()
    {
        var table = new SampleTable(s_schema, Nulls.Some, 2, 3, 0, 5, 2);
        byte[] bytes = table.Write(file: true);
        using ArrowReader whole = ArrowReader.Open(bytes);
        long[] ends = [whole.SchemaMessage!.Block.End, .. whole.Batches.Select(b => b.Block.End)];
        string[] shown = table.Shown();
        for (int length = 0; length <= bytes.Length; length++)
        {
            ReadOnlyMemory<byte> cut = bytes.AsMemory(0, length);
            if (length < ends[0])
            {
                Assert.That(() => ArrowReader.Open(cut), Throws.TypeOf<ArrowFormatException>().With.Property("Fault").EqualTo(ArrowFault.Truncated), $"{length} bytes");
                continue;
            }

            using ArrowReader reader = ArrowReader.Open(cut);
            int batches = ends.Count(e => e <= length) - 1;
            Assert.That(reader.Batches, Has.Count.EqualTo(batches), $"{length} bytes");
            Assert.That(reader.Tail.Offset, Is.EqualTo(ends[batches]));
            Assert.That(reader.Tail.Length, Is.EqualTo(length - ends[batches]));
            ArrowTailKind kind = length == bytes.Length ? ArrowTailKind.Sealed : length == ends[batches] ? ArrowTailKind.Open : ArrowTailKind.Torn;
            Assert.That(reader.Tail.Kind, Is.EqualTo(kind), $"{length} bytes: {reader.Tail.Reason}");
            Assert.That(reader.Tail.Reason, kind == ArrowTailKind.Torn ? Is.Not.Empty : Is.Null);
            string[] read = SampleTable.Shown(reader);
            Assert.That(read, Is.EqualTo(shown[..read.Length]));
        }
    }

    [Test]
    public void A_torn_file_is_sealed_with_its_whole_messages_byte_equal()
    {
        byte[] bytes = new SampleTable(s_schema, Nulls.Some, 2, 3, 5, 2).Write(file: true);
        using ArrowReader whole = ArrowReader.Open(bytes);
        using ArrowReader torn = ArrowReader.Open(bytes.AsMemory(0, (int)whole.Batches[2].Block.End - 1));
        Assert.That((torn.Batches.Count, torn.Tail.Kind), Is.EqualTo((2, ArrowTailKind.Torn)));

        var encoder = new IpcEncoder(torn.Schema);
        ArrowBlock[] blocks = [.. torn.Batches.Select(b => b.Block)];
        byte[] closing = new byte[encoder.MaxClosingLength(blocks.Length)];
        int length = encoder.EncodeClosing(closing, blocks);
        byte[] repaired = [.. bytes[..(int)torn.Tail.Offset], .. closing[..length]];
        using ArrowReader again = ArrowReader.Open(repaired);
        Assert.That((again.Batches.Count, again.Tail.Kind), Is.EqualTo((2, ArrowTailKind.Sealed)), again.Tail.Reason);
        Assert.That(repaired.AsSpan(0, (int)torn.Tail.Offset).SequenceEqual(bytes.AsSpan(0, (int)torn.Tail.Offset)));

        // The whole file, sealed anew from what was scanned, is the file it was.
        ArrowBlock[] all = [.. whole.Batches.Select(b => b.Block)];
        closing = new byte[encoder.MaxClosingLength(all.Length)];
        length = encoder.EncodeClosing(closing, all);
        Assert.That(bytes[(int)whole.Tail.Offset..], Is.EqualTo(closing[..length]));
    }

    [Test]
    public void A_growing_file_is_followed_to_its_seal()
    {
        byte[] bytes = new SampleTable(s_schema, Nulls.Some, 2, 3, 5, 2).Write(file: true);
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.arrow");
        try
        {
            using FileStream writer = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite);
            ArrowReader? reader = null;
            int found = 0;
            for (int at = 0; at < bytes.Length; at += 50)
            {
                writer.Write(bytes.AsSpan(at, Math.Min(50, bytes.Length - at)));
                writer.Flush();
                try
                {
                    reader ??= ArrowReader.Open(path);
                }
                catch (ArrowFormatException e) when (e.Fault == ArrowFault.Truncated)
                {
                    continue;
                }

                int before = reader.Batches.Count;
                found += reader.Refresh();
                Assert.That(reader.Tail.Kind, Is.Not.EqualTo(ArrowTailKind.Damaged), reader.Tail.Reason);
                Assert.That(reader.Batches, Has.Count.GreaterThanOrEqualTo(before));
            }

            using (reader)
            {
                Assert.That(reader!.Tail.Kind, Is.EqualTo(ArrowTailKind.Sealed));
                Assert.That(reader.Batches, Has.Count.EqualTo(3));
                Assert.That(found, Is.InRange(2, 3));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void Bytes_behind_the_last_message_that_are_no_message_are_told_apart()
    {
        byte[] bytes = new SampleTable(s_schema, Nulls.Some, 2, 3).Write(file: true);
        using ArrowReader whole = ArrowReader.Open(bytes);
        int end = (int)whole.Tail.Offset;
        byte[] zeros = [.. bytes[..end], .. new byte[100]];
        using ArrowReader reader = ArrowReader.Open(zeros);
        Assert.That((reader.Tail.Kind, reader.Tail.Offset, reader.Tail.Length, reader.Batches.Count), Is.EqualTo((ArrowTailKind.Damaged, (long)end, 100L, 1)));
        Assert.That(reader.Tail.Reason, Does.Contain("FFFFFFFF"));
    }

    [Test]
    public void A_footer_that_disagrees_with_the_messages_is_told()
    {
        byte[] bytes = new SampleTable(s_schema, Nulls.Some, 2, 3, 4).Write(file: true);
        using ArrowReader whole = ArrowReader.Open(bytes);
        ArrowBlock second = whole.Batches[1].Block;
        int at = bytes.AsSpan((int)whole.Footer!.Offset).LastIndexOf(BitConverter.GetBytes(second.Offset)) + (int)whole.Footer.Offset;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), second.Offset + 8);
        using ArrowReader reader = ArrowReader.Open(bytes);
        Assert.That(reader.Tail.Kind, Is.EqualTo(ArrowTailKind.Damaged));
        Assert.That(reader.Tail.Reason, Does.Contain($"batch 1 at {second.Offset + 8}"));
        Assert.That(reader.Footer, Is.Null);
        Assert.That(reader.Batches, Has.Count.EqualTo(2), "whole messages are read all the same");
    }

    [Test]
    public void Blocks_out_of_order_and_odd_offsets_are_not_written()
    {
        var encoder = new IpcEncoder(s_schema);
        byte[] buffer = new byte[encoder.MaxClosingLength(2)];
        Assert.That(() => encoder.EncodeClosing(buffer, [new ArrowBlock(128, 64, 64), new ArrowBlock(64, 64, 64)]), Throws.ArgumentException.With.Message.Contains("out of order"));
        Assert.That(() => encoder.EncodeSchema(buffer, 12), Throws.ArgumentException.With.Message.Contains("multiple of 8"));
        Assert.That(() => encoder.EncodeSchema(buffer.AsSpan(0, 40), 8), Throws.ArgumentException.With.Message.Contains("does not fit"));
    }
}
