using System.Buffers.Binary;
using System.Text;
using Capture.Episodes.Checksums;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;
using Capture.Episodes.Verification;

namespace Capture.Episodes.Tests.Reading;

/// <summary>The list of rows in a sealed file's footer: it opens the file without a walk, and never gives a wrong row.</summary>
public sealed class FooterIndexTests
{
    private const string Imu = "board.imu";

    [TestCase(new int[0], "")]
    [TestCase(new[] { 7 }, "7")]
    [TestCase(new[] { 20, 20, 20, 19 }, "20x3,19")]
    [TestCase(new[] { 0, 5, 5, 0 }, "0,5x2,0")]
    public void Rows_are_told_in_runs(int[] rows, string text)
    {
        Assert.That(Encoding.ASCII.GetString(RowCounts.Write(rows)), Is.EqualTo(text));
        Assert.That(RowCounts.TryRead(text, rows.Length), Is.EqualTo(rows));
    }

    [TestCase("", 1)]
    [TestCase("7", 0)]
    [TestCase("7", 2)]
    [TestCase("7x3", 2)]
    [TestCase("7x0,7x2", 2)]
    [TestCase("7x2147483647,1", 2)]
    [TestCase("-1,8", 2)]
    [TestCase("7,", 2)]
    [TestCase("7x,7", 2)]
    [TestCase("7x1x1,7", 2)]
    [TestCase(" 7,7", 2)]
    [TestCase("99999999999,7", 2)]
    [TestCase("67108865,7", 2)]
    public void Refuses_a_list_that_does_not_tell_the_batches(string text, int batches) => Assert.That(RowCounts.TryRead(text, batches), Is.Null);

    [Test]
    public void A_list_of_100000_batches_stays_small()
    {
        var random = new Random(3);
        int[] rows = [.. Enumerable.Range(0, 100_000).Select(_ => random.Next(99, 102))];
        byte[] text = RowCounts.Write(rows);
        Assert.That(text, Has.Length.LessThan(4 * rows.Length));
        Assert.That(RowCounts.TryRead(Encoding.ASCII.GetString(text), rows.Length), Is.EqualTo(rows));
    }

    [Test]
    public void Every_file_of_a_sealed_episode_is_opened_by_its_footer_as_a_walk_reads_it()
    {
        using Rig rig = Recorded();
        foreach (string path in Directory.GetFiles(rig.Folder, "*.arrow", SearchOption.AllDirectories))
        {
            using FooterIndex? index = FooterIndex.Open(path);
            using CheckedFile walked = CheckedFile.Open(path, FileTrust.Finished);
            Assert.That(index, Is.Not.Null, path);
            Assert.Multiple(() =>
            {
                Assert.That(Enumerable.Range(0, index!.Batches).Select(i => (index.BlockOf(i), (long)index.RowsOf(i))), Is.EqualTo(walked.Batches.Select(m => (m.Block, m.Rows))));
                Assert.That(index.Tail, Is.EqualTo(walked.Tail));
                Assert.That(index.Schema, Is.EqualTo(walked.Schema));
                Assert.That(index.SchemaMessage.Block, Is.EqualTo(walked.SchemaMessage!.Block));
            });
        }
    }

    [Test]
    public void Opening_looks_at_no_message_and_a_damaged_one_costs_only_its_own_batch()
    {
        using Rig rig = Recorded();
        string path = Path.Combine(rig.Folder, "streams", Imu + ".arrow");
        long rows;
        int batches;
        using (EpisodeReader episode = EpisodeReader.Open(rig.Folder))
        {
            EpisodeStream stream = episode.Stream(Imu);
            (rows, batches) = (stream.Rows, stream.Batches);
            using FileStream file = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            file.Position = stream.BlockOf(1).Offset;
            file.Write(new byte[64]);
        }

        using EpisodeReader damaged = EpisodeReader.Open(rig.Folder);
        EpisodeStream there = damaged.Stream(Imu);
        Assert.That((there.Rows, there.Batches), Is.EqualTo((rows, batches)));
        for (int i = 0; i < batches; i++)
        {
            if (i == 1)
            {
                Assert.That(() => there.ReadBatch(1), Throws.TypeOf<EpisodeException>().With.Message.Contains("batch 1 at byte"));
            }
            else
            {
                Assert.That(there.ReadBatch(i).Rows, Is.EqualTo(there.RowsOf(i)));
            }
        }

        Assert.That(EpisodeVerifier.Verify(rig.Folder).Select(f => f.Severity), Does.Contain(FindingSeverity.Error));
    }

    [Test]
    public void A_list_that_was_forged_with_its_checksum_gives_no_row_and_verification_names_it()
    {
        using Rig rig = Recorded();
        Forge(rig.Folder, list => (char)(list[0] == '9' ? '8' : list[0] + 1) + list[1..]);
        using EpisodeReader episode = EpisodeReader.Open(rig.Folder);
        EpisodeStream stream = episode.Stream(Imu);
        Assert.Multiple(() =>
        {
            Assert.That(() => stream.ReadBatch(0), Throws.TypeOf<EpisodeException>().With.Message.Contains("batch 0").And.Message.Contains("rows"));
            Assert.That(() => stream.Scan<long>(CommonColumns.HostTime).MoveNext(), Throws.TypeOf<EpisodeException>().With.Message.Contains("batch 0"));
            Assert.That(EpisodeVerifier.Verify(rig.Folder).Where(f => f.Severity == FindingSeverity.Error).Select(f => f.Text), Has.Some.Contains(MetadataKeys.Rows));
        });
    }

