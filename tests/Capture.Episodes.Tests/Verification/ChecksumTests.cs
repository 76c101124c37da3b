using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;
using Capture.Episodes.Verification;

namespace Capture.Episodes.Tests.Verification;

public sealed class ChecksumTests
{
    [Test]
    public void A_flipped_bit_anywhere_in_a_sealed_file_is_found()
    {
        using var rig = new Rig();
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        for (int i = 0; i < 100; i++)
        {
            imu.Append(Rig.Stamp(i, rig.Now, i), [1, 2, 3], [4, 5, 6]);
        }

        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        string path = EpisodeFolder.StreamFile(rig.Folder, "board.imu");
        byte[] good = File.ReadAllBytes(path);
        var random = new Random(3);
        var missed = new List<int>();
        for (int round = 0; round < 300; round++)
        {
            int at = random.Next(8, good.Length);
            byte[] bad = [.. good];
            bad[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, bad);
            if (!EpisodeVerifier.Verify(rig.Folder).Any(f => f.Severity == FindingSeverity.Error))
            {
                missed.Add(at);
            }
        }

        // Between the footer's messages lie the end-of-stream mark and the closing magic, which hold nothing; the reader itself refuses those.
        Assert.That(missed, Is.Empty, $"file of {good.Length} bytes");
    }

    [Test]
    public void A_damaged_batch_is_refused_by_the_reader_with_file_and_place()
    {
        using var rig = new Rig();
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        imu.Append(Rig.Stamp(0, rig.Now, 0), [1, 2, 3], [4, 5, 6]);
        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        string path = EpisodeFolder.StreamFile(rig.Folder, "board.imu");
        long body;
        using (EpisodeReader episode = EpisodeReader.Open(rig.Folder))
        {
            body = episode.Stream("board.imu").BlockOf(0).BodyOffset;
        }

        using (var file = new FileStream(path, FileMode.Open))
        {
            file.Position = body;
            file.WriteByte(0x55);
        }

        using EpisodeReader damaged = EpisodeReader.Open(rig.Folder);
        Assert.That(() => damaged.Stream("board.imu").ReadBatch(0), Throws.TypeOf<EpisodeException>().With.Message.Contains("checksum").And.Message.Contains("board.imu.arrow, batch 0"));
    }
}
