using System.Buffers.Binary;

namespace Capture.Arrow.Tests;

/// <summary>Damaged bytes: a typed error or whole messages, never another exception, a hang or more memory than the file is worth.</summary>
public sealed class FuzzTests
{
    private static readonly long[] s_nasty = [0, 1, -1, 7, 8, 63, 64, 255, 0x7FFF, 0xFFFF, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue, 1L << 40];

    [Test]
    public void Every_byte_changed_is_survived([Values] bool file)
    {
        byte[] bytes = new SampleTable(SampleTable.SchemaOf([ArrowType.Int32, ArrowType.Utf8, ArrowType.List(ArrowType.Bool)], nullable: true), Nulls.Some, 1, 5, 3).Write(file);
        byte[] copy = new byte[bytes.Length];
        for (int at = 0; at < bytes.Length; at++)
        {
            foreach (byte mask in (ReadOnlySpan<byte>)[0x01, 0x80, 0xFF])
            {
                bytes.CopyTo(copy, 0);
                copy[at] ^= mask;
                ReadAll(copy, $"byte {at} ^ {mask:X2}");
            }
        }
    }

    [Test]
    public void Fields_overwritten_with_extreme_numbers_are_survived([Values] bool file)
    {
        byte[] bytes = new SampleTable(SampleTable.SchemaOf([ArrowType.Struct(new ArrowField("x", ArrowType.Float64)), ArrowType.Binary], nullable: true), Nulls.Some, 1, 4).Write(file);
        byte[] copy = new byte[bytes.Length];
        for (int at = 0; at + 8 <= bytes.Length; at += 2)
        {
            foreach (long value in s_nasty)
            {
                bytes.CopyTo(copy, 0);
                BinaryPrimitives.WriteInt32LittleEndian(copy.AsSpan(at), unchecked((int)value));
                ReadAll(copy, $"int32 at {at} = {value}");
                BinaryPrimitives.WriteInt64LittleEndian(copy.AsSpan(at), value);
                ReadAll(copy, $"int64 at {at} = {value}");
            }
        }
    }

    [Test]
    public void Random_damage_to_every_type_is_survived() => Damage(seed: 20, rounds: 3000);

    [Test]
    [Explicit]
    [Category("Long")]
    public void Random_damage_is_survived_a_million_times([Range(1, 10)] int seed) => Damage(seed * 1000, rounds: 100_000);

    [Test]
    public void A_batch_cut_at_every_prefix_is_refused()
    {
        var table = new SampleTable(SampleTable.SchemaOf(SampleTable.Types(), nullable: true), Nulls.Some, 1, 6);
        byte[] bytes = table.Write(file: true);
        using ArrowReader reader = ArrowReader.Open(bytes);
        ReadOnlyMemory<byte> message = bytes.AsMemory((int)reader.Batches[0].Block.Offset, (int)reader.Batches[0].Block.Length);
        for (int length = 0; length < message.Length; length++)
        {
            ReadOnlyMemory<byte> cut = message[..length];
            Assert.That(() => RecordBatch.Decode(table.Schema, cut), Throws.TypeOf<ArrowFormatException>(), $"{length} bytes");
        }
    }

    [Test]
    public void A_message_says_of_itself_what_the_walk_read_and_is_refused_where_its_metadata_is_cut()
    {
        byte[] bytes = new SampleTable(SampleTable.SchemaOf(SampleTable.Types(), nullable: true), Nulls.Some, 1, 6).Write(file: true);
        using ArrowReader reader = ArrowReader.Open(bytes);
        ArrowMessage walked = reader.Batches[0];
        byte[] message = bytes.AsSpan((int)walked.Block.Offset, walked.Block.MetadataLength).ToArray();
        var read = ArrowMessage.Read(message, walked.Block.Offset);
        Assert.That((read.Block, read.Kind, read.Rows, read.Compression), Is.EqualTo((walked.Block, walked.Kind, walked.Rows, walked.Compression)));
        Assert.That(read.Metadata, Is.EqualTo(walked.Metadata));
        for (int length = 0; length < message.Length; length++)
        {
            byte[] cut = message[..length];
            Assert.That(() => ArrowMessage.Read(cut, 0), Throws.TypeOf<ArrowFormatException>(), $"{length} bytes");
        }
    }

