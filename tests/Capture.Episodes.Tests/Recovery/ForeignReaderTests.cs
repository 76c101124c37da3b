using System.Globalization;
using System.Text.Json;
using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Recovery;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;
using Capture.Tests.Foreign;

namespace Capture.Episodes.Tests.Recovery;

/// <summary>Every file of an episode, sealed and recovered, in two other implementations of Arrow. Fails where they cannot be had.</summary>
public sealed class ForeignReaderTests
{
    [Test]
    public void Sealed_and_recovered_files_are_read_by_two_other_implementations()
    {
        ForeignReaders.Install();
        using var rig = new Rig(s => s with { BatchEveryMs = 20 });
        ICameraFrameSink camera = rig.Recorder.Open(Streams.Camera());
        IMocapFrameSink mocap = rig.Recorder.Open(Streams.Mocap());
        IJointStateSink joints = rig.Recorder.Open(Streams.Joints());
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        for (int i = 0; i < 60; i++)
        {
            HostTime t = rig.Now;
            camera.Append(Rig.Stamp(i, t), Jpegs.Grey8, true);
            mocap.Append(Rig.Stamp(i, t, i * 1000), [i % 2 == 0 ? null : new MocapBody(true, 1, 2, 3, 0, 0, 0, 1, 0), null], [new MocapMarker(i, 1, 2, 3, 0, 0, false)]);
            joints.Append(Rig.Stamp(i, t), t, t, [.. Enumerable.Range(0, 7).Select(j => new JointReading(j != 2, i, 0, 0))]);
            imu.Append(Rig.Stamp(i, t, i * 1000), [1, 2, i], [4, 5, 6]);
            Thread.Sleep(2);
        }

        string torn = rig.Temp.At("torn.episode");
        TempFolder.Copy(rig.Folder, torn);
        using (var file = new FileStream(EpisodeFolder.StreamFile(torn, "mocap"), FileMode.Open))
        {
            file.SetLength(file.Length - 100);
        }

        EpisodeRecovery.Execute(torn);
        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();

        string[] files = [.. new[] { rig.Folder, torn }.SelectMany(f => Directory.GetFiles(f, "*.arrow", SearchOption.AllDirectories)).Order(StringComparer.Ordinal)];
        Assert.That(files, Has.Length.GreaterThanOrEqualTo(20));
        Compare(files, ForeignReaders.ReadWithArrowJs(files));
        Compare(files, ForeignReaders.ReadWithPolars(files));
    }

    private static void Compare(string[] files, IReadOnlyList<JsonElement> read)
    {
        Assert.That(read, Has.Count.EqualTo(files.Length));
        for (int f = 0; f < files.Length; f++)
        {
            using ArrowReader ours = ArrowReader.Open(files[f]);
            string[] first = [.. Enumerable.Range(0, ours.Batches.Count).Select(ours.ReadBatch).SelectMany(b => b.Columns[0].Field.Type == ArrowType.Int64 ? b.Columns[0].Values<long>().ToArray() : b.Columns[0].Values<int>().ToArray().Select(v => (long)v))
                .Select(v => v.ToString(CultureInfo.InvariantCulture))];
            string[] theirs = [.. read[f].GetProperty("rows").EnumerateArray().Select(row => row[0].ToString())];
            Assert.That(theirs, Is.EqualTo(first), files[f]);
        }
    }
}
