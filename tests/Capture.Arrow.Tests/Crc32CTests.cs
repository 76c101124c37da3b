namespace Capture.Arrow.Tests;

public sealed class Crc32CTests
{
    private static readonly byte[] s_bytes = Noise(2000 + 64);

    [Test]
    public void Gives_the_known_check_value()
    {
        Assert.That(Crc32C.Of("123456789"u8), Is.EqualTo(0xE3069283));
        Assert.That(Crc32C.Of([]), Is.Zero);
        Assert.That(Crc32C.Of(new byte[32]), Is.EqualTo(0x8A9136AA), "32 zeros, RFC 3720 B.4");
        Assert.That(Crc32C.Of(Enumerable.Repeat((byte)0xFF, 32).ToArray()), Is.EqualTo(0x62A8AB43), "32 ones, RFC 3720 B.4");
    }

    [Test]
    public void Agrees_with_bit_by_bit_division_at_every_length()
    {
        for (int length = 0; length <= 2000; length++)
        {
            ReadOnlySpan<byte> bytes = s_bytes.AsSpan(length % 61, length);
            uint expected = BitByBit(bytes);
            Assert.That(Crc32C.Of(bytes), Is.EqualTo(expected), $"as chosen, length {length}");
            Assert.That(~Crc32C.Serial(~0u, bytes), Is.EqualTo(expected), $"serial, length {length}");
            if (Crc32C.CanFold128 && length >= 64)
            {
                ReadOnlySpan<byte> rest = bytes;
                uint state = Crc32C.Fold128(~0u, ref rest);
                Assert.That(~Crc32C.Serial(state, rest), Is.EqualTo(expected), $"128 bits, length {length}");
            }

            if (Crc32C.CanFold512 && length >= 256)
            {
                ReadOnlySpan<byte> rest = bytes;
                uint state = Crc32C.Fold512(~0u, ref rest);
                Assert.That(~Crc32C.Serial(state, rest), Is.EqualTo(expected), $"512 bits, length {length}");
            }
        }
    }

    [Test]
    public void Appended_pieces_give_the_sum_of_the_whole()
    {
        var random = new Random(7);
        uint whole = Crc32C.Of(s_bytes);
        for (int round = 0; round < 2000; round++)
        {
            uint crc = 0;
            for (int at = 0; at < s_bytes.Length;)
            {
                int length = Math.Min(random.Next(0, 700), s_bytes.Length - at);
                crc = Crc32C.Append(crc, s_bytes.AsSpan(at, length));
                at += length;
            }

            Assert.That(crc, Is.EqualTo(whole), $"round {round}");
        }
    }

    private static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private static uint BitByBit(ReadOnlySpan<byte> bytes)
    {
        uint crc = ~0u;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
            }
        }

        return ~crc;
    }
}
