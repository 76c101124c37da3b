using System.Buffers.Binary;
using System.Text.Json;
using static Capture.Tests.Foreign.ForeignReaders;

namespace Capture.Arrow.Tests.Types;

/// <summary>
/// Valid files of every type, changed field by field from a seed: the numbers of the flatbuffers (offsets, lengths, counts, types), of nodes and buffers, of prefix
/// and footer, of offsets and views in the bodies. What comes of it is a typed error or whole messages, within the limits; what is accepted gets a second opinion.
/// Not proved: that two readers agree on what is malformed. The peer, arrow-rs, also refuses tables that are not on their alignment and what it has no codec for;
/// they may refuse different files, but not show different values.
/// </summary>
public sealed class MutationTests
{
    private static readonly ArrowReadLimits s_limits = new() { DecompressedBytes = 1 << 20, DictionaryBytes = 1 << 20, ShownValues = 20_000, Rows = 4096 };

    private static readonly long[] s_nasty = [0, 1, 2, -1, 3, 4, 5, 7, 8, 12, 16, 63, 64, 127, 128, 255, 256, 0x7FFF, 0xFFFF, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue, 1L << 40];

    private readonly List<ValidFile> _files = [];

    [OneTimeSetUp]
    public void WriteFiles()
    {
        foreach (AnyType type in AnyType.All)
        {
            var table = new AnyTable(type.Type, Nulls.Some, seed: 60, 7, 3);
            Add(type.Name, table.Write(file: true));
            Add(type.Name, table.Write(file: false));
            Add(type.Name, table.Write(file: false, type.Name.Length % 2 == 0 ? ArrowCompression.Lz4Frame : ArrowCompression.Zstd));
        }
    }

    [Test]
    public void Changed_fields_end_in_a_typed_error_or_in_whole_messages() => Mutate(seed: 1, rounds: 20_000);

    [Test]
    [Explicit]
    [Category("Long")]
    public void Changed_fields_a_million_times([Range(2, 11)] int seed) => Mutate(seed, rounds: 100_000);

    [Test]
    public void Each_single_field_of_one_schema_and_batch_takes_every_extreme()
    {
        (string name, byte[] bytes, int[] fields, _) = _files.First(f => f.Name == "struct" && f.Bytes.AsSpan().StartsWith("ARROW1"u8));
        byte[] copy = new byte[bytes.Length];
        foreach (int at in fields.Where(f => f + 8 <= bytes.Length))
        {
            foreach (long value in s_nasty)
            {
                foreach (int width in (int[])[2, 4, 8])
                {
                    bytes.CopyTo(copy, 0);
                    Put(copy, at, width, value);
                    Read(copy, $"{name}: {width} bytes at {at} = {value}");
                }
            }
        }
    }

    [Test]
    public void Accepted_changes_get_a_second_opinion() => SecondOpinions(seed: 1, rounds: 4_000);

    [Test]
    [Explicit]
    [Category("Long")]
    public void Accepted_changes_get_many_second_opinions([Range(2, 11)] int seed) => SecondOpinions(seed, rounds: 40_000);

