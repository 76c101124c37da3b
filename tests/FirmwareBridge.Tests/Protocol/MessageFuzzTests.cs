using System.Text;
using System.Text.Json;
using FirmwareBridge.Framing;
using FirmwareBridge.Protocol;

namespace FirmwareBridge.Tests.Protocol;

/// <summary>Hostile payloads in right frames: a status each time, never an exception, and JSON that is JSON.</summary>
public sealed class MessageFuzzTests
{
    [TestCaseSource(typeof(SpecificationExamples), nameof(SpecificationExamples.All))]
    public void Message_cut_anywhere_is_refused(SpecificationExample example)
    {
        for (int length = 1; length < example.Payload.Length; length++)
        {
            Assert.That(Json(example.Payload[..length]), Does.Contain("fault"), $"{length} bytes");
        }

        Assert.That(Json(example.Payload), Does.Not.Contain("fault"));
    }

    [TestCaseSource(typeof(SpecificationExamples), nameof(SpecificationExamples.All))]
    public void Message_with_further_elements_is_accepted(SpecificationExample example)
    {
        byte[] longer = [(byte)(example.Payload[0] + 2), .. example.Payload[1..], 0xc0, 0x91, 0x05];
        Assert.That(Json(longer), Is.EqualTo(Json(example.Payload).Replace($"\"length\":{FrameLength(example.Payload)}", $"\"length\":{FrameLength(longer)}")));
    }

    [TestCaseSource(typeof(SpecificationExamples), nameof(SpecificationExamples.All))]
    public void Message_with_bytes_changed_ends_in_a_status(SpecificationExample example)
    {
        Random random = new(20261122);
        for (int round = 0; round < 3_000; round++)
        {
            byte[] payload = [.. example.Payload];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                payload[random.Next(payload.Length)] = (byte)random.Next(256);
            }

            foreach (string line in Json(payload).TrimEnd().Split('\n'))
            {
                using JsonDocument document = JsonDocument.Parse(line);
                Assert.That(document.RootElement.GetProperty("offset").GetInt64(), Is.GreaterThanOrEqualTo(0));
            }
        }
    }

    [Test]
    public void Stream_of_all_examples_becomes_a_line_each_with_its_offset()
    {
        byte[] stream = [0x33, 0x44, 0, .. SpecificationExamples.All.SelectMany(e => e.Frame), 0x05, 0x11];
        using MemoryStream lines = new();
        BridgeJson json = new(lines);
        BridgeParser parser = new();
        foreach (byte b in stream)
        {
            parser.Feed([b], json);
        }

        parser.End(json);
        JsonElement[] read = [.. Encoding.UTF8.GetString(lines.ToArray()).TrimEnd().Split('\n').Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.That(read[0].GetProperty("fault").GetString(), Does.Contain("COBS"));
        Assert.That(read[^1].GetProperty("fault").GetString(), Does.Contain("ends inside"));
        Assert.That(read[1..^1].Select(l => l.GetProperty("type").GetString()), Is.EqualTo(SpecificationExamples.All.Select(e => e.Name)));
        long offset = 3;
        for (int i = 0; i < SpecificationExamples.All.Length; i++)
        {
            Assert.That(read[i + 1].GetProperty("offset").GetInt64(), Is.EqualTo(offset));
            offset += SpecificationExamples.All[i].Frame.Length;
        }

        Assert.That((json.Messages, json.Faults), Is.EqualTo(((long)SpecificationExamples.All.Length, 2L)));
        JsonElement sample = read.Single(l => l.TryGetProperty("type", out JsonElement t) && t.GetString() == "imu").GetProperty("samples")[1];
        Assert.That(sample.GetProperty("ticks").GetInt64(), Is.EqualTo(2_001_000));
        Assert.That(sample.GetProperty("acceleration_m_s2")[2].GetDouble(), Is.EqualTo(9.8125));
    }

    private static int FrameLength(byte[] payload) => FrameEncoder.Encode(payload, new byte[FrameEncoder.MaxFrame]);

    private static string Json(byte[] payload)
    {
        byte[] frame = new byte[FrameEncoder.MaxFrame];
        int length = FrameEncoder.Encode(payload, frame);
        using MemoryStream lines = new();
        new BridgeParser().Feed(frame.AsSpan(0, length), new BridgeJson(lines));
        return Encoding.UTF8.GetString(lines.ToArray());
    }
}
