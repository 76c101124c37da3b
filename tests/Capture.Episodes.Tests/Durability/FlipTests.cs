using System.Globalization;
using Capture.Episodes.Disk;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Recovery;
using Capture.Episodes.Tests.Support;
using Capture.Episodes.Verification;

namespace Capture.Episodes.Tests.Durability;

/// <summary>
/// One bit of an episode flips: in a stream, in the final times, in a clock, in the manifest. No wrong value is ever delivered from an Arrow file, verification finds every flip, and what is lost is at most
/// the batch that the bit lies in. What this does not prove: two flips that cancel in CRC-32C, and label releases, which carry no checksum.
/// </summary>
public sealed class FlipTests
{
    private const int Seed = 424242;

    // Bytes 6 and 7 of a file are zeros behind the magic, which nobody reads.
    private static readonly long[] s_unread = [6, 7];

    [Test]
    public void A_thousand_flips_are_all_found_and_cost_at_most_their_batch() => Flip(1000);

    [Test]
    [Explicit("takes minutes")]
    [Category("Long")]
    public void Ten_thousand_flips_are_all_found_and_cost_at_most_their_batch() => Flip(10_000);

    [Test]
    public void Every_bit_of_the_manifest_s_own_checksum_is_guarded()
    {
        using var rig = new SteppedRig(KernelDisk.Instance, new StepClock());
        rig.Run(300_000_000);
        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        string folder = rig.Recorder.Folder;
        rig.Recorder.Dispose();
        string path = ManifestFile.PathIn(folder);
        byte[] good = File.ReadAllBytes(path);
        int end = "{.  'crc32c': '00000000',.".Length;
        for (int bit = 0; bit < end * 8; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(path, bad);
            Assert.That(Found(folder), Is.True, $"bit {bit % 8} of byte {bit / 8}");
        }
    }

    [Test]
    public void A_flip_in_the_middle_of_an_unsealed_file_costs_its_batch_alone_also_after_recovery()
    {
        using var rig = new SteppedRig(KernelDisk.Instance, new StepClock());
        rig.Run(2_000_000_000);
        string copy = rig.Temp.At("copy.episode");
        TempFolder.Copy(rig.Recorder.Folder, copy);
        string path = EpisodeFolder.StreamFile(copy, "board.imu");
        long rows;
        int lost;
        long at;
        using (EpisodeReader episode = EpisodeReader.Open(copy))
        {
            EpisodeStream stream = episode.Stream("board.imu");
            (rows, lost, at) = (stream.Rows, stream.RowsOf(3), stream.BlockOf(3).Offset);
        }

        // In the length of the metadata: nothing behind it can be found by walking.
        byte[] bytes = File.ReadAllBytes(path);
        bytes[at + 5] ^= 0x40;
        File.WriteAllBytes(path, bytes);
        using (EpisodeReader episode = EpisodeReader.Open(copy))
        {
            Assert.That(episode.Stream("board.imu").Rows, Is.EqualTo(rows - lost), "unrepaired");
        }

        EpisodeRecovery.Execute(copy);
        using EpisodeReader recovered = EpisodeReader.Open(copy);
        Assert.Multiple(() =>
        {
            Assert.That(recovered.Stream("board.imu").Rows, Is.EqualTo(rows - lost), "recovered");
            Assert.That(recovered.Stream("board.imu").IsSealed, Is.True);
            Assert.That(recovered.Stream("board.imu").ReadInt64("sequence"), Is.Ordered.Ascending.And.Unique);
            Assert.That(new FileInfo(path + ".torn").Length, Is.GreaterThan(0), "the damaged bytes are kept");
            Assert.That(EpisodeVerifier.Verify(copy).Where(f => f.Severity == FindingSeverity.Error), Is.Empty);
        });
    }

    private static void Flip(int count)
    {
        var clock = new StepClock();
        using var rig = new SteppedRig(KernelDisk.Instance, clock);
        rig.Run(800_000_000);
        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        string folder = rig.Recorder.Folder;
        rig.Recorder.Dispose();
        Delivered truth = Delivered.Of(folder);
        Assert.That(EpisodeVerifier.Verify(folder), Is.Empty);
        (string Path, byte[] Bytes)[] files =
        [
            .. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(f => f.EndsWith(".arrow", StringComparison.Ordinal) || f.EndsWith(".json", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal).Select(f => (f, File.ReadAllBytes(f))),
        ];
        long total = files.Sum(f => (long)f.Bytes.Length);
        var random = new Random(Seed);
        int changed = 0;
        for (int i = 0; i < count; i++)
        {
            long at = random.NextInt64(total);
            int file = 0;
            for (; at >= files[file].Bytes.Length; file++)
            {
                at -= files[file].Bytes.Length;
            }

            (string path, byte[] good) = files[file];
            byte[] bad = [.. good];
            int bit = random.Next(8);
            bad[at] ^= (byte)(1 << bit);
            File.WriteAllBytes(path, bad);
            string which = string.Create(CultureInfo.InvariantCulture, $"seed {Seed}, flip {i}: bit {bit} of byte {at} of {Path.GetRelativePath(folder, path)}");
            changed += Judge(folder, path, at, truth, which) ? 1 : 0;
            File.WriteAllBytes(path, good);
        }

        TestContext.Out.WriteLine($"{count} flips in {files.Length} files of {total} bytes; {changed} took something away, all of them found");
        Assert.That(changed, Is.GreaterThan(count / 4), "most bytes hold something");
    }

    /// <summary>Returns whether the flip changed what is delivered.</summary>
    private static bool Judge(string folder, string path, long at, Delivered truth, string which)
    {
        Delivered now = Delivered.Of(folder);
        var missing = new List<(string Stream, int Rows, string Digest)>(truth.Batches);
        foreach ((string Stream, int Rows, string Digest) batch in now.Batches)
        {
            if (!missing.Remove(batch))
            {
                Assert.Fail($"{which}: a wrong batch of {batch.Rows} rows of {batch.Stream} is delivered");
            }
        }

        bool manifest = path.EndsWith(ManifestFile.Name, StringComparison.Ordinal);

        // A manifest that is refused, or names no times, takes the final times with it; the rows are there.
        int lost = missing.Count(m => !manifest || !m.Stream.StartsWith("times", StringComparison.Ordinal));
        bool changed = missing.Count > 0 || now.Manifest != truth.Manifest;
        bool found = Found(folder);
        Assert.That(lost, Is.LessThanOrEqualTo(manifest ? 0 : 1), $"{which}: batches lost");
        Assert.That(found || (!changed && s_unread.Contains(at)), Is.True, $"{which}: {(changed ? "it changes what is delivered" : "it changes nothing")}, and is not found");
        return changed;
    }

    private static bool Found(string folder)
    {
        try
        {
            return EpisodeVerifier.Verify(folder).Any(f => f.Severity == FindingSeverity.Error);
        }
        catch (EpisodeException)
        {
            return true;
        }
    }
}
