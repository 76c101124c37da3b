using Capture.Agent.Encoders;
using Capture.Agent.Rig;

namespace Capture.Agent.Tests.Rig;

/// <summary>`encode` and `pace` of a camera, as an operator writes them.</summary>
public sealed class EncodeEntryTests
{
    [Test]
    public void One_word_takes_what_is_usual_and_a_mapping_changes_what_it_names()
    {
        EncodeOptions usual = Read("encode: h264").Encode!;
        EncodeOptions own = Read("encode: {kbit: 4000, preset: superfast, key_every: 30, threads: 2, when_behind: drop-new}").Encode!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(usual, Is.EqualTo(new EncodeOptions()));
            Assert.That((usual.WhenBehind, usual.SpillMb, usual.Video.Quality, usual.Video.KeyFrameEvery), Is.EqualTo((BehindPolicy.Spill, 256, 23, 10)), "as the README says");
            Assert.That((own.Video.KilobitsPerSecond, own.Video.Preset, own.Video.KeyFrameEvery, own.Video.Threads, own.WhenBehind), Is.EqualTo((4000, "superfast", 30, 2, BehindPolicy.DropNew)));
            Assert.That(Read("encode: h264").Request.KeepsRaw, Is.True);
            Assert.That(Read("fps: 30").Encode, Is.Null);
        }
    }

    [TestCase("encode: h265", "encode: 'h265' is not known here")]
    [TestCase("encode: {quality: 90}", "out of range")]
    [TestCase("encode: {preset: placebo}", "'placebo' is not known here")]
    [TestCase("encode: {when_behind: wait}", "'wait' is not known here: expected one of spill, drop-new")]
    [TestCase("encode: {when_behind: drop-new, spill_mb: 64}", "nothing spills")]
    [TestCase("encode: {quality: 20, kbit: 4000}", "expected one of the two")]
    [TestCase("encode: {qualty: 20}", "did you mean `quality`?")]
    [TestCase("pace: fast", "pace: a camera of the network has its own pace")]
    public void What_makes_no_sense_is_told_with_its_key(string line, string expected) =>
        Assert.That(() => Read(line), Throws.TypeOf<RigException>().With.Message.Contain(expected));

    [Test]
    public void The_rig_that_the_README_shows_is_understood()
    {
        string readme = File.ReadAllText(Path.Combine(Root(), "capture", "README.md"));
        int chapter = readme.IndexOf("### Cameras as H.264", StringComparison.Ordinal);
        int from = readme.IndexOf("```yaml", chapter, StringComparison.Ordinal) + 8;
        string folder = Directory.CreateTempSubdirectory("readme-").FullName;
        try
        {
            string file = Path.Combine(folder, "rig.yaml");
            File.WriteAllText(file, readme[from..readme.IndexOf("```", from, StringComparison.Ordinal)]);
            RigFile rig = RigReader.Read(file);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(rig.Devices.Select(d => d.Name), Is.EqualTo(new[] { "raw", "front", "clip", "screen" }));
                Assert.That(rig.Devices.OfType<CameraEntry>().Select(c => c.Encode is not null), Is.EqualTo(new[] { true, true, false, false }));
                Assert.That(new EncodeOptions { WhenBehind = BehindPolicy.DropNew }.MostWaiting(1) + EncodedCamera.MostInside, Is.EqualTo(12), "the depth that it states");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Root()
    {
        DirectoryInfo folder = new(TestContext.CurrentContext.TestDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Capture.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }

    private static CameraEntry Read(string line)
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("encode-").FullName, "rig.yaml");
        try
        {
            File.WriteAllText(file, $"rig: bench\nstreams:\n  front: {{kind: camera, url: \"http://127.0.0.1:1/stream\", {line}}}\n");
            return (CameraEntry)RigReader.Read(file).Devices[0];
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }
}
