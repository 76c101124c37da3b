using System.Buffers;
using System.Text.Json;

namespace Capture.Devices.Decode;

/// <summary>Writes one JSON object a line (JSON Lines, UTF-8). Each begins with protocol, index, offset, time if known, and type.</summary>
public sealed class DecodedLines(Stream output, string protocol) : IDisposable
{
    private readonly ArrayBufferWriter<byte> buffer = new(4096);
    private readonly Utf8JsonWriter json = new(Stream.Null);

    public long Lines { get; private set; }

    /// <summary>Lines that report something malformed.</summary>
    public long Problems { get; private set; }

    /// <summary>Starts a line; the caller adds fields and calls <see cref="End"/>.</summary>
    /// <param name="offset">Of the unit's first byte in the input.</param>
    /// <param name="unixNanoseconds">Since 1970, as recorded; null leaves the field out.</param>
    public Utf8JsonWriter Begin(string type, long offset, long? unixNanoseconds)
    {
        buffer.ResetWrittenCount();
        json.Reset(buffer);
        json.WriteStartObject();
        json.WriteString("protocol", protocol);
        json.WriteNumber("index", Lines);
        json.WriteNumber("offset", offset);
        if (unixNanoseconds is { } time)
        {
            json.WriteNumber("unix_time_ns", time);
        }

        json.WriteString("type", type);
        return json;
    }

    public void End()
    {
        json.WriteEndObject();
        json.Flush();
        buffer.GetSpan(1)[0] = (byte)'\n';
        buffer.Advance(1);
        output.Write(buffer.WrittenSpan);
        Lines++;
    }

    /// <summary>A line of type "error".</summary>
    /// <param name="skippedBytes">Bytes that were left out because of it; null where it is not about bytes of the stream.</param>
    public void Problem(long offset, long? unixNanoseconds, string error, int? skippedBytes = null)
    {
        Begin("error", offset, unixNanoseconds).WriteString("error", error);
        if (skippedBytes is { } skipped)
        {
            json.WriteNumber("skipped_bytes", skipped);
        }

        End();
        Problems++;
    }

    /// <summary>A line whose object was written elsewhere: protocol, index and time are put before its fields.</summary>
    /// <param name="jsonObject">One object, "{…}", with at least one field; a line feed behind it is allowed.</param>
    public void Object(ReadOnlySpan<byte> jsonObject, long? unixNanoseconds)
    {
        output.Write(System.Text.Encoding.UTF8.GetBytes(unixNanoseconds is { } time
            ? $"{{\"protocol\":\"{protocol}\",\"index\":{Lines},\"unix_time_ns\":{time},"
            : $"{{\"protocol\":\"{protocol}\",\"index\":{Lines},"));
        output.Write(jsonObject.TrimEnd((byte)'\n')[1..]);
        output.WriteByte((byte)'\n');
        Lines++;
        Problems += jsonObject.IndexOf("\"fault\":"u8) >= 0 ? 1 : 0;
    }

    public void Dispose() => json.Dispose();
}

/// <summary>JSON has no NaN and no infinities: they are written as strings.</summary>
internal static class JsonFloats
{
    public static void WriteFloat(this Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        json.WriteFloatValue(value);
    }

    public static void WriteFloatValue(this Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteStringValue(value.ToString());
        }
    }

    public static void WriteFloatValue(this Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteStringValue(value.ToString());
        }
    }

    public static void WriteFloats(this Utf8JsonWriter json, string name, ReadOnlySpan<float> values)
    {
        json.WriteStartArray(name);
        foreach (float value in values)
        {
            json.WriteFloatValue(value);
        }

        json.WriteEndArray();
    }
}
