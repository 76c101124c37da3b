using Capture.Arrow;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Recovery;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;
using Capture.Episodes.Verification;

namespace Capture.Episodes.Tests.Recovery;

/// <summary>Stream files that another tool has rewritten with what the format leaves out.</summary>
public sealed class RewrittenFileTests
{
    [TestCase(ArrowCompression.Lz4Frame)]
    [TestCase(ArrowCompression.Zstd)]
    public void Compressed_batches_are_read_and_verification_names_them(ArrowCompression compression)
    {
        using Rig rig = Sealed();
        string path = EpisodeFolder.StreamFile(rig.Folder, "board.imu");
        using (ArrowReader reader = ArrowReader.Open(path))
        using (FileStream output = File.Create(path + ".packed"))
        {
            ArrowRewrite.Copy(reader, output, new ArrowRewriteOptions { Compression = compression, WithoutKeys = new HashSet<string> { MetadataKeys.Crc32C, MetadataKeys.Rows } });
        }

        File.Move(path + ".packed", path, overwrite: true);
        using EpisodeReader episode = EpisodeReader.Open(rig.Folder);
        Finding[] findings = [.. EpisodeVerifier.Verify(rig.Folder).Where(f => f.Place.Contains("board.imu", StringComparison.Ordinal))];
        Assert.Multiple(() =>
        {
            Assert.That(episode.Stream("board.imu").ReadInt64(CommonColumns.Sequence), Is.EqualTo(Enumerable.Range(0, 100).Select(n => (long)n)));
            Assert.That(findings.Select(f => f.Text), Has.Some.Contains("compressed").And.Contains("capture rewrite"));
            Assert.That(findings.Where(f => f.Text.Contains("compressed", StringComparison.Ordinal)).Select(f => f.Severity), Is.All.EqualTo(FindingSeverity.Warning));
        });
    }

    [Test]
    public void An_unfinished_file_with_dictionaries_is_refused_whole_and_nothing_is_changed()
    {
        using Rig rig = Sealed();
        string path = EpisodeFolder.StreamFile(rig.Folder, "notes");
        byte[] bytes = Dictionaries();
        File.WriteAllBytes(path, bytes[..^40]);
        Assert.Multiple(() =>
        {
            Assert.That(() => EpisodeRecovery.Plan(rig.Folder), Throws.TypeOf<EpisodeException>().With.Message.Contains("dictionaries").And.Message.Contains("notes.arrow"));
            Assert.That(() => EpisodeRecovery.Execute(rig.Folder), Throws.TypeOf<EpisodeException>().With.Message.Contains("nothing was changed"));
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(bytes[..^40]));
        });
    }

    private static Rig Sealed()
    {
        var rig = new Rig();
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        for (int i = 0; i < 100; i++)
        {
            imu.Append(Rig.Stamp(i, rig.Now, i), [1, 2, 3], [4, 5, 6]);
        }

        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        rig.Recorder.Dispose();
        return rig;
    }

    private static byte[] Dictionaries()
    {
        var type = new DictionaryType(ArrowType.Int8, ArrowType.Int64, Ordered: false, Id: 0);
        var field = new ArrowField("note", type);
        byte[] values = new byte[16];
        values[8] = 1;
        ArrowColumn words = ArrowColumn.Create(new ArrowField("values", ArrowType.Int64), 2, 0, [default, values]);
        ArrowColumn column = ArrowColumn.Create(field, 3, 0, [default, new byte[] { 0, 1, 0 }], [], new ArrowDictionary(words));
        var schema = new ArrowSchema([field]);
        using var output = new MemoryStream();
        using (var writer = new ArrowFileWriter(output, schema))
        {
            writer.Write(new RecordBatch(schema, 3, column));
            writer.Close();
        }

        return output.ToArray();
    }
}
