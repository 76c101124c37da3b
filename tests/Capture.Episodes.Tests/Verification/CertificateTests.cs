using System.Text.Json.Nodes;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;
using Capture.Episodes.Verification;

namespace Capture.Episodes.Tests.Verification;

/// <summary>Verification reads the certificate's claims again from the rows.</summary>
public sealed class CertificateTests
{
    private const double DriftPpm = 80;

    [Test]
    public void A_drift_that_the_rows_do_not_have_is_an_error()
    {
        using Rig rig = Sound(stepMs: 0);
        Assert.That(Errors(rig), Is.Empty);
        string path = ManifestFile.PathIn(rig.Folder);
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(path))!;
        JsonNode room = manifest["certificate"]!["streams"]!.AsArray().Single(s => (string?)s!["stream"] == "room")!;
        Assert.That((double)room["drift_ppm"]!, Is.EqualTo(-DriftPpm).Within(5).Or.EqualTo(DriftPpm).Within(5));
        room["drift_ppm"] = (double)room["drift_ppm"]! + 200;
        File.WriteAllText(path, manifest.ToJsonString());
        Assert.That(Errors(rig), Has.Some.Contains("drift"));
    }

    [TestCase(40)]
    [TestCase(120)]
    public void A_step_in_the_middle_is_no_drift(int stepMs)
    {
        using Rig rig = Sound(stepMs);
        using (EpisodeReader episode = EpisodeReader.Open(rig.Folder))
        {
            long[] times = episode.Stream("room").ReadTimes();
            Assert.That(times[^1] - times[0], Is.EqualTo((10_000_000L * (times.Length - 1)) + (stepMs * 1_000_000L)).Within(5_000_000), "the close has found the step");
        }

        Assert.That(Errors(rig), Is.Empty);
    }

    /// <summary>20 s of sound by a card whose clock drifts, and is away for some milliseconds in the middle without counting them.</summary>
    private static Rig Sound(int stepMs)
    {
        const int Count = 2000;
        var rig = new Rig(s => s with { BufferSeconds = 30, BufferMb = 512 });
        IAudioPeriodSink audio = rig.Recorder.Open(Streams.Audio() with
        {
            Counted = false,
            StampSource = StampSource.ReadReturn,
            Latency = new LatencyRange(Duration.FromMilliseconds(10), Duration.FromMilliseconds(14)),
        });
        rig.Recorder.Arm();
        HostTime t0 = rig.Recorder.Anchor.Origin;
        var random = new Random(5);
        byte[] period = new byte[480 * 2 * 2];
        for (int i = 0; i < Count; i++)
        {
            long first = (long)(i * 10_000_000L * (1 + (DriftPpm / 1e6))) + (i >= Count / 2 ? stepMs * 1_000_000L : 0);
            HostTime read = t0 + new Duration(first + 10_000_000 + random.Next(4_000_000));
            Assert.That(audio.Append(Rig.Stamp(i, read, 480L * i), period), Is.True);
        }

        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        rig.Recorder.Dispose();
        return rig;
    }

    private static IEnumerable<string> Errors(Rig rig) => EpisodeVerifier.Verify(rig.Folder).Where(f => f.Severity == FindingSeverity.Error).Select(f => f.ToString());
}