    private void SecondOpinions(int seed, int rounds)
    {
        Install();
        string folder = Directory.CreateTempSubdirectory("capture-arrow-opinions-").FullName;
        try
        {
            var accepted = new Dictionary<string, (string What, string[] Rows)>(StringComparer.Ordinal);
            var random = new Random(seed);
            ValidFile[] streams = [.. _files.Where(f => f.Bytes[0] == 0xFF && !f.Compressed && !f.Name.Contains("list-view", StringComparison.Ordinal))];
            for (int round = 0; round < rounds; round++)
            {
                (byte[] bytes, string what) = Mutation(streams[random.Next(streams.Length)], random);
                string[]? rows = Read(bytes, $"seed {seed}, round {round}: {what}");
                if (rows is null)
                {
                    continue;
                }

                string path = Path.Combine(folder, $"{round}.stream.arrow");
                File.WriteAllBytes(path, bytes);
                accepted[path] = (what, rows);
            }

            int agreed = 0;
            int refused = 0;
            foreach (JsonElement answer in ThroughPeer("arrow-rs", folder, [.. accepted.Keys]))
            {
                (string what, string[] rows) = accepted[answer.GetProperty("file").GetString()!];
                if (!answer.TryGetProperty("out", out JsonElement back))
                {
                    refused++;
                    continue;
                }

                using ArrowReader reader = ArrowReader.Open(back.GetString()!);
                Assert.That(AnyTable.RowsOf(reader), Is.EqualTo(rows), what);
                agreed++;
            }

            TestContext.Out.WriteLine($"of {rounds} changed streams {accepted.Count} are accepted here; the peer shows the same values of {agreed} and refuses {refused}");
            Assert.That(agreed, Is.GreaterThan(rounds / 20), "too few to mean anything");
            Assert.That(refused, Is.LessThan(agreed / 2), "we accept what the peer has a reason to refuse");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Mutate(int seed, int rounds)
    {
        var random = new Random(seed);
        int accepted = 0;
        for (int round = 0; round < rounds; round++)
        {
            (byte[] bytes, string what) = Mutation(_files[random.Next(_files.Count)], random);
            accepted += Read(bytes, $"seed {seed}, round {round}: {what}") is null ? 0 : 1;
        }

        TestContext.Out.WriteLine($"of {rounds} changed files {accepted} are accepted whole");
        Assert.That(accepted, Is.InRange(rounds / 50, rounds * 9 / 10), "the changes reach what is checked, and not only that");
    }

    private static (byte[] Bytes, string What) Mutation(ValidFile file, Random random)
    {
        byte[] bytes = [.. file.Bytes];
        string what = file.Name;
        for (int hits = random.Next(4) == 0 ? random.Next(2, 5) : 1; hits > 0; hits--)
        {
            int at = file.Fields[random.Next(file.Fields.Length)];
            int width = Math.Min(1 << random.Next(4), bytes.Length - at);
            long old = Get(bytes, at, width);
            long value = random.Next(4) switch
            {
                0 => old + random.Next(-9, 10),
                1 => old ^ (1L << random.Next(8 * width)),
                2 => Get(bytes, Math.Min(file.Fields[random.Next(file.Fields.Length)], bytes.Length - width), width),
                _ => s_nasty[random.Next(s_nasty.Length)],
            };
            Put(bytes, at, width, value);
            what += $", {width} bytes at {at}: {old} → {value}";
        }

        return random.Next(20) == 0 ? (bytes[..random.Next(bytes.Length)], what + ", cut") : (bytes, what);
    }

    private static long Get(byte[] bytes, int at, int width)
    {
        Span<byte> word = stackalloc byte[8];
        bytes.AsSpan(at, width).CopyTo(word);
        return BinaryPrimitives.ReadInt64LittleEndian(word);
    }

    private static void Put(byte[] bytes, int at, int width, long value)
    {
        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(word, value);
        word[..width].CopyTo(bytes.AsSpan(at));
    }

    /// <summary>The rows where all is accepted, null where anything is refused. Any other exception fails the test, and so does memory beyond the limits.</summary>
    private static string[]? Read(byte[] bytes, string what)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool whole = false;
        try
        {
            using ArrowReader reader = ArrowReader.Open(bytes, s_limits);
            using var text = new MemoryStream(capacity: 1 << 12);
            ArrowDump.Write(reader, text, s_limits);
            whole = reader.Tail.Kind is ArrowTailKind.EndOfStream or ArrowTailKind.Sealed;
        }
        catch (ArrowFormatException e)
        {
            Assert.That(e.Message, Is.Not.Empty, what);
        }
        catch (Exception e)
        {
            Assert.Fail($"{what}: {e}");
        }

        // Text is worth some of the values that are shown; no number in the file may be worth memory of its size.
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        long bound = 2L * (s_limits.DecompressedBytes + s_limits.DictionaryBytes) + (64L * s_limits.ShownValues) + (400L * bytes.Length) + 1_000_000;
        if (allocated > bound)
        {
            Assert.Fail($"{what}: {allocated} bytes allocated, {bound} are the most");
        }

        if (!whole)
        {
            return null;
        }

        using ArrowReader again = ArrowReader.Open(bytes, s_limits);
        return AnyTable.RowsOf(again);
    }

    /// <summary>Every place where a field may begin: all even bytes of prefixes, metadata and footer, all multiples of four in the bodies.</summary>
    private void Add(string name, byte[] bytes)
    {
        using ArrowReader reader = ArrowReader.Open(bytes);
        var fields = new List<int>();
        var bodies = new List<(long From, long To)>();
        foreach (ArrowMessage message in reader.Batches.Concat(reader.Dictionaries))
        {
            bodies.Add((message.Block.BodyOffset, message.Block.End));
        }

        for (int at = 0; at + 1 < bytes.Length; at += 2)
        {
            bool body = bodies.Exists(b => at >= b.From && at < b.To);
            if (!body || (at % 4 == 0 && (bytes[at] != 0 || at % 32 == 0)))
            {
                fields.Add(at);
            }
        }

        _files.Add(new ValidFile(name, bytes, [.. fields], reader.Batches.Any(b => b.Compression != ArrowCompression.None)));
    }

    private sealed record ValidFile(string Name, byte[] Bytes, int[] Fields, bool Compressed);
}
