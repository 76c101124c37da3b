using FirmwareBridge.Framing;
using FirmwareBridge.Tests.Protocol;

namespace FirmwareBridge.Tests.Framing;

public sealed class FrameDecoderTests
{
    [Test]
    public void Crc_has_the_published_check_value() => Assert.That(Crc32.Compute("123456789"u8), Is.EqualTo(0xCBF43926));

    [TestCase("", "01")]
    [TestCase("00", "0101")]
    [TestCase("0000", "010101")]
    [TestCase("00112200", "01031122" + "01")]
    [TestCase("11223344", "0511223344")]
    [TestCase("11220033", "0311220233")]
    public void Cobs_encodes_the_examples_of_its_paper(string plain, string encoded) => Assert.That(Convert.ToHexStringLower(Encode(Convert.FromHexString(plain))), Is.EqualTo(encoded));

    [TestCase(249)]
    [TestCase(250)]
    [TestCase(251)]
    [TestCase(504)]
    [TestCase(508)]
    [TestCase(512)]
    public void Payloads_about_full_blocks_come_back(int length)
    {
        byte[] payload = [.. Enumerable.Range(0, length).Select(i => (byte)(1 + (i % 255)))];
        byte[] frame = Frame(payload);
        Assert.That(frame, Has.Length.LessThanOrEqualTo(FrameEncoder.MaxFrame));
        Assert.That(frame[..^1], Does.Not.Contain((byte)0));
        Assert.That(Decode(frame, frame.Length), Is.EqualTo(new[] { Convert.ToHexString(payload) }));
    }

    [Test]
    public void Both_forms_of_a_full_last_block_are_accepted()
    {
        // 254 bytes without a zero behind each other, checksum included: one full block, and it is the last.
        byte[] payload = [.. Enumerable.Range(0, 250).Select(i => (byte)(1 + (i % 255)))];
        int salt = 0;
        while (BitConverter.GetBytes(Crc32.Compute(payload)).Contains((byte)0))
        {
            payload[0] = (byte)(1 + (++salt % 255));
        }

        byte[] shortForm = Frame(payload);
        Assert.That(shortForm, Has.Length.EqualTo(256), "code, 254 bytes, 0x00");
        byte[] longForm = [.. shortForm[..^1], 1, 0];
        Assert.That(Decode(shortForm, 1), Is.EqualTo(new[] { Convert.ToHexString(payload) }));
        Assert.That(Decode(longForm, 1), Is.EqualTo(new[] { Convert.ToHexString(payload) }));
    }

