namespace Capture.Arrow.Tests;

public sealed class RoundTripTests
{
    private static readonly int[] s_sizes = [0, 1, 63, 64, 65, 1000];

    [Test]
    public void Every_type_comes_back_with_no_some_and_only_nulls_at_every_size(
        [ValueSource(typeof(SampleTable), nameof(SampleTable.Types))] ArrowType type, [Values] Nulls nulls, [Values] bool file)
    {
        ArrowSchema schema = SampleTable.SchemaOf([type], nullable: true);
        foreach (int size in s_sizes)
        {
            var table = new SampleTable(schema, nulls, seed: size, size);
            using ArrowReader reader = ArrowReader.Open(table.Write(file));
            Assert.That(reader.Schema, Is.EqualTo(schema));
            Assert.That(reader.IsFile, Is.EqualTo(file));
            Assert.That(reader.Tail.Kind, Is.EqualTo(file ? ArrowTailKind.Sealed : ArrowTailKind.EndOfStream), reader.Tail.Reason);
            Assert.That(reader.Batches, Has.Count.EqualTo(1));
            Assert.That(SampleTable.Shown(reader), Is.EqualTo(table.Shown()), $"{size} rows");
            int expected = nulls switch { Nulls.None => 0, Nulls.All => size, _ => reader.ReadBatch(0).Columns[0].NullCount };
            Assert.That(reader.ReadBatch(0).Columns[0].NullCount, Is.EqualTo(expected));
        }
    }

    [Test]
    public void Columns_that_take_no_nulls_come_back([Values] bool file)
    {
        var table = new SampleTable(SampleTable.SchemaOf(SampleTable.Types(), nullable: false), Nulls.Some, seed: 3, 65, 0, 1000);
        using ArrowReader reader = ArrowReader.Open(table.Write(file));
        Assert.That(SampleTable.Shown(reader), Is.EqualTo(table.Shown()));
        Assert.That(reader.Batches.Select(b => b.Rows), Is.EqualTo(new[] { 65, 0, 1000 }));
    }

    [Test]
    public void A_file_on_disk_is_read_as_its_bytes_are()
    {
        var table = new SampleTable(SampleTable.SchemaOf(SampleTable.Types(), nullable: true), Nulls.Some, seed: 4, 100, 10);
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.arrow");
        try
        {
            File.WriteAllBytes(path, table.Write(file: true));
            using ArrowReader reader = ArrowReader.Open(path);
            Assert.That(SampleTable.Shown(reader), Is.EqualTo(table.Shown()));
            byte[] whole = File.ReadAllBytes(path);
            foreach (ArrowMessage message in reader.Batches)
            {
                byte[] bytes = new byte[message.Block.Length];
                Assert.That(reader.ReadMessage(message, bytes), Is.EqualTo(bytes.Length));
                Assert.That(bytes, Is.EqualTo(whole[(int)message.Block.Offset..(int)message.Block.End]));
                ArrowMessagePair crc = message.Find("crc32c")!.Value;
                Assert.That(bytes.AsSpan(crc.ValueOffset, crc.ValueLength).SequenceEqual("00000000"u8), "the reader tells where a metadata value lies");
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void Structs_in_lists_in_structs_nest_to_the_limit()
    {
        ArrowType type = ArrowType.Int16;
        for (int depth = 2; depth < BatchBuilder.MaxDepth; depth++)
        {
            type = depth % 2 == 0 ? ArrowType.List(type) : ArrowType.Struct(new ArrowField("inner", type, Nullable: true));
        }

        var table = new SampleTable(SampleTable.SchemaOf([type], nullable: true), Nulls.Some, seed: 5, 50);
        using ArrowReader reader = ArrowReader.Open(table.Write(file: true));
        Assert.That(SampleTable.Shown(reader), Is.EqualTo(table.Shown()));

        ArrowSchema tooDeep = SampleTable.SchemaOf([ArrowType.List(ArrowType.List(type))], nullable: true);
        Assert.That(() => new BatchBuilder(tooDeep, new BatchCapacity { Rows = 1 }), Throws.ArgumentException.With.Message.Contains("deep"));
    }

    [Test]
    public void Metadata_of_messages_and_footer_come_back_with_their_places()
    {
        var schema = new ArrowSchema([new ArrowField("t", ArrowType.Int64)]);
        using var stream = new MemoryStream();
        var metadata = new MessageMetadata();
        int marked = metadata.Add("crc32c"u8, "abcd1234"u8);
        metadata.Add("note"u8, "schéma"u8);
        using var writer = new ArrowFileWriter(stream, schema, metadata);
        int inSchema = metadata.ValueOffset(marked);
        writer.Close(metadata);
        byte[] bytes = stream.ToArray();

        using ArrowReader reader = ArrowReader.Open(bytes);
        Assert.That(reader.SchemaMessage!.Metadata.Select(p => (p.Key, p.Value)), Is.EqualTo(new[] { ("crc32c", "abcd1234"), ("note", "schéma") }));
        Assert.That(reader.SchemaMessage!.Find("crc32c")!.Value.ValueOffset, Is.EqualTo(inSchema));
        Assert.That(bytes.AsSpan(8 + inSchema, 8).SequenceEqual("abcd1234"u8));
        ArrowFooter footer = reader.Footer!;
        Assert.That(footer.Metadata.Select(p => p.Value), Is.EqualTo(new[] { "abcd1234", "schéma" }));
        Assert.That(bytes.AsSpan((int)footer.Offset + footer.Metadata[0].ValueOffset, 8).SequenceEqual("abcd1234"u8));
        Assert.That(metadata.ValueOffset(marked), Is.EqualTo(footer.Metadata[0].ValueOffset + IpcEncoder.EndOfStreamLength));
    }
}
