using System.Text.Json;
using Capture.Arrow;
using EndToEnd.Processes;

namespace EndToEnd;

/// <summary>`capture dump` and `capture rewrite` on files of several types, good and damaged. Every type: Capture.Arrow.Tests.</summary>
internal sealed class ArrowCommandTests
{
    private Scratch _scratch = null!;

    [SetUp]
    public void Make() => _scratch = new Scratch("arrow");

    [TearDown]
    public void Remove() => _scratch.Dispose();

    [Test]
    public void Dump_prints_schema_batches_rows_and_end_without_losing_anything()
    {
        Finished dump = CaptureProgram.Run("dump", Table("in.arrow"));
        Assert.That(dump.Exit, Is.Zero, dump.Errors);
        JsonElement[] lines = [.. Lines(dump)];
        Assert.That(lines.Select(l => l.EnumerateObject().Single().Name), Is.EqualTo((string[])["schema", "batch", "row", "row", "row", "end"]));
        JsonElement schema = lines[0].GetProperty("schema");
        Assert.That(schema.GetProperty("fields")[0].GetRawText(), Is.EqualTo(
            """{"name":"t_ns","type":{"name":"int","bitWidth":64,"isSigned":true},"nullable":false,"children":[],"metadata":[{"key":"unit","value":"ns"}]}"""));
        Assert.That(schema.GetProperty("metadata").GetRawText(), Is.EqualTo("""[{"key":"rig","value":"bench"}]"""));
        Assert.That(lines[2..5].Select(l => l.GetProperty("row").GetRawText()), Is.EqualTo((string[])[
            """{"t_ns":"9223372036854775807","v":-0,"raw":"AAE="}""",
            """{"t_ns":"-9223372036854775808","v":"NaN","raw":null}""",
            """{"t_ns":"0","v":"-Infinity","raw":""}"""]));
        Assert.That(lines[5].GetProperty("end").GetProperty("tail").GetString(), Is.EqualTo("sealed"));
    }