    [Test]
    public void A_list_that_cannot_be_right_is_passed_over_and_the_file_walked()
    {
        using Rig rig = Recorded();
        long rows;
        using (EpisodeReader episode = EpisodeReader.Open(rig.Folder))
        {
            rows = episode.Stream(Imu).Rows;
        }

        Forge(rig.Folder, list => "?" + list[1..]);
        using EpisodeReader walked = EpisodeReader.Open(rig.Folder);
        Assert.That(walked.Stream(Imu).Rows, Is.EqualTo(rows));
        Assert.That(walked.Stream(Imu).ReadTimes(), Has.Length.EqualTo(rows));
        Assert.That(EpisodeVerifier.Verify(rig.Folder).Select(f => f.Text), Has.Some.Contains(MetadataKeys.Rows));
    }

    [Test]
    public void A_footer_with_any_byte_changed_and_its_checksum_made_right_gives_no_wrong_row()
    {
        using Rig rig = Recorded();
        string path = Path.Combine(rig.Folder, "streams", Imu + ".arrow");
        byte[] bytes = File.ReadAllBytes(path);
        long[] truth;
        using (EpisodeReader episode = EpisodeReader.Open(rig.Folder))
        {
            truth = episode.Stream(Imu).ReadInt64(CommonColumns.HostTime);
        }

        var random = new Random(11);
        int believed = 0;
        int footerAt = FooterAt(bytes);
        for (int at = footerAt; at < bytes.Length; at++)
        {
            byte[] changed = [.. bytes];
            changed[at] ^= (byte)random.Next(1, 256);
            if (at < bytes.Length - MessageChecksum.FooterTailLength)
            {
                Span<byte> footer = changed.AsSpan(footerAt..^MessageChecksum.FooterTailLength);
                _ = Value(bytes.AsSpan(footerAt..^MessageChecksum.FooterTailLength), MetadataKeys.Crc32C, out int digitsAt);
                MessageChecksum.WriteDigits(footer.Slice(digitsAt, MessageChecksum.Digits), MessageChecksum.Of(footer, digitsAt));
            }

            File.WriteAllBytes(path, changed);
            using FooterIndex? index = FooterIndex.Open(path);
            if (index is null)
            {
                continue;
            }

            believed++;
            using CheckedFile file = CheckedFile.Open(path, FileTrust.Indexed);
            long right = 0;
            for (int i = 0; i < file.Count; i++)
            {
                try
                {
                    ReadOnlySpan<long> read = file.ReadBatch(i).Column(CommonColumns.HostTime).Values<long>();
                    Assert.That(right + file.RowsOf(i) <= truth.Length && read.SequenceEqual(truth.AsSpan((int)right, file.RowsOf(i))), $"byte {at}, batch {i}");
                }
                catch (EpisodeException)
                {
                    // What is before it was right, what is behind it has no place that is known.
                    break;
                }

                right += file.RowsOf(i);
            }
        }

        Assert.That(believed, Is.GreaterThan(0));
    }

    private static int FooterAt(byte[] bytes) =>
        bytes.Length - MessageChecksum.FooterTailLength - BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(bytes.Length - MessageChecksum.FooterTailLength));

    /// <summary>Changes the list in the footer of a stream to another of the same length, and makes the footer's checksum right again.</summary>
    private static void Forge(string folder, Func<string, string> change)
    {
        string path = Path.Combine(folder, "streams", Imu + ".arrow");
        byte[] bytes = File.ReadAllBytes(path);
        Span<byte> footer = bytes.AsSpan(FooterAt(bytes)..^MessageChecksum.FooterTailLength);
        Span<byte> list = Value(footer, MetadataKeys.Rows, out _);
        Encoding.ASCII.GetBytes(change(Encoding.ASCII.GetString(list))).CopyTo(list);
        Span<byte> digits = Value(footer, MetadataKeys.Crc32C, out int digitsAt);
        MessageChecksum.WriteDigits(digits, MessageChecksum.Of(footer, digitsAt));
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>The value behind a key: both are strings with their length before and a zero behind, padded to 4 bytes.</summary>
    private static Span<byte> Value(Span<byte> footer, string key, out int at)
    {
        int key0 = footer.LastIndexOf(Encoding.ASCII.GetBytes(key));
        at = ((key0 + key.Length + 4) & ~3) + 4;
        return footer.Slice(at, BinaryPrimitives.ReadInt32LittleEndian(footer[(at - 4)..]));
    }

    private static Rig Recorded()
    {
        var clock = new StepClock();
        var rig = new Rig(s => s with { Clock = clock });
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        float[] vector = [1, 2, 3];
        for (int i = 0; i < 3000; i++)
        {
            imu.Append(Rig.Stamp(i, clock.Now, i), vector, vector);
            clock.Advance(1_000_000);
        }

        rig.Recorder.Stop(StopReason.Seconds);
        rig.Recorder.Seal();

        // While it holds the episode its files are read as growing ones.
        rig.Recorder.Dispose();
        return rig;
    }
}
