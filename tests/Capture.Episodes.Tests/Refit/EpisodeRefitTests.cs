using System.Security.Cryptography;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Refit;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;
using Capture.Episodes.Verification;

namespace Capture.Episodes.Tests.Refit;

public sealed class EpisodeRefitTests
{
    private static readonly LatencyRange s_calibrated = new(Duration.FromMilliseconds(25), Duration.FromMilliseconds(30));

    private TempFolder _temp = null!;
    private string _folder = "";

    [SetUp]
    public void Record()
    {
        _temp = new TempFolder();
        using var rig = new Rig();
        ICameraFrameSink camera = rig.Recorder.Open(Streams.Camera());
        IMocapFrameSink mocap = rig.Recorder.Open(Streams.Mocap());
        IJointStateSink joints = rig.Recorder.Open(Streams.Joints());
        rig.Recorder.Arm();
        HostTime t0 = rig.Recorder.Anchor.Origin + Duration.FromSeconds(1);
        for (int i = 0; i < 240; i++)
        {
            HostTime t = t0 + new Duration(i * 8_333_333L);
            mocap.Append(Rig.Stamp(i, t, i * 8333L), [null, null], []);
            joints.Append(Rig.Stamp(i, t), t, t, [.. Enumerable.Repeat(new JointReading(true, 1, 0, 0), 7)]);
            if (i % 4 == 0)
            {
                camera.Append(Rig.Stamp(i / 4, t), Jpegs.Grey8, true);
            }
        }

        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        _folder = _temp.At("take.episode");
        TempFolder.Copy(rig.Folder, _folder);
    }

    [TearDown]
    public void Remove() => _temp.Dispose();

