using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;
using Capture.Episodes.Verification;

namespace Capture.Episodes.Tests.Golden;

/// <summary>
/// The smallest episode of version 1, byte for byte: one trigger edge, on a clock that stands still. It is read for ever; a writer that makes other bytes has
/// changed the format or its encoding, and must say so. To write the files anew after a deliberate change: CAPTURE_WRITE_GOLDEN=1.
/// </summary>
public sealed class SmallestEpisodeTests
{
    private const string Stream = "streams/board.trigger.arrow";

    [Test]
    public void The_writer_makes_the_same_bytes()
    {
        using var temp = new TempFolder();
        string made = Dump(Record(temp));
        if (Environment.GetEnvironmentVariable("CAPTURE_WRITE_GOLDEN") == "1")
        {
            File.WriteAllText(GoldenPath(), made);
        }

        Assert.That(made, Is.EqualTo(File.ReadAllText(GoldenPath())));
    }

    [Test]
    public void The_specification_shows_the_same_bytes()
    {
        string spec = File.ReadAllText(Path.Combine(Path.GetDirectoryName(GoldenPath())!, "../../../capture/spec/episode-format.md")).ReplaceLineEndings("\n");
        string[] sections = File.ReadAllText(GoldenPath()).Split("== ");
        string stream = sections.Single(s => s.StartsWith(Stream + "\n", StringComparison.Ordinal));
        Assert.That(spec, Does.Contain(stream[(Stream.Length + 1)..].TrimEnd()));
    }

    // The first writers of version 1 put no checksum into the manifest, and those after them no rows into the footers.
    [TestCase("v1-smallest.hex")]
    [TestCase("v1-smallest-unsigned.hex")]
    [TestCase("v1-smallest-uncounted.hex")]
    public void The_committed_bytes_are_read_and_verified(string name)
    {
        using var temp = new TempFolder();
        string folder = temp.At("smallest.episode");
        foreach (string section in File.ReadAllText(Path.Combine(Path.GetDirectoryName(GoldenPath())!, name)).Split("== ", StringSplitOptions.RemoveEmptyEntries))
        {
            string[] lines = section.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            string path = Path.Combine(folder, lines[0]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, Undump(lines.AsSpan(1)));
        }

        using EpisodeReader episode = EpisodeReader.Open(folder);
        EpisodeStream edges = episode.Stream("board.trigger");
        Arrow.RecordBatch batch = edges.ReadBatch(0);
        Assert.Multiple(() =>
        {
            Assert.That(edges.Rows, Is.EqualTo(1));
            Assert.That(batch.Column("edge").Values<long>()[0], Is.EqualTo(41));
            Assert.That(batch.Column("device_ticks").Values<long>()[0], Is.EqualTo(123_456));
            Assert.That(batch.Column("episode_time_ns").Values<long>()[0], Is.EqualTo(5_000_000));
            Assert.That(EpisodeVerifier.Verify(folder), Is.Empty);
        });
    }

    private static string Record(TempFolder temp)
    {
        var clock = new StepClock();
        using EpisodeRecorder recorder = EpisodeRecorder.Create(new EpisodeSettings
        {
            RigName = "bench",
            EpisodesFolder = temp.Path,
            Name = "smallest",
            Clock = clock,
            Id = Guid.ParseExact("00112233-4455-6677-8899-aabbccddeeff", "D"),
            SoftwareVersion = "1.0.0",
            BootId = "11111111-2222-3333-4444-555555555555",
            BufferSeconds = 0.5,
        });
        ITriggerEdgeSink edges = recorder.Open(Streams.Trigger());
        recorder.Arm();
        HostTime t = recorder.Anchor.Origin;
        edges.Append(new SampleStamp(0, 0, new DeviceTicks(123_456), t + Duration.FromMilliseconds(6), t + Duration.FromMilliseconds(5)), 1, 41, true);
        clock.Advance(10_000_000);
        recorder.Stop(StopReason.Operator);
        recorder.Seal();
        return recorder.Folder;
    }

    private static string Dump(string folder)
    {
        var text = new StringBuilder();
        foreach (string file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal))
        {
            text.Append("== ").Append(Path.GetRelativePath(folder, file)).Append('\n');
            byte[] bytes = File.ReadAllBytes(file);
            for (int i = 0; i < bytes.Length; i += 32)
            {
                ReadOnlySpan<byte> line = bytes.AsSpan(i, Math.Min(32, bytes.Length - i));
                text.Append(i.ToString("x4", CultureInfo.InvariantCulture)).Append(' ').Append(Convert.ToHexStringLower(line)).Append('\n');
            }
        }

        return text.ToString();
    }

    private static byte[] Undump(ReadOnlySpan<string> lines)
    {
        var bytes = new List<byte>();
        foreach (string line in lines)
        {
            bytes.AddRange(Convert.FromHexString(line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
        }

        return [.. bytes];
    }

    private static string GoldenPath([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "v1-smallest.hex");
}
