namespace Capture.Arrow.Tests;

/// <summary>
/// One small file, byte for byte: a change of the layout shows here first. The same bytes are read by the foreign readers (ForeignReaderTests).
/// </summary>
public sealed class GoldenFileTests
{
    /// <summary>Columns t_ns (int64, unit ns) and ok (nullable bool); rows (1, true), (-2, null), (3, false) in one batch that carries crc32c=00000000.</summary>
    internal const string Hex = """
        4152524f 57310000 ffffffff 30010000 18000000 00000000 00000e00 18000800
        0a000400 10000000 0e000000 24000000 04000100 00000000 00000000 00000000
        00000000 00000a00 0a000800 04000000 0a000000 08000000 00000000 02000000
        20000000 a4000000 00000000 00001200 16000400 14001500 08000000 0c001000
        12000000 14000000 28000000 30000000 30000000 00020000 04000000 745f6e73
        00000000 00000000 08000900 04000800 08000000 40000000 01000000 00000000
        01000000 0c000000 08000c00 04000800 08000000 08000000 10000000 04000000
        756e6974 00000000 02000000 6e730000 00000000 00001200 12000400 10001100
        08000000 0c000000 12000000 10000000 18000000 18000000 01060000 02000000
        6f6b0000 04000400 04000000 00000000 00000000 00000000 00000000 00000000
        ffffffff f8000000 18000000 00000000 00000e00 18000c00 0e000400 10000800
        0e000000 54000000 10000000 04000300 c0000000 00000000 01000000 0c000000
        08000c00 04000800 08000000 08000000 10000000 06000000 63726333 32630000
        08000000 30303030 30303030 00000a00 18001000 04000800 0a000000 18000000
        3c000000 00000000 03000000 00000000 00000000 02000000 03000000 00000000
        00000000 00000000 03000000 00000000 01000000 00000000 00000000 04000000
        00000000 00000000 00000000 00000000 00000000 00000000 18000000 00000000
        40000000 00000000 01000000 00000000 80000000 00000000 01000000 00000000
        01000000 00000000 feffffff ffffffff 03000000 00000000 00000000 00000000
        00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
        05000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
        00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
        01000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
        00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
        ffffffff 00000000 18000000 00000000 00000e00 12001000 04000800 0c000000
        0e000000 1c000000 fc000000 00010000 04000000 00000a00 0a000800 04000000
        0a000000 08000000 00000000 02000000 20000000 a4000000 00000000 00001200
        16000400 14001500 08000000 0c001000 12000000 14000000 28000000 30000000
        30000000 00020000 04000000 745f6e73 00000000 00000000 08000900 04000800
        08000000 40000000 01000000 00000000 01000000 0c000000 08000c00 04000800
        08000000 08000000 10000000 04000000 756e6974 00000000 02000000 6e730000
        00000000 00001200 12000400 10001100 08000000 0c000000 12000000 10000000
        18000000 18000000 01060000 02000000 6f6b0000 04000400 04000000 00000000
        00000000 00000000 00000000 01000000 40010000 00000000 00010000 00000000
        c0000000 00000000 40010000 4152524f 5731
        """;

    internal static byte[] Bytes => Convert.FromHexString(string.Concat(Hex.Where(char.IsAsciiHexDigit)));

    [Test]
    public void The_smallest_file_is_written_byte_for_byte()
    {
        var schema = new ArrowSchema([
            new ArrowField("t_ns", ArrowType.Int64) { Metadata = ArrowMetadata.Of(("unit", "ns")) },
            new ArrowField("ok", ArrowType.Bool, Nullable: true),
        ]);
        using var builder = new BatchBuilder(schema, new BatchCapacity { Rows = 3 });
        Int64Column t = builder.Column<Int64Column>("t_ns");
        BoolColumn ok = builder.Column<BoolColumn>("ok");
        t.Append(1);
        ok.Append(true);
        builder.EndRow();
        t.Append(-2);
        ok.AppendNull();
        builder.EndRow();
        t.Append(3);
        ok.Append(false);
        builder.EndRow();

        using var stream = new MemoryStream();
        using (var writer = new ArrowFileWriter(stream, schema))
        {
            var metadata = new MessageMetadata();
            metadata.Add("crc32c"u8, "00000000"u8);
            writer.Write(builder, metadata);
        }

        Assert.That(Convert.ToHexStringLower(stream.ToArray()), Is.EqualTo(Convert.ToHexStringLower(Bytes)));
    }

    [Test]
    public void The_smallest_file_is_read()
    {
        using ArrowReader reader = ArrowReader.Open(Bytes);
        Assert.That(reader.Tail.Kind, Is.EqualTo(ArrowTailKind.Sealed));
        Assert.That(reader.Schema.Fields[0].Metadata.Find("unit"), Is.EqualTo("ns"));
        RecordBatch batch = reader.ReadBatch(0);
        Assert.That(batch.Column("t_ns").Values<long>().ToArray(), Is.EqualTo(new[] { 1L, -2, 3 }));
        Assert.That(batch.Column("ok").Validity[0], Is.EqualTo(0b101));
        Assert.That(batch.Message.Find("crc32c")?.Value, Is.EqualTo("00000000"));
    }
}
