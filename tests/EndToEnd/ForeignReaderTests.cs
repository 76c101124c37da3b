using System.Text.Json;
using Capture.Tests.Foreign;
using EndToEnd.Truth;

namespace EndToEnd;

/// <summary>Other implementations of Arrow read every file of a sealed episode as we do. A reader that is missing fails these tests.</summary>
internal sealed class ForeignReaderTests
{
    private static readonly string[] s_folders = ["streams", "clocks", "times"];

    [OneTimeSetUp]
    public void Install() => ForeignReaders.Install();

    [Test]
    public void Apache_arrow_reads_every_file_with_its_values_and_metadata() => Compare(ForeignReaders.ReadWithArrowJs(Files()), metadata: true);

    [Test]
    public void Polars_reads_every_file_with_its_values() => Compare(ForeignReaders.ReadWithPolars(Files()), metadata: false);

    private static string[] Files()
    {
        string[] files = [.. s_folders.SelectMany(f => Directory.GetFiles(Path.Combine(LiveRecording.Shared.Episode, f), "*.arrow")).Order(StringComparer.Ordinal)];
        Assert.That(files, Has.Length.GreaterThanOrEqualTo(13 + 4 + 9), "streams, clocks and times");
        return files;
    }

    private static void Compare(IReadOnlyList<JsonElement> read, bool metadata)
    {
        Assert.That(read, Has.Count.EqualTo(Files().Length));
        using (Assert.EnterMultipleScope())
        {
            foreach (JsonElement file in read)
            {
                Assert.That(ForeignComparison.Differences(file, metadata), Is.Empty, file.GetProperty("file").GetString());
            }
        }

        TestContext.Out.WriteLine($"{read[0].GetProperty("reader").GetString()}: {read.Count} files, {read.Sum(f => f.GetProperty("rows").GetArrayLength())} rows");
    }
}