    [TestCaseSource(typeof(SpecificationExamples), nameof(SpecificationExamples.All))]
    public void Frame_split_anywhere_is_the_same_frame(SpecificationExample example)
    {
        for (int split = 0; split <= example.Frame.Length; split++)
        {
            FrameDecoder decoder = new();
            FrameResult first = decoder.Push(example.Frame.AsSpan(0, split), out int consumed);
            Assert.That(consumed, Is.EqualTo(split));
            FrameResult second = split == example.Frame.Length ? first : decoder.Push(example.Frame.AsSpan(split), out _);
            Assert.That(second, Is.EqualTo(FrameResult.Frame), $"split at {split}");
            Assert.That(Convert.ToHexStringLower(decoder.Payload), Is.EqualTo(example.PayloadHex));
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    [TestCase(10_000)]
    public void Frames_with_neighbours_come_out_one_by_one(int chunk)
    {
        byte[] stream = [.. SpecificationExamples.All.SelectMany(e => e.Frame)];
        Assert.That(Decode(stream, chunk), Is.EqualTo(SpecificationExamples.All.Select(e => e.PayloadHex.ToUpperInvariant())));
    }

    [TestCaseSource(typeof(SpecificationExamples), nameof(SpecificationExamples.All))]
    public void Frame_with_a_lost_byte_is_refused_and_the_next_one_is_whole(SpecificationExample example)
    {
        for (int lost = 0; lost < example.Frame.Length - 1; lost++)
        {
            byte[] stream = [.. example.Frame[..lost], .. example.Frame[(lost + 1)..], .. example.Frame];
            string[] decoded = Decode(stream, 3);
            Assert.That(decoded[^1], Is.EqualTo(example.PayloadHex.ToUpperInvariant()), $"byte {lost} lost");
            Assert.That(decoded, Has.Length.EqualTo(2));
            Assert.That(decoded[0], Does.Not.Match("^[0-9A-F]+$"), $"byte {lost} lost");
        }
    }

    [TestCaseSource(typeof(SpecificationExamples), nameof(SpecificationExamples.All))]
    public void Frame_with_a_flipped_bit_never_passes(SpecificationExample example)
    {
        for (int bit = 0; bit < 8 * (example.Frame.Length - 1); bit++)
        {
            byte[] frame = [.. example.Frame];
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(Decode(frame, 1000), Does.Not.Contain(example.PayloadHex.ToUpperInvariant()), $"bit {bit}");
            Assert.That(Decode(frame, 1000), Has.None.Match("^[0-9A-F]+$"), $"bit {bit}");
        }
    }

    [Test]
    public void Bytes_without_end_are_refused_once_and_the_next_frame_is_whole()
    {
        byte[] endless = new byte[100_000];
        Array.Fill(endless, (byte)0x42);
        byte[] stream = [.. endless, 0, .. SpecificationExamples.Get("edge").Frame];
        Assert.That(Decode(stream, 4096), Is.EqualTo(new[] { nameof(FrameResult.TooLong), SpecificationExamples.Get("edge").PayloadHex.ToUpperInvariant() }));
    }

    [Test]
    public void Empty_frames_are_passed_over_and_offsets_count_on()
    {
        FrameDecoder decoder = new();
        byte[] edge = SpecificationExamples.Get("edge").Frame;
        Assert.That(decoder.Push([0, 0, 0, .. edge], out _), Is.EqualTo(FrameResult.Frame));
        Assert.That((decoder.FrameOffset, decoder.FrameLength, decoder.Position), Is.EqualTo((3L, edge.Length, 3L + edge.Length)));
    }

    [Test]
    public void Noise_is_survived([Values(1, 2, 3)] int seed)
    {
        Random random = new(seed);
        byte[] good = SpecificationExamples.Get("imu").Frame;
        for (int round = 0; round < 2_000; round++)
        {
            byte[] noise = new byte[random.Next(1, 1_200)];
            random.NextBytes(noise);
            string[] decoded = Decode([.. noise, 0, .. good], random.Next(1, 64));
            Assert.That(decoded[^1], Is.EqualTo(SpecificationExamples.Get("imu").PayloadHex.ToUpperInvariant()));
        }
    }

    private static byte[] Encode(byte[] plain)
    {
        byte[] to = new byte[Cobs.MaxEncodedLength(plain.Length)];
        return to[..Cobs.Encode(plain, to)];
    }

    private static byte[] Frame(byte[] payload)
    {
        byte[] frame = new byte[FrameEncoder.MaxFrame];
        return frame[..FrameEncoder.Encode(payload, frame)];
    }

    /// <summary>Payloads in hex, and the names of faults, as they come out of a stream cut into chunks.</summary>
    private static string[] Decode(byte[] stream, int chunk)
    {
        FrameDecoder decoder = new();
        List<string> found = [];
        for (int at = 0; at < stream.Length;)
        {
            FrameResult result = decoder.Push(stream.AsSpan(at, Math.Min(chunk, stream.Length - at)), out int consumed);
            at += consumed;
            if (result != FrameResult.NeedMore)
            {
                found.Add(result == FrameResult.Frame ? Convert.ToHexString(decoder.Payload) : result.ToString());
            }
        }

        return [.. found];
    }
}
