using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Capture.Arrow;
using Capture.Episodes.Manifest;
using Capture.Episodes.Migration;

namespace Capture.Episodes.Tests.Migration;

/// <summary>The way from an old version to the present one, step by step, with steps of the test's own: version 1 is the first, and needs none.</summary>
public sealed class FormatMigrationTests
{
    private static readonly FormatMigrations s_chain = new(3, new SecondToThird(), new FirstToSecond());

    [Test]
    public void Each_step_is_taken_once_and_in_order()
    {
        JsonObject manifest = s_chain.Manifest("""{"format":"capture-episode","version":1,"rig":"bench"}"""u8, 1, "here");
        Assert.Multiple(() =>
        {
            Assert.That(manifest["version"]!.GetValue<int>(), Is.EqualTo(3));
            Assert.That(manifest["station"]!.GetValue<string>(), Is.EqualTo("bench/3"));
            Assert.That(manifest.ContainsKey("rig"), Is.False);
        });
    }

    [Test]
    public void A_later_start_takes_only_what_is_left()
    {
        JsonObject manifest = s_chain.Manifest("""{"version":2,"station":"bench"}"""u8, 2, "here");
        Assert.That(manifest["station"]!.GetValue<string>(), Is.EqualTo("bench/3"));
    }

    [Test]
    public void A_stream_file_is_read_as_the_present_version_and_stays_as_it_is()
    {
        ArrowMetadata old = ArrowMetadata.Of(("capture.format", "capture-stream/1"), ("capture.rate", "30"));
        ArrowMetadata metadata = old;
        Assert.Multiple(() =>
        {
            Assert.That(s_chain.TryStream(ref metadata, "capture-stream/1"), Is.True);
            Assert.That(metadata.Find("capture.format"), Is.EqualTo("capture-stream/3"));
            Assert.That(metadata.Find("capture.rate_hz"), Is.EqualTo("30"));
            Assert.That(old.Find("capture.rate"), Is.EqualTo("30"));
        });
    }

    [TestCase("capture-stream/4")]
    [TestCase("capture-stream/0")]
    [TestCase("capture-stream/")]
    [TestCase("capture-stream/1a")]
    [TestCase("other/1")]
    [TestCase(null)]
    public void What_is_no_version_up_to_now_is_not_taken(string? format)
    {
        ArrowMetadata metadata = ArrowMetadata.Empty;
        Assert.That(s_chain.TryStream(ref metadata, format), Is.False);
    }

    [Test]
    public void A_missing_step_and_one_too_many_are_refused_when_the_chain_is_made()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => new FormatMigrations(3, new SecondToThird()), Throws.ArgumentException.With.Message.Contains("from version 1 to 2"));
            Assert.That(() => new FormatMigrations(2, new FirstToSecond(), new SecondToThird()), Throws.ArgumentException);
        });
    }

    [Test]
    public void A_manifest_of_a_later_version_and_one_of_none_are_refused_with_both_numbers()
    {
        byte[] later = Encoding.UTF8.GetBytes("""{"format":"capture-episode","version":99}""");
        byte[] none = Encoding.UTF8.GetBytes("""{"format":"capture-episode","version":0}""");
        Assert.Multiple(() =>
        {
            Assert.That(() => ManifestFile.Parse(later, "x"), Throws.TypeOf<EpisodeException>().With.Property("Problem").EqualTo(EpisodeProblem.TooNew).And.Message.Contains("99").And.Message.Contains("version 1"));
            Assert.That(() => ManifestFile.Parse(none, "x"), Throws.TypeOf<EpisodeException>().With.Message.Contains("version 0"));
        });
    }

    [Test]
    public void Every_version_up_to_now_has_an_episode_that_is_read_for_ever()
    {
        string vectors = VectorFolder();
        Assert.That(Enumerable.Range(1, EpisodeManifest.CurrentVersion).Select(v => $"v{v}").Where(v => Directory.GetDirectories(vectors, v + "-*.episode").Length == 0), Is.Empty);
    }

    private static string VectorFolder([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../vectors/episodes"));

    private sealed class FirstToSecond : FormatMigration
    {
        public override int From => 1;

        public override void Manifest(JsonObject manifest)
        {
            manifest["station"] = manifest["rig"]!.DeepClone();
            manifest.Remove("rig");
        }

        public override ArrowMetadata Stream(ArrowMetadata metadata) =>
            new(metadata.Select(p => p.Key == "capture.rate" ? new KeyValuePair<string, string>("capture.rate_hz", p.Value) : p));
    }

    private sealed class SecondToThird : FormatMigration
    {
        public override int From => 2;

        public override void Manifest(JsonObject manifest) => manifest["station"] = manifest["station"]!.GetValue<string>() + "/3";
    }
}
