using System.Globalization;
using System.Text;
using System.Text.Json;
using FirmwareBridge.MessagePack;
using FirmwareBridge.Tests.Firmware;

namespace FirmwareBridge.Tests.MessagePack;

/// <summary>Our reader and writer against python3-msgpack, in both directions. Values travel beside the bytes as JSON with a tag for what JSON cannot say.</summary>
public sealed class PythonConformanceTests
{
    private const string Program = """
        import json, sys, msgpack
        def tag(v):
            if v is None or isinstance(v, bool): return v
            if isinstance(v, int): return {'int': str(v)}
            if isinstance(v, float): return {'float': v.hex()}
            if isinstance(v, str): return {'str': v}
            if isinstance(v, bytes): return {'bin': v.hex()}
            if isinstance(v, msgpack.Timestamp): return {'ext': -1, 'data': v.to_bytes().hex()}
            if isinstance(v, msgpack.ExtType): return {'ext': v.code, 'data': v.data.hex()}
            if isinstance(v, dict): return {'map': [[tag(k), tag(x)] for k, x in v.items()]}
            return [tag(x) for x in v]
        if sys.argv[1] == 'read':
            for line in sys.stdin:
                raw = bytes.fromhex(line)
                v = msgpack.unpackb(raw, strict_map_key=False, raw=False)
                print(json.dumps(tag(v)))
        else:
            sizes = (0, 1, 15, 16, 31, 32, 255, 256, 65535, 65536)
            values = [None, True, False, 0.5, -1e300, 3.4e38, float('inf')]
            for p in range(65):
                values += [x for x in ((1 << p) - 1, 1 << p, -(1 << p), -(1 << p) - 1) if -(1 << 63) <= x < (1 << 64)]
            values += ['x' * n for n in sizes] + ['späť'] + [b'\0' * n for n in sizes] + [[7] * n for n in sizes]
            values += [{i: i for i in range(n)} for n in (0, 1, 15, 16, 300, 65536)]
            values += [msgpack.ExtType(5, b'\1' * n) for n in (0, 1, 2, 3, 4, 5, 8, 16, 17, 255, 256, 65536)]
            values += [msgpack.Timestamp(1, 0), msgpack.Timestamp(1, 2), msgpack.Timestamp(1 << 40, 3), [[{'a': [1, -1]}], 'b']]
            for v in values:
                for single in (False, True):
                    print(msgpack.packb(v, use_single_float=single, use_bin_type=True).hex(), json.dumps(tag(v if not (single and isinstance(v, float)) else msgpack.unpackb(msgpack.packb(v, use_single_float=single)))))
        """;

    [Test]
    public void What_python_writes_is_read_and_written_again_the_same()
    {
        string[] lines = Python("write", "").TrimEnd().Split('\n');
        Assert.That(lines, Has.Length.GreaterThan(500));
        foreach (string line in lines)
        {
            string[] parts = line.Split(' ', 2);
            byte[] bytes = Convert.FromHexString(parts[0]);
            MessagePackReader reader = new(bytes);
            string value = Describe(ref reader);
            Assert.That(reader.IsAtEnd, Is.True);
            Assert.That(value, Is.EqualTo(Describe(JsonDocument.Parse(parts[1]).RootElement)));

            MessagePackReader skipper = new(bytes);
            Assert.That(skipper.Skip(), Is.EqualTo(MessagePackStatus.Ok));
            Assert.That(skipper.Position, Is.EqualTo(bytes.Length));

            byte[] again = new byte[bytes.Length];
            MessagePackReader source = new(bytes);
            MessagePackWriter writer = new(again);
            Copy(ref source, ref writer);
            Assert.That(writer.Overflow, Is.False, "longer than what python wrote");
            Assert.That(Convert.ToHexStringLower(again.AsSpan(0, writer.Length)), Is.EqualTo(parts[0]));
        }
    }

