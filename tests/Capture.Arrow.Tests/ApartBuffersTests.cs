namespace Capture.Arrow.Tests;

/// <summary>A message whose large buffers stay where they are is the same message, in pieces.</summary>
public sealed class ApartBuffersTests
{
    private static readonly ArrowSchema s_schema = new(
    [
        new ArrowField("number", ArrowType.Int64),
        new ArrowField("first", ArrowType.Binary),
        new ArrowField("text", ArrowType.Utf8),
        new ArrowField("second", ArrowType.Binary),
    ]);

    [TestCase(0, 0, 0)]
    [TestCase(ApartBuffers.LeastBytes - 1, 10, 0)]
    [TestCase(ApartBuffers.LeastBytes, 10, 1)]
    [TestCase(100_001, 77_777, 2)]
    [TestCase(10, 64_000, 1)]
    public void The_pieces_joined_are_the_message(int first, int second, int apart)
    {
        var random = new Random(first + second);
        using var builder = new BatchBuilder(s_schema, new BatchCapacity { Rows = 4, VariableBytes = 200_000 });
        for (int fill = 0; fill < 2; fill++)
        {
            // Once full, so that what it leaves behind the second, shorter values would show in the padding.
            builder.Clear();
            Append(builder, random, fill == 0 ? 200_000 : first, fill == 0 ? 200_000 : second);
        }

        var encoder = new IpcEncoder(s_schema);
        byte[] whole = new byte[encoder.MaxBatchLength(builder)];
        byte[] encoded = new byte[whole.Length];
        var metadata = new MessageMetadata(1, 32);
        metadata.Add("key"u8, "value"u8);
        ArrowBlock expected = encoder.EncodeBatch(builder, whole, 128, metadata);
        var buffers = new ApartBuffers();
        ArrowBlock block = encoder.EncodeBatch(builder, encoded, 128, metadata, buffers);
        var joined = new List<byte>();
        int at = 0;
        for (int i = 0; i < buffers.Count; i++)
        {
            joined.AddRange(encoded.AsSpan(at, buffers.Before(i)));
            at += buffers.Before(i);
            joined.AddRange(buffers.Bytes(i));
        }

        joined.AddRange(encoded.AsSpan(at, (int)block.Length - joined.Count));
        Assert.Multiple(() =>
        {
            Assert.That(block, Is.EqualTo(expected));
            Assert.That(buffers.Count, Is.EqualTo(apart));
            Assert.That(joined, Is.EqualTo(whole[..(int)expected.Length]));
        });
    }

    private static void Append(BatchBuilder builder, Random random, int first, int second)
    {
        byte[] bytes = new byte[Math.Max(first, second)];
        random.NextBytes(bytes);
        builder.Column<Int64Column>("number").Append(1);
        builder.Column<BinaryColumn>("first").Append(bytes.AsSpan(0, first));
        builder.Column<Utf8Column>("text").Append("between");
        builder.Column<BinaryColumn>("second").Append(bytes.AsSpan(0, second));
        builder.EndRow();
    }
}
