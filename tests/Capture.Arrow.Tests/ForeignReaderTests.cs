using System.Text.Json;
using Capture.Arrow.Tests.Types;
using static Capture.Tests.Foreign.ForeignReaders;

namespace Capture.Arrow.Tests;

/// <summary>
/// Other implementations show what the recorder's types hold when we write them, and we read what they make themselves. All types: Types/PeerTests. What cannot be compared, and why:
/// <list type="table">
/// <item><term>polars: metadata, nullability</term><description>its Node binding exposes neither, so apache-arrow alone shows them.</description></item>
/// <item><term>polars: binary inside lists and structs</term><description>its Node binding has no name for the type; not in the tables here.</description></item>
/// <item><term>per-message and footer metadata</term><description>neither reader exposes them; our own reader alone is tested on them.</description></item>
/// </list>
/// A reader that is missing fails these tests: they never skip.
/// </summary>
public sealed class ForeignReaderTests
{
    private string _folder = string.Empty;

    [OneTimeSetUp]
    public void InstallReaders()
    {
        Install();
        _folder = Directory.CreateTempSubdirectory("capture-arrow-").FullName;
    }

    [OneTimeTearDown]
    public void RemoveFiles()
    {
        if (_folder.Length > 0)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Test]
    public void Both_readers_read_every_type_that_we_write([Values] bool file, [Values] bool nullable)
    {
        ArrowSchema schema = SampleTable.SchemaOf(SampleTable.Types(), nullable);
        Nulls[] kinds = nullable ? Enum.GetValues<Nulls>() : [Nulls.None];
        SampleTable[] tables = [.. kinds.Select(nulls => new SampleTable(schema, nulls, seed: 11, 65, 0, 1, 200))];
        string[] paths = [.. tables.Select((t, i) => Save($"{file}-{nullable}-{i}.arrow", t.Write(file)))];

        IReadOnlyList<JsonElement> js = ReadWithArrowJs(paths);
        IReadOnlyList<JsonElement> polars = ReadWithPolars(paths);
        for (int i = 0; i < tables.Length; i++)
        {
            Assert.That(js[i].GetProperty("reader").GetString(), Does.StartWith("apache-arrow "));
            Assert.That(polars[i].GetProperty("reader").GetString(), Does.StartWith("nodejs-polars "));
            Assert.That(Rows(js[i]), Is.EqualTo(tables[i].Shown()), $"apache-arrow, nulls {kinds[i]}");
            Assert.That(Rows(polars[i]), Is.EqualTo(tables[i].Shown()), $"polars, nulls {kinds[i]}");
            Assert.That(js[i].GetProperty("batches").EnumerateArray().Select(b => b.GetInt32()), Is.EqualTo(new[] { 65, 0, 1, 200 }));
            Assert.That(Pairs(js[i]), Is.EqualTo(schema.Metadata));
            JsonElement[] fields = [.. js[i].GetProperty("fields").EnumerateArray()];
            Assert.That(fields.Select(f => f.GetProperty("name").GetString()), Is.EqualTo(schema.Fields.Select(f => f.Name)));
            Assert.That(fields.Select(f => f.GetProperty("nullable").GetBoolean()), Is.All.EqualTo(nullable));
            Assert.That(fields.Select(Pairs), Is.EqualTo(schema.Fields.Select(f => f.Metadata)));
            Assert.That(polars[i].GetProperty("fields").EnumerateArray().Select(f => f.GetProperty("name").GetString()), Is.EqualTo(schema.Fields.Select(f => f.Name)));
        }
    }

    [Test]
    public void Both_readers_read_the_golden_file()
    {
        string path = Save("golden.arrow", GoldenFileTests.Bytes);
        string[] expected = ["\"1\" | true", "\"-2\" | null", "\"3\" | false"];
        Assert.That(Rows(ReadWithArrowJs(path)[0]), Is.EqualTo(expected));
        Assert.That(Rows(ReadWithPolars(path)[0]), Is.EqualTo(expected));
    }

    [Test]
    public void Both_readers_read_a_torn_file_once_it_is_sealed_and_neither_before()
    {
        var table = new SampleTable(SampleTable.SchemaOf(SampleTable.Types(), nullable: true), Nulls.Some, 12, 20, 30, 40);
        byte[] bytes = table.Write(file: true);
        using ArrowReader whole = ArrowReader.Open(bytes);
        byte[] torn = bytes[..((int)whole.Batches[2].Block.End - 100)];
        using ArrowReader reader = ArrowReader.Open(torn);
        var encoder = new IpcEncoder(reader.Schema);
        ArrowBlock[] blocks = [.. reader.Batches.Select(b => b.Block)];
        byte[] closing = new byte[encoder.MaxClosingLength(blocks.Length)];
        int length = encoder.EncodeClosing(closing, blocks);

        string sealedPath = Save("sealed.arrow", [.. torn[..(int)reader.Tail.Offset], .. closing[..length]]);
        Assert.That(Rows(ReadWithArrowJs(sealedPath)[0]), Is.EqualTo(table.Shown()[..50]));
        Assert.That(Rows(ReadWithPolars(sealedPath)[0]), Is.EqualTo(table.Shown()[..50]));

        string tornPath = Save("torn.arrow", torn);
        foreach (string script in (string[])["read-arrow-js.mjs", "read-polars.mjs"])
        {
            JsonElement answer = TryRead(script, tornPath)[0];
            Assert.That(answer.TryGetProperty("error", out _) || answer.GetProperty("rows").GetArrayLength() < 50, $"{script} would need no recovery: {answer}");
        }
    }

    [TestCase("write-arrow-js.mjs", 3)]
    [TestCase("write-polars.mjs", 12)]
    public void We_read_what_others_write(string script, int files)
    {
        IReadOnlyList<JsonElement> written = Write(script, _folder);
        Assert.That(written, Has.Count.EqualTo(files));
        foreach (JsonElement line in written)
        {
            string path = line.GetProperty("file").GetString()!;
            using ArrowReader reader = ArrowReader.Open(path);
            IEnumerable<string> shown = AnyTable.RowsOf(reader).Select(row => $"[{string.Join(",", JsonDocument.Parse(row).RootElement.EnumerateObject().Select(p => AnyValue.Canonical(p.Value)))}]");
            Assert.That(shown, Is.EqualTo(line.GetProperty("rows").EnumerateArray().Select(AnyValue.Canonical)), path);
            Assert.That(reader.Tail.Kind, Is.EqualTo(reader.IsFile ? ArrowTailKind.Sealed : ArrowTailKind.EndOfStream), reader.Tail.Reason);
            if (script == "write-arrow-js.mjs")
            {
                Assert.That(reader.Schema.Metadata.Find("writer"), Is.EqualTo("apache-arrow"));
                Assert.That(reader.Schema.Fields.Select(f => f.Metadata.Find("unit")), Is.All.EqualTo("m"));
            }
        }
    }

    private static string[] Rows(JsonElement line) =>
        [.. line.GetProperty("rows").EnumerateArray().Select(row => string.Join(" | ", row.EnumerateArray().Select(Sample.Show)))];

    private static ArrowMetadata Pairs(JsonElement of) =>
        new(of.GetProperty("metadata").EnumerateArray().Select(p => KeyValuePair.Create(p.GetProperty("key").GetString()!, p.GetProperty("value").GetString()!)));

    private string Save(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