    [Test]
    public void What_we_write_python_reads([Values(1, 2)] int seed)
    {
        Random random = new(seed);
        List<byte[]> messages = [];
        for (int i = 0; i < 500; i++)
        {
            byte[] bytes = new byte[200_000];
            MessagePackWriter writer = new(bytes);
            WriteRandom(ref writer, random, depth: 0);
            Assert.That(writer.Overflow, Is.False);
            messages.Add(bytes[..writer.Length]);
        }

        string[] read = Python("read", string.Concat(messages.Select(m => Convert.ToHexStringLower(m) + "\n"))).TrimEnd().Split('\n');
        Assert.That(read, Has.Length.EqualTo(messages.Count));
        for (int i = 0; i < read.Length; i++)
        {
            MessagePackReader reader = new(messages[i]);
            Assert.That(Describe(JsonDocument.Parse(read[i]).RootElement), Is.EqualTo(Describe(ref reader)), $"seed {seed}, message {i}");
        }
    }

    private static string Python(string mode, string input)
    {
        // Debian's own interpreter: the one that python3-msgpack belongs to.
        const string interpreter = "/usr/bin/python3";
        Assert.That(File.Exists(interpreter), "python3 is missing: `sudo apt-get install python3-msgpack`.");
        return FirmwareBuild.Run(interpreter, input, "-c", Program, mode);
    }

