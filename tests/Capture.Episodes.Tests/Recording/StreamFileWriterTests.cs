using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes.Checksums;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;

namespace Capture.Episodes.Tests.Recording;

/// <summary>A batch of large pictures goes to the file in pieces, and is a batch like any other.</summary>
public sealed class StreamFileWriterTests
{
    private const int Picture = 100_000;

    private static readonly EpisodeIdentity s_episode = new(Guid.NewGuid(), new EpisodeAnchor(new HostTime(0)), 0, "boot");
    private static readonly ArrowSchema s_schema = CameraFrameSchema.For(Streams.Camera(maxBytes: Picture), s_episode);

    [Test]
    public void Pieces_are_a_message_with_a_right_checksum()
    {
        using var folder = new TempFolder();
        string path = folder.At("front.arrow");
        using var rows = new CameraFrameRows(new BatchBuilder(s_schema, new BatchCapacity { Rows = 4, VariableBytes = 4 * Picture }), s_episode.Anchor);
        byte[][] pictures = [.. Enumerable.Range(0, 7).Select(i => Bytes(i))];
        using (var writer = new StreamFileWriter(new FaultyDisk().Create(path), s_schema, path))
        {
            Assert.That(writer.WriteHead(), Is.Zero);
            byte[] buffer = new byte[writer.BufferFor(rows.Builder)];
            for (int i = 0; i < pictures.Length; i++)
            {
                rows.Append(Rig.Stamp(i, new HostTime(i)), pictures[i], true);
                if (rows.Count == 4 || i == pictures.Length - 1)
                {
                    Assert.That(writer.Append(rows.Builder, buffer), Is.Zero);
                    rows.Clear();
                }
            }

            Assert.That(writer.Seal(), Is.Zero);
        }

        using ArrowReader reader = ArrowReader.Open(path);
        Assert.That(reader.Tail.Kind, Is.EqualTo(ArrowTailKind.Sealed));
        int row = 0;
        for (int i = 0; i < reader.Batches.Count; i++)
        {
            byte[] bytes = new byte[reader.Batches[i].Block.Length];
            reader.ReadMessage(reader.Batches[i], bytes);
            Assert.That(ChecksumCheck.Of(reader.Batches[i], bytes), Is.EqualTo(ChecksumState.Right));
            ArrowColumn data = reader.ReadBatch(i).Column(CameraFrameSchema.Data);
            for (int at = 0; at < data.Length; at++, row++)
            {
                Assert.That(data.Bytes(at).SequenceEqual(pictures[row]), Is.True, $"picture {row}");
            }
        }

        Assert.That(row, Is.EqualTo(pictures.Length));
    }

    [TestCase(10)]
    [TestCase(2000)]
    [TestCase(50_000)]
    public void A_disk_that_fills_up_within_a_batch_leaves_nothing_of_it(int room)
    {
        using var folder = new TempFolder();
        string path = folder.At("front.arrow");
        var disk = new FaultyDisk();
        using var rows = new CameraFrameRows(new BatchBuilder(s_schema, new BatchCapacity { Rows = 4, VariableBytes = 4 * Picture }), s_episode.Anchor);
        using var writer = new StreamFileWriter(disk.Create(path), s_schema, path);
        writer.WriteHead();
        byte[] buffer = new byte[writer.BufferFor(rows.Builder)];
        rows.Append(Rig.Stamp(0, new HostTime(0)), Bytes(1), true);
        Assert.That(writer.Append(rows.Builder, buffer), Is.Zero);
        long whole = writer.Length;
        disk.Room = room;
        Assert.That(writer.Append(rows.Builder, buffer), Is.Not.Zero);
        Assert.That(writer.Length, Is.EqualTo(whole));
        Assert.That(new FileInfo(path).Length, Is.EqualTo(whole));
        disk.Room = long.MaxValue;
        Assert.That(writer.Append(rows.Builder, buffer), Is.Zero);
        Assert.That(writer.Seal(), Is.Zero);
        using ArrowReader reader = ArrowReader.Open(path);
        Assert.That(reader.Batches, Has.Count.EqualTo(2));
    }

    private static byte[] Bytes(int seed)
    {
        byte[] bytes = new byte[Picture];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