    [Test]
    public void The_next_version_stands_beside_the_first_and_the_streams_stay_byte_for_byte()
    {
        Dictionary<string, string> before = Hashes();
        RefitPlan plan = EpisodeRefit.Execute(_folder, new RefitOptions { Latencies = new Dictionary<string, LatencyRange> { ["front"] = s_calibrated } });
        EpisodeManifest manifest = ManifestFile.Read(_folder);
        Dictionary<string, string> after = Hashes();
        IReadOnlyList<RefitChange> changes = EpisodeRefit.Compare(_folder, "v1", "v2");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((plan.From, plan.To), Is.EqualTo(("v1", "v2")));
            Assert.That(after.Where(f => before.ContainsKey(f.Key)), Is.EquivalentTo(before), "no file that was there has changed");
            Assert.That(after.Keys.Except(before.Keys), Is.EquivalentTo(plan.Files));
            Assert.That(plan.Files, Is.EquivalentTo(["clocks/mocap.v2.arrow", "times/front.v2.arrow", "times/mocap.v2.arrow", "times/arm.v2.arrow"]));
            Assert.That(manifest.Times!.InForce, Is.EqualTo("v2"));
            Assert.That(manifest.Times.Versions, Is.EqualTo(new[] { "v1", "v2" }));
            Assert.That(manifest.Clocks.Single(c => c.Name == "mocap").File, Is.EqualTo("clocks/mocap.v2.arrow"));
            Assert.That(manifest.Certificate!.Streams.Single(s => s.Stream == "front").LatencyAppliedNs, Is.EqualTo(25_000_000));
            Assert.That(manifest.OtherCertificates!.Single().Version, Is.EqualTo("v1"));
            Assert.That(changes.Single(c => c.Stream == "front").MedianNs, Is.EqualTo(-20_000_000).Within(1_000_000), "5 ms were declared, 25 are calibrated");
            Assert.That(changes.Single(c => c.Stream == "mocap").MaxNs, Is.Zero, "the same evidence, the same estimator");
            Assert.That(EpisodeVerifier.Verify(_folder).Where(f => f.Severity == FindingSeverity.Error), Is.Empty);
        }
    }

    [Test]
    public void Either_version_can_be_put_in_force()
    {
        EpisodeManifest first = ManifestFile.Read(_folder);
        EpisodeRefit.Execute(_folder, new RefitOptions { Latencies = new Dictionary<string, LatencyRange> { ["front"] = s_calibrated } });
        long[] second = Times();
        Assert.That(EpisodeRefit.Use(_folder, "v1", dryRun: true).To, Is.EqualTo("v1"));
        Assert.That(Times(), Is.EqualTo(second), "a dry run changes nothing");
        EpisodeRefit.Use(_folder, "v1");
        EpisodeManifest back = ManifestFile.Read(_folder);
        Assert.That(back.Certificate!.Streams, Is.EqualTo(first.Certificate!.Streams));
        Assert.That(back.Clocks, Is.EqualTo(first.Clocks));
        Assert.That(Times(), Is.Not.EqualTo(second));
        Assert.That(EpisodeVerifier.Verify(_folder).Where(f => f.Severity == FindingSeverity.Error), Is.Empty);
        EpisodeRefit.Use(_folder, "v2");
        Assert.That(Times(), Is.EqualTo(second));
        Assert.That(() => EpisodeRefit.Use(_folder, "v7"), Throws.TypeOf<EpisodeException>().With.Message.Contains("v1, v2"));
    }

    [Test]
    public void A_dry_run_names_what_would_be_written()
    {
        Dictionary<string, string> before = Hashes();
        RefitPlan plan = EpisodeRefit.Plan(_folder);
        Assert.That(Hashes(), Is.EquivalentTo(before));
        Assert.That(EpisodeRefit.Execute(_folder).Files, Is.EquivalentTo(plan.Files));
    }

    [Test]
    public void What_an_interrupted_refit_left_is_neither_believed_nor_overwritten()
    {
        File.WriteAllText(Path.Combine(_folder, "times", "front.v2.arrow"), "half");
        RefitPlan plan = EpisodeRefit.Execute(_folder);
        Assert.That(plan.To, Is.EqualTo("v3"));
        Assert.That(File.ReadAllText(Path.Combine(_folder, "times", "front.v2.arrow")), Is.EqualTo("half"));
        Assert.That(ManifestFile.Read(_folder).Times!.Versions, Is.EqualTo(new[] { "v1", "v3" }));
    }

    [Test]
    public void An_unknown_stream_and_a_recording_are_refused()
    {
        var options = new RefitOptions { Latencies = new Dictionary<string, LatencyRange> { ["back"] = s_calibrated } };
        Assert.That(() => EpisodeRefit.Execute(_folder, options), Throws.TypeOf<EpisodeException>().With.Message.Contains("no stream 'back'"));
        using var rig = new Rig();
        rig.Recorder.Arm();
        Assert.That(() => EpisodeRefit.Execute(rig.Folder), Throws.TypeOf<EpisodeException>().With.Property("Problem").EqualTo(EpisodeProblem.Held));
    }

    [TestCase("rows")]
    [TestCase("sigma")]
    [TestCase("bound")]
    [TestCase("version")]
    [TestCase("nothing")]
    public void Verify_finds_a_certificate_that_says_what_the_data_do_not(string claim)
    {
        EpisodeManifest manifest = ManifestFile.Read(_folder);
        CertifiedStream mocap = manifest.Certificate!.Streams.Single(s => s.Stream == "mocap");
        CertifiedStream changed = claim switch
        {
            "rows" => mocap with { Rows = mocap.Rows + 1 },
            "sigma" => mocap with { SigmaNs = mocap.SigmaNs! with { P99 = mocap.SigmaNs.P99 / 2 } },
            "bound" => mocap with { BoundNs = null },
            _ => mocap,
        };
        ManifestFile.Write(Capture.Episodes.Disk.KernelDisk.Instance, _folder, manifest with
        {
            Certificate = manifest.Certificate with
            {
                Version = claim == "version" ? "v9" : "v1",
                Streams = [.. manifest.Certificate.Streams.Select(s => s.Stream == "mocap" ? changed : s)],
            },
        });
        IEnumerable<Finding> errors = EpisodeVerifier.Verify(_folder).Where(f => f.Severity == FindingSeverity.Error && f.Place.Contains("episode.json", StringComparison.Ordinal));
        Assert.That(errors, claim == "nothing" ? Is.Empty : Is.Not.Empty, claim);
    }

    private long[] Times()
    {
        using EpisodeReader episode = EpisodeReader.Open(_folder);
        return episode.Stream("front").ReadTimes();
    }

    private Dictionary<string, string> Hashes() => Directory.GetFiles(_folder, "*", SearchOption.AllDirectories)
        .Select(f => (Path: Path.GetRelativePath(_folder, f), Hash: Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))))
        .Where(f => f.Path != ManifestFile.Name)
        .ToDictionary(f => f.Path, f => f.Hash, StringComparer.Ordinal);
}