    private static void WriteRandom(ref MessagePackWriter writer, Random random, int depth)
    {
        byte[] blob = new byte[random.Next(10) == 0 ? random.Next(300) : random.Next(20)];
        random.NextBytes(blob);
        switch (random.Next(depth < 3 ? 10 : 8))
        {
            case 0: writer.WriteNil(); break;
            case 1: writer.WriteBoolean(random.Next(2) == 0); break;
            case 2: writer.WriteInt64(random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64)); break;
            case 3: writer.WriteUInt64((ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64)); break;
            case 4: writer.WriteDouble(random.NextDouble() * 1e30); break;
            case 5: writer.WriteSingle(random.NextSingle()); break;
            case 6: writer.WriteString(Convert.ToHexString(blob) + "é"); break;
            case 7: writer.WriteBinary(blob); break;
            case 8:
                int count = random.Next(20);
                writer.WriteArrayHeader(count);
                for (int i = 0; i < count; i++)
                {
                    WriteRandom(ref writer, random, depth + 1);
                }

                break;
            default:
                int pairs = random.Next(20);
                writer.WriteMapHeader(pairs);
                for (int i = 0; i < pairs; i++)
                {
                    writer.WriteInt64(i - 5);
                    WriteRandom(ref writer, random, depth + 1);
                }

                break;
        }
    }

    private static void Copy(ref MessagePackReader reader, ref MessagePackWriter writer)
    {
        Assert.That(reader.Peek(out MessagePackType type), Is.EqualTo(MessagePackStatus.Ok));
        switch (type)
        {
            case MessagePackType.Nil: reader.ReadNil(); writer.WriteNil(); break;
            case MessagePackType.Boolean: reader.ReadBoolean(out bool flag); writer.WriteBoolean(flag); break;
            case MessagePackType.Integer:
                if (reader.ReadInt64(out long signed) == MessagePackStatus.Ok)
                {
                    writer.WriteInt64(signed);
                }
                else
                {
                    Assert.That(reader.ReadUInt64(out ulong unsigned), Is.EqualTo(MessagePackStatus.Ok));
                    writer.WriteUInt64(unsigned);
                }

                break;
            case MessagePackType.Float:
                int before = reader.Position;
                reader.ReadDouble(out double number);
                if (reader.Position - before == 5)
                {
                    writer.WriteSingle((float)number);
                }
                else
                {
                    writer.WriteDouble(number);
                }

                break;
            case MessagePackType.String: reader.ReadString(out ReadOnlySpan<byte> text); writer.WriteString(text); break;
            case MessagePackType.Binary: reader.ReadBinary(out ReadOnlySpan<byte> blob); writer.WriteBinary(blob); break;
            case MessagePackType.Extension: reader.ReadExtension(out sbyte code, out ReadOnlySpan<byte> data); writer.WriteExtension(code, data); break;
            case MessagePackType.Array:
                reader.ReadArrayHeader(out int count);
                writer.WriteArrayHeader(count);
                for (int i = 0; i < count; i++)
                {
                    Copy(ref reader, ref writer);
                }

                break;
            default:
                reader.ReadMapHeader(out int pairs);
                writer.WriteMapHeader(pairs);
                for (int i = 0; i < 2 * pairs; i++)
                {
                    Copy(ref reader, ref writer);
                }

                break;
        }
    }

    private static string Describe(ref MessagePackReader reader)
    {
        Assert.That(reader.Peek(out MessagePackType type), Is.EqualTo(MessagePackStatus.Ok));
        switch (type)
        {
            case MessagePackType.Nil: reader.ReadNil(); return "nil";
            case MessagePackType.Boolean: reader.ReadBoolean(out bool flag); return flag ? "true" : "false";
            case MessagePackType.Integer:
                return reader.ReadInt64(out long signed) == MessagePackStatus.Ok
                    ? signed.ToString(CultureInfo.InvariantCulture)
                    : reader.ReadUInt64(out ulong unsigned) == MessagePackStatus.Ok ? unsigned.ToString(CultureInfo.InvariantCulture) : "?";
            case MessagePackType.Float: reader.ReadDouble(out double number); return Describe(number);
            case MessagePackType.String: reader.ReadString(out ReadOnlySpan<byte> text); return $"'{Encoding.UTF8.GetString(text)}'";
            case MessagePackType.Binary: reader.ReadBinary(out ReadOnlySpan<byte> blob); return $"bin {Convert.ToHexStringLower(blob)}";
            case MessagePackType.Extension: reader.ReadExtension(out sbyte code, out ReadOnlySpan<byte> data); return $"ext {code} {Convert.ToHexStringLower(data)}";
            case MessagePackType.Array:
            {
                reader.ReadArrayHeader(out int count);
                StringBuilder all = new("[");
                for (int i = 0; i < count; i++)
                {
                    all.Append(Describe(ref reader)).Append(';');
                }

                return all.Append(']').ToString();
            }

            default:
            {
                reader.ReadMapHeader(out int pairs);
                StringBuilder all = new("{");
                for (int i = 0; i < pairs; i++)
                {
                    all.Append(Describe(ref reader)).Append('=').Append(Describe(ref reader)).Append(';');
                }

                return all.Append('}').ToString();
            }
        }
    }

    private static string Describe(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Null: return "nil";
            case JsonValueKind.True: return "true";
            case JsonValueKind.False: return "false";
            case JsonValueKind.Array: return $"[{string.Concat(value.EnumerateArray().Select(v => Describe(v) + ";"))}]";
        }

        if (value.TryGetProperty("int", out JsonElement number))
        {
            return number.GetString()!;
        }

        if (value.TryGetProperty("float", out JsonElement hex))
        {
            return Describe(ParseHexFloat(hex.GetString()!));
        }

        if (value.TryGetProperty("str", out JsonElement text))
        {
            return $"'{text.GetString()}'";
        }

        if (value.TryGetProperty("bin", out JsonElement blob))
        {
            return $"bin {blob.GetString()}";
        }

        return value.TryGetProperty("map", out JsonElement pairs)
            ? $"{{{string.Concat(pairs.EnumerateArray().Select(p => $"{Describe(p[0])}={Describe(p[1])};"))}}}"
            : $"ext {value.GetProperty("ext").GetInt32()} {value.GetProperty("data").GetString()}";
    }

    private static string Describe(double value) => $"f{BitConverter.DoubleToInt64Bits(value):x}";

    /// <summary>Python's float.hex: ±0x1.fffp±n, exact.</summary>
    private static double ParseHexFloat(string text)
    {
        if (text is "inf" or "-inf")
        {
            return text == "inf" ? double.PositiveInfinity : double.NegativeInfinity;
        }

        bool isNegative = text[0] == '-';
        string[] parts = text.TrimStart('-')[2..].Split('p');
        string[] digits = parts[0].Split('.');
        string fraction = digits.Length > 1 ? digits[1] : "";
        double mantissa = long.Parse(digits[0] + fraction, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        double value = Math.ScaleB(mantissa, int.Parse(parts[1], CultureInfo.InvariantCulture) - (4 * fraction.Length));
        return isNegative ? -value : value;
    }
}
