using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Capture.Arrow.Tests;

/// <summary>The recorder's whole path in small: a growing file whose messages carry a checksum over themselves, followed, cut, recovered.</summary>
public sealed class ChecksummedFileTests
{
    private static readonly ArrowSchema s_schema = new([new ArrowField("host_ns", ArrowType.Int64), new ArrowField("frame", ArrowType.Binary)]);

    private string _path = string.Empty;

    [SetUp]
    public void NamePath() => _path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.arrow");

    [TearDown]
    public void RemoveFile() => File.Delete(_path);

    [Test]
    public void Every_message_of_a_growing_file_carries_its_own_checksum()
    {
        using (SafeFileHandle file = File.OpenHandle(_path, FileMode.CreateNew, FileAccess.Write, FileShare.Read))
        {
            using var builder = new BatchBuilder(s_schema, new BatchCapacity { Rows = 50, VariableBytes = 100_000 });
            Int64Column time = builder.Column<Int64Column>("host_ns");
            BinaryColumn frame = builder.Column<BinaryColumn>("frame");
            var encoder = new IpcEncoder(s_schema);
            var metadata = new MessageMetadata();
            byte[] buffer = new byte[Math.Max(encoder.MaxSchemaLength(metadata), encoder.MaxBatchLength(builder, metadata))];
            RandomAccess.Write(file, buffer.AsSpan(0, IpcEncoder.WriteMagic(buffer)), 0);
            long end = IpcEncoder.MagicLength;

            metadata.Clear();
            int crc = metadata.Add("crc32c"u8, "00000000"u8);
            end = Write(file, encoder.EncodeSchema(buffer, end, metadata), buffer, metadata.ValueOffset(crc));
            ArrowReader? reader = null;
            for (int batch = 0; batch < 5; batch++)
            {
                builder.Clear();
                for (int row = 0; row < 50 && frame.HasRoom(1000); row++)
                {
                    time.Append((batch * 50) + row);
                    frame.Append(new byte[1000]);
                    builder.EndRow();
                }

                metadata.Clear();
                crc = metadata.Add("crc32c"u8, "00000000"u8);
                end = Write(file, encoder.EncodeBatch(builder, buffer, end, metadata), buffer, metadata.ValueOffset(crc));
                reader ??= ArrowReader.Open(_path);
                reader.Refresh();
                Assert.That((reader.Batches.Count, reader.Tail.Kind, reader.Tail.Offset), Is.EqualTo((batch + 1, ArrowTailKind.Open, end)));
            }

            reader!.Dispose();
        }

        using ArrowReader whole = ArrowReader.Open(_path);
        byte[] bytes = File.ReadAllBytes(_path);
        foreach (ArrowMessage message in (ArrowMessage[])[whole.SchemaMessage!, .. whole.Batches])
        {
            Assert.That(IsSound(message, bytes.AsSpan((int)message.Block.Offset, (int)message.Block.Length)), Is.True);
        }

        // A flipped bit anywhere in a message is seen, be it in padding.
        ArrowBlock last = whole.Batches[4].Block;
        for (long at = last.BodyOffset; at < last.End; at += 997)
        {
            byte[] bad = bytes[(int)last.Offset..(int)last.End];
            bad[at - last.Offset] ^= 0x10;
            Assert.That(IsSound(whole.Batches[4], bad), Is.False, $"byte {at}");
        }
    }

    private static long Write(SafeFileHandle file, ArrowBlock block, byte[] buffer, int crcAt)
    {
        Span<byte> message = buffer.AsSpan(0, (int)block.Length);
        Crc32C.Of(message).TryFormat(message.Slice(crcAt, 8), out _, "x8", CultureInfo.InvariantCulture);
        RandomAccess.Write(file, message, block.Offset);
        return block.End;
    }

    /// <summary>The sum counts its own digits as the zeros that stood there when it was taken.</summary>
    private static bool IsSound(ArrowMessage message, ReadOnlySpan<byte> bytes)
    {
        ArrowMessagePair pair = message.Find("crc32c")!.Value;
        uint crc = Crc32C.Append(0, bytes[..pair.ValueOffset]);
        crc = Crc32C.Append(crc, "00000000"u8);
        crc = Crc32C.Append(crc, bytes[(pair.ValueOffset + pair.ValueLength)..]);
        return Utf8Parser.TryParse(Encoding.ASCII.GetBytes(pair.Value), out uint said, out int used, 'x') && used == 8 && said == crc;
    }
}