    [Test]
    public void Noise_is_refused_at_every_length()
    {
        byte[] noise = new byte[512];
        new Random(3).NextBytes(noise);
        for (int length = 0; length < noise.Length; length++)
        {
            ReadAll(noise.AsMemory(0, length), $"noise of {length}");
            byte[] behindMagic = [.. "ARROW1\0\0"u8, .. noise.AsSpan(0, length)];
            ReadAll(behindMagic, $"noise of {length} behind the magic");
            byte[] behindPrefix = [0xFF, 0xFF, 0xFF, 0xFF, (byte)(length & 0xF8), (byte)(length >> 8), 0, 0, .. noise.AsSpan(0, length)];
            ReadAll(behindPrefix, $"noise of {length} behind a prefix");
        }
    }

    private static void Damage(int seed, int rounds)
    {
        byte[] bytes = new SampleTable(SampleTable.SchemaOf(SampleTable.Types(), nullable: true), Nulls.Some, 1, 9, 2).Write(file: true);
        byte[] copy = new byte[bytes.Length];
        var random = new Random(seed);
        for (int round = 0; round < rounds; round++)
        {
            bytes.CopyTo(copy, 0);
            for (int hit = random.Next(1, 8); hit > 0; hit--)
            {
                int at = random.Next(copy.Length - 8);
                switch (random.Next(4))
                {
                    case 0: copy[at] = (byte)random.Next(256); break;
                    case 1: BinaryPrimitives.WriteInt32LittleEndian(copy.AsSpan(at & ~3), (int)s_nasty[random.Next(s_nasty.Length)]); break;
                    case 2: BinaryPrimitives.WriteInt64LittleEndian(copy.AsSpan(at & ~7), s_nasty[random.Next(s_nasty.Length)]); break;
                    default: bytes.AsSpan(random.Next(bytes.Length - 64), 64).CopyTo(copy.AsSpan(Math.Min(at, copy.Length - 64))); break;
                }
            }

            int length = random.Next(10) == 0 ? random.Next(copy.Length) : copy.Length;
            ReadAll(copy.AsMemory(0, length), $"seed {seed}, round {round}");
        }
    }

    /// <summary>Opens, decodes and touches everything that is handed out.</summary>
    private static void ReadAll(ReadOnlyMemory<byte> bytes, string what)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using ArrowReader reader = ArrowReader.Open(bytes);
            for (int i = 0; i < reader.Batches.Count; i++)
            {
                try
                {
                    foreach (ArrowColumn column in reader.ReadBatch(i).Columns)
                    {
                        Touch(column);
                    }
                }
                catch (ArrowFormatException e)
                {
                    Assert.That(e.Message, Is.Not.Empty);
                }
            }
        }
        catch (ArrowFormatException e)
        {
            Assert.That(e.Message, Is.Not.Empty);
        }
        catch (Exception e)
        {
            Assert.Fail($"{what}: {e}");
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > (200L * bytes.Length) + 200_000)
        {
            Assert.Fail($"{what}: {allocated} bytes allocated for {bytes.Length}");
        }
    }

    private static void Touch(ArrowColumn column)
    {
        int rows = Math.Min(column.Length, 4096);
        for (int row = 0; row < rows; row++)
        {
            _ = column.IsNull(row);
            switch (column.Field.Type)
            {
                case BoolType: _ = column.Bool(row); break;
                case BinaryType or Utf8Type: _ = column.Bytes(row).Length; break;
                case ListType or FixedSizeListType:
                    (int start, int count) = column.Items(row);
                    if (start < 0 || count < 0 || start + count > column.Item.Length)
                    {
                        throw new InvalidOperationException($"items {start}+{count} of {column.Item.Length}");
                    }

                    break;
            }
        }

        foreach (ArrowColumn child in column.Children)
        {
            Touch(child);
        }
    }
}
