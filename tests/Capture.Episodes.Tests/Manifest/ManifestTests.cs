using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using Capture.Core.Streams;
using Capture.Episodes.Manifest;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;

namespace Capture.Episodes.Tests.Manifest;

public sealed class ManifestTests
{
    [Test]
    public void A_foreign_validator_takes_the_manifest_in_every_state()
    {
        using var rig = new Rig();
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Open(Streams.Camera());
        Validate(rig.Folder);
        rig.Recorder.Arm();
        Validate(rig.Folder);
        imu.Append(Rig.Stamp(0, rig.Now, 0), [1, 2, 3], [4, 5, 6]);
        imu.Book(new Loss(rig.Now, LossStage.Device, LossReason.Disconnected, LossEvidence.None, null, null));
        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        Validate(rig.Folder);
    }

    [TestCase("""{"format":"capture-episode","version":2}""", "version 2", EpisodeProblem.TooNew)]
    [TestCase("""{"format":"something","version":1}""", "'format'", EpisodeProblem.NotAnEpisode)]
    [TestCase("""{"format":"capture-episode","version":1,"id":5}""", "$.id", EpisodeProblem.Damaged)]
    [TestCase("""{"format":"capture-episode","version":1}""", "anchor", EpisodeProblem.Damaged)]
    [TestCase("""{"format":"capture-ep""", "episode.json", EpisodeProblem.Damaged)]
    [TestCase("", "episode.json", EpisodeProblem.Damaged)]
    public void A_wrong_manifest_is_refused_by_name(string json, string said, EpisodeProblem problem)
    {
        EpisodeException? e = Assert.Throws<EpisodeException>(() => ManifestFile.Parse(Encoding.UTF8.GetBytes(json), "x/episode.json"));
        Assert.Multiple(() =>
        {
            Assert.That(e!.Message, Does.Contain(said));
            Assert.That(e!.Problem, Is.EqualTo(problem));
        });
    }

    [Test]
    public void Unknown_members_are_kept_and_paths_outside_are_refused()
    {
        using var rig = new Rig();
        rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        string json = File.ReadAllText(ManifestFile.PathIn(rig.Folder));
        string with = json.Replace("\"rig\"", "\"later\": {\"a\": 1}, \"rig\"", StringComparison.Ordinal);
        EpisodeManifest manifest = ManifestFile.Parse(Encoding.UTF8.GetBytes(with), "x");
        string outside = json.Replace("streams/board.imu.arrow", "../../etc/passwd", StringComparison.Ordinal);
        Assert.Multiple(() =>
        {
            Assert.That(Encoding.UTF8.GetString(ManifestFile.Encode(manifest)), Does.Contain("\"later\""));
            Assert.That(() => ManifestFile.Parse(Encoding.UTF8.GetBytes(outside), "x"), Throws.TypeOf<EpisodeException>().With.Message.Contains("outside the episode"));
        });
    }

    /// <summary>Python's jsonschema (Debian: python3-jsonschema) against the schema beside the specification.</summary>
    private static void Validate(string folder)
    {
        string schema = Path.Combine(Path.GetDirectoryName(Here())!, "../../../capture/spec/episode.schema.json");
        const string Script = "import json,sys\ntry:\n import jsonschema\nexcept ImportError:\n sys.exit(77)\njsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])), cls=jsonschema.Draft202012Validator)";
        foreach (string python in new[] { "/usr/bin/python3", "python3" })
        {
            try
            {
                using Process process = Process.Start(new ProcessStartInfo(python, ["-c", Script, ManifestFile.PathIn(folder), schema]) { RedirectStandardError = true, UseShellExecute = false })!;
                string error = process.StandardError.ReadToEnd();
                process.WaitForExit();
                if (process.ExitCode != 77)
                {
                    Assert.That(process.ExitCode, Is.Zero, error);
                    return;
                }
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // The next one.
            }
        }

        Assert.Ignore("No Python with jsonschema: sudo apt-get install python3-jsonschema");
    }

    private static string Here([CallerFilePath] string here = "") => here;
}
