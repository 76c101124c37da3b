using System.Text.Json;
using static Capture.Tests.Foreign.ForeignReaders;

namespace Capture.Arrow.Tests.Types;

/// <summary>
/// Files of every type go through other implementations: each reads what we wrote and writes it again, and we read what it wrote. The values that come back are
/// the ones that went, but for what <see cref="PeerTable"/> says. A peer that is missing fails these tests: they never skip.
/// </summary>
public sealed class PeerTests
{
    private readonly List<(PeerFile File, AnyTable Table, string Path)> _files = [];
    private string _folder = string.Empty;

    [OneTimeSetUp]
    public void WriteFiles()
    {
        Install();
        _folder = Directory.CreateTempSubdirectory("capture-arrow-peers-").FullName;
        int[] growing = [20, 0, 1, 50];
        foreach (AnyType type in AnyType.All)
        {
            foreach (Nulls nulls in Enum.GetValues<Nulls>())
            {
                Add(type, nulls, file: true, ArrowCompression.None, growing);
                Add(type, nulls, file: false, ArrowCompression.None, 65);
            }

            Add(type, Nulls.Some, file: false, ArrowCompression.None, growing);
            Add(type, Nulls.Some, file: false, ArrowCompression.Lz4Frame, 65);
            Add(type, Nulls.Some, file: true, ArrowCompression.Zstd, 65);
            if (type.Name is "bool" or "utf8-view")
            {
                Add(type, Nulls.Some, file: true, ArrowCompression.Zstd, growing);
            }
        }
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
    public void A_peer_reads_what_we_write_and_we_read_what_it_writes([ValueSource(typeof(PeerTable), nameof(PeerTable.Peers))] string peer)
    {
        (PeerFile File, AnyTable Table, string Path)[] files = [.. _files.Where(f => peer != "arrow-rs" || !f.File.IsFile)];
        Dictionary<string, JsonElement> answers = ThroughPeer(peer, _folder, [.. files.Select(f => f.Path)])
            .ToDictionary(a => a.GetProperty("file").GetString()!, StringComparer.Ordinal);
        int compared = 0;
        Assert.Multiple(() =>
        {
            foreach ((PeerFile file, AnyTable table, string path) in files)
            {
                PeerOutcome expected = PeerTable.Of(peer, file);
                string name = $"{peer}: {Path.GetFileName(path)}";
                string? error = answers[path].TryGetProperty("error", out JsonElement e) ? e.GetString() : null;
                if (expected.Error is not null)
                {
                    Assert.That(error ?? "no error", Does.Contain(expected.Error), $"{name}: the table says that it cannot ({expected.Reason}); if it now can, take the line out");
                    continue;
                }

                Assert.That(error, Is.Null, name);
                if (error is null)
                {
                    using ArrowReader reader = ArrowReader.Open(answers[path].GetProperty("out").GetString()!);
                    Assert.That(AnyTable.RowsOf(reader), Is.EqualTo(table.Rows.Select(expected.Turns ?? (row => row))), name);
                    compared++;
                }
            }
        });
        TestContext.Out.WriteLine($"{peer}: {compared} of {files.Length} files came back with their values, the others are refused as the table says");
        Assert.That(compared, Is.GreaterThan(files.Length / 2));
    }

    [Test]
    public void An_extension_that_nobody_knows_stays_metadata()
    {
        var schema = new ArrowSchema([new ArrowField("c0", ArrowType.Int32) { Metadata = ArrowMetadata.Of(("ARROW:extension:name", "nobody.knows"), ("ARROW:extension:metadata", "{}")) }]);
        string path = Path.Combine(_folder, "extension.stream.arrow");
        using (FileStream output = File.Create(path))
        using (var writer = new ArrowStreamWriter(output, schema))
        {
            writer.Write(new RecordBatch(schema, 1, ArrowColumn.Create(schema.Fields[0], 1, 0, [default, new byte[] { 7, 0, 0, 0 }])));
        }

        foreach (string peer in (string[])["arrow-js", "arrow-rs"])
        {
            using ArrowReader back = ArrowReader.Open(ThroughPeer(peer, _folder, [path])[0].GetProperty("out").GetString()!);
            Assert.That(back.Schema.Fields[0].Type, Is.EqualTo(ArrowType.Int32), peer);
            Assert.That(back.Schema.Fields[0].Metadata.Find("ARROW:extension:name"), Is.EqualTo("nobody.knows"), peer);
        }
    }

    private void Add(AnyType type, Nulls nulls, bool file, ArrowCompression compression, params int[] batches)
    {
        var table = new AnyTable(type.Type, nulls, seed: 50, batches);
        byte[] bytes = table.Write(file, compression);
        using ArrowReader reader = ArrowReader.Open(bytes);
        string codec = compression switch { ArrowCompression.Lz4Frame => ".lz4", ArrowCompression.Zstd => ".zstd", _ => "" };
        string path = Path.Combine(_folder, $"{type.Name}.{nulls}.{batches.Length}{codec}.{(file ? "file" : "stream")}.arrow");
        File.WriteAllBytes(path, bytes);
        _files.Add((new PeerFile(type, file, compression, Packed(bytes), batches.Contains(0), reader.Dictionaries.Any(d => d.IsDelta)), table, path));
    }

    /// <summary>Whether a frame of LZ4 or Zstandard begins anywhere.</summary>
    private static bool Packed(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOf((ReadOnlySpan<byte>)[0x04, 0x22, 0x4D, 0x18]) >= 0 || bytes.IndexOf((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) >= 0;
}