    [TestCase("none")]
    [TestCase("lz4")]
    [TestCase("zstd")]
    public void Rewrite_keeps_what_a_dump_shows(string compression)
    {
        string source = Table("in.arrow");
        string target = _scratch["out.arrows"];
        Finished rewrite = CaptureProgram.Run("rewrite", source, target, "--stream", "--compress", compression);
        Assert.That(rewrite.Exit, Is.Zero, rewrite.Errors);
        Finished dump = CaptureProgram.Run("dump", target);
        Assert.That(Lines(dump).Where(l => l.TryGetProperty("row", out _)).Select(l => l.GetRawText()), Is.EqualTo(Lines(CaptureProgram.Run("dump", source)).Where(l => l.TryGetProperty("row", out _)).Select(l => l.GetRawText())));
        JsonElement batch = Lines(dump).ElementAt(1).GetProperty("batch");
        Assert.That(batch.GetProperty("compression").GetString(), Is.EqualTo(compression));
        Assert.That(batch.GetProperty("metadata").GetRawText(), Is.EqualTo("""[{"key":"note","value":"kept"}]"""), "the checksum was of other bytes");
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(target)!, "*.part"), Is.Empty);
    }

    [Test]
    public void Rewrite_in_place_is_refused_by_any_name()
    {
        string source = Table("in.arrow");
        byte[] before = File.ReadAllBytes(source);
        File.CreateSymbolicLink(_scratch["link.arrow"], source);
        Expect(CaptureProgram.Run("rewrite", source, Path.Combine(Path.GetDirectoryName(source)!, ".", "in.arrow")), 2, "one file", "name another");
        Expect(CaptureProgram.Run("rewrite", source, _scratch["link.arrow"]), 2, "one file");
        Assert.That(File.ReadAllBytes(source), Is.EqualTo(before));
    }

    [Test]
    public void A_damaged_batch_leaves_the_old_output_as_it_was()
    {
        string source = Table("in.arrow");
        byte[] bytes = File.ReadAllBytes(source);
        using (ArrowReader reader = ArrowReader.Open(bytes))
        {
            // The last offset of `raw`, behind t_ns, v and the bitmap of raw: far beyond its data.
            bytes[(int)reader.Batches[0].Block.BodyOffset + (3 * 64) + 12] = 0x7F;
        }

        File.WriteAllBytes(source, bytes);
        string target = _scratch["out.arrow"];
        File.WriteAllText(target, "old");
        Expect(CaptureProgram.Run("rewrite", source, target), 1, "in.arrow", "Batch 0", "'raw'", "127");
        Assert.That(File.ReadAllText(target), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(target)!, "*.part"), Is.Empty);
        Finished dump = CaptureProgram.Run("dump", source);
        Expect(dump, 1, "Batch 0", "'raw'");
        Assert.That(Lines(dump).Count(), Is.EqualTo(1), "the schema is whole");
    }

    [Test]
    public void A_torn_file_gives_what_is_whole()
    {
        string source = Table("in.arrow");
        File.WriteAllBytes(source, File.ReadAllBytes(source)[..^40]);
        Finished rewrite = CaptureProgram.Run("rewrite", source, _scratch["out.arrow"]);
        Expect(rewrite, 0, "1 batches are whole");
        using ArrowReader reader = ArrowReader.Open(_scratch["out.arrow"]);
        Assert.That((reader.Tail.Kind, reader.Batches.Count), Is.EqualTo((ArrowTailKind.Sealed, 1)));
    }

    [Test]
    public void What_is_no_Arrow_or_not_there_is_told()
    {
        File.WriteAllText(_scratch["text.arrow"], "this is no Arrow file at all");
        Expect(CaptureProgram.Run("dump", _scratch["text.arrow"]), 1, "text.arrow", "no Arrow file or stream");
        Expect(CaptureProgram.Run("dump", _scratch["none.arrow"]), 3, "none.arrow");
        Expect(CaptureProgram.Run("rewrite", Table("in.arrow"), _scratch["no-folder/out.arrow"]), 3, "no-folder");
        Expect(CaptureProgram.Run("rewrite", Table("in.arrow"), _scratch["out.arrow"], "--compress", "gzip"), 2, "gzip");
    }

    private static void Expect(Finished finished, int exit, params string[] words)
    {
        Assert.That(finished.Exit, Is.EqualTo(exit), finished.Errors);
        foreach (string word in words)
        {
            Assert.That(finished.Errors, Does.Contain(word));
        }

        Assert.That(finished.Errors, Does.Not.Contain("   at "), "a sentence, not a stack");
    }

    private static IEnumerable<JsonElement> Lines(Finished finished) =>
        finished.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement);

    private string Table(string name)
    {
        var schema = new ArrowSchema(
            [
                new ArrowField("t_ns", ArrowType.Int64) { Metadata = ArrowMetadata.Of(("unit", "ns")) },
                new ArrowField("v", ArrowType.Float64),
                new ArrowField("raw", ArrowType.Binary, Nullable: true),
            ],
            ArrowMetadata.Of(("rig", "bench")));
        using var builder = new BatchBuilder(schema, new BatchCapacity { Rows = 3 });
        (long T, double V, byte[]? Raw)[] rows =
        [
            (long.MaxValue, -0.0, [0, 1]),
            (long.MinValue, BitConverter.UInt64BitsToDouble(0x7FF8_0000_0000_0000), null),
            (0, double.NegativeInfinity, []),
        ];
        foreach ((long t, double v, byte[]? raw) in rows)
        {
            builder.Column<Int64Column>(0).Append(t);
            builder.Column<Float64Column>(1).Append(v);
            if (raw is null)
            {
                builder.Column<BinaryColumn>(2).AppendNull();
            }
            else
            {
                builder.Column<BinaryColumn>(2).Append(raw);
            }

            builder.EndRow();
        }

        string path = _scratch[name];
        using FileStream output = File.Create(path);
        using var writer = new ArrowFileWriter(output, schema);
        var metadata = new MessageMetadata();
        metadata.Add("capture.crc32c"u8, "00000000"u8);
        metadata.Add("note"u8, "kept"u8);
        writer.Write(builder, metadata);
        return path;
    }
}
