using FirmwareBridge.MessagePack;

namespace FirmwareBridge.Tests.MessagePack;

public sealed class MessagePackReaderTests
{
    [TestCase("05")]
    [TestCase("cc05")]
    [TestCase("cd0005")]
    [TestCase("ce00000005")]
    [TestCase("cf0000000000000005")]
    [TestCase("d005")]
    [TestCase("d10005")]
    [TestCase("d200000005")]
    [TestCase("d30000000000000005")]
    public void Integers_are_read_from_every_width(string hex)
    {
        MessagePackReader reader = new(Convert.FromHexString(hex));
        Assert.That(reader.ReadUInt64(out ulong value), Is.EqualTo(MessagePackStatus.Ok));
        Assert.That(value, Is.EqualTo(5));
        Assert.That(reader.IsAtEnd);
    }

    [Test]
    public void Numbers_that_do_not_fit_are_refused_and_left_where_they_are()
    {
        MessagePackReader negative = new([0xff]);
        Assert.That(negative.ReadUInt64(out _), Is.EqualTo(MessagePackStatus.OutOfRange));
        Assert.That(negative.ReadInt64(out long value), Is.EqualTo(MessagePackStatus.Ok));
        Assert.That(value, Is.EqualTo(-1));

        MessagePackReader large = new(Convert.FromHexString("cfffffffffffffffff"));
        Assert.That(large.ReadInt64(out _), Is.EqualTo(MessagePackStatus.OutOfRange));
        Assert.That(large.ReadUInt64(out ulong unsigned), Is.EqualTo(MessagePackStatus.Ok));
        Assert.That(unsigned, Is.EqualTo(ulong.MaxValue));
    }

    [Test]
    public void Byte_that_the_format_never_uses_is_invalid() => Assert.That(new MessagePackReader([0xc1]).Skip(), Is.EqualTo(MessagePackStatus.Invalid));

    [Test]
    public void Nesting_beyond_the_limit_is_refused()
    {
        byte[] nested = new byte[100_000];
        Array.Fill(nested, (byte)0x91);
        nested[^1] = 0xc0;
        Assert.That(new MessagePackReader(nested).Skip(), Is.EqualTo(MessagePackStatus.Invalid));
    }

    [TestCase("ddffffffff")]
    [TestCase("dfffffffff")]
    [TestCase("dbffffffff")]
    [TestCase("c6ffffffff")]
    [TestCase("c9ffffffff05")]
    public void Lengths_beyond_the_bytes_are_need_more_and_allocate_nothing(string hex)
    {
        MessagePackReader reader = new(Convert.FromHexString(hex));
        Assert.That(reader.Skip(), Is.EqualTo(MessagePackStatus.NeedMore));
        Assert.That(reader.Position, Is.Zero);
    }

    [Test]
    public void Random_bytes_end_in_a_status([Values(1, 2, 3)] int seed)
    {
        Random random = new(seed);
        byte[] bytes = new byte[64];
        for (int round = 0; round < 50_000; round++)
        {
            random.NextBytes(bytes);
            MessagePackReader reader = new(bytes.AsSpan(0, random.Next(bytes.Length)));
            MessagePackStatus status = reader.Skip();
            Assert.That(Enum.IsDefined(status));
            Assert.That(status == MessagePackStatus.Ok || reader.Position == 0);
        }
    }

    [Test]
    public void Writer_stops_at_the_end_of_its_room()
    {
        for (int room = 0; room < 12; room++)
        {
            byte[] bytes = new byte[12];
            MessagePackWriter writer = new(bytes.AsSpan(0, room));
            writer.WriteUInt64(ulong.MaxValue);
            writer.WriteString("ab");
            Assert.That(writer.Overflow, Is.EqualTo(room < 12));
            Assert.That(bytes[room..], Is.All.Zero);
        }
    }
}
