using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Replay.Labels.Log;

/// <summary>One operation as it stands in the log of an episode.</summary>
/// <param name="Episode">The episode's id, from its manifest.</param>
/// <param name="Number">1, 2, 3 … without a hole.</param>
/// <param name="Utc">ISO 8601 with nanoseconds and Z.</param>
public sealed record LogEntry(string Episode, long Number, string Utc, string Author, LabelOperation Operation)
{
    /// <summary>The head of a log without entries.</summary>
    public const string EmptyHead = "0000000000000000000000000000000000000000000000000000000000000000";

    // Text stays text: an 'é' is not written as an escape.
    private static readonly JsonWriterOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// The bytes that are stored and hashed: JSON with its members in one order, without white space. What is hashed is what lies on disk, so a
    /// later version need not write the same bytes to check them.
    /// </summary>
    public byte[] ToBody()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(bytes, s_plain);
        json.WriteStartObject();
        json.WriteString("episode", Episode);
        json.WriteNumber("number", Number);
        json.WriteString("utc", Utc);
        json.WriteString("author", Author);
        json.WriteString("op", OperationText.Of(Operation.Kind));
        json.WriteString("id", Operation.Id);
        WriteText(json, "verb", Operation.Verb);
        WriteText(json, "note", Operation.Note);
        WriteAnchor(json, "start", Operation.Start);
        WriteAnchor(json, "end", Operation.End);
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Reads what <see cref="ToBody"/> wrote; null for anything else.</summary>
    public static LogEntry? FromBody(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, EntryJson.Default.EntryBody) is { Episode: not null, Utc: not null, Author: not null, Id: not null } b
                && OperationText.Parse(b.Op) is { } kind
                ? new LogEntry(b.Episode, b.Number, b.Utc, b.Author, new LabelOperation(kind, b.Id) { Verb = b.Verb, Note = b.Note, Start = b.Start, End = b.End })
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>SHA-256 over the parent's hash (its 64 hex digits), a line feed and the body; 64 lower-case hex digits.</summary>
    public static string Hash(string parent, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(parent + "\n"));
        hash.AppendData(body);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteAnchor(Utf8JsonWriter json, string name, Anchor? anchor)
    {
        if (anchor is null)
        {
            return;
        }

        json.WriteStartObject(name);
        json.WriteString("stream", anchor.Stream);
        json.WriteNumber("sequence", anchor.Sequence);
        json.WriteNumber("segment", anchor.Segment);
        json.WriteNumber("offset_ns", anchor.OffsetNs);
        json.WriteString("time_version", anchor.TimeVersion);
        json.WriteNumber("time_ns", anchor.TimeNs);
        json.WriteEndObject();
    }
}

/// <summary>The words for operations, in the log and over HTTP.</summary>
public static class OperationText
{
    private static readonly string[] s_words = ["create", "move", "verb", "note", "delete", "restore"];

    public static string Of(OperationKind kind) => s_words[(int)kind];

    /// <summary>Null for a word that is none.</summary>
    public static OperationKind? Parse(string? word) => Array.IndexOf(s_words, word) is >= 0 and int i ? (OperationKind)i : null;
}

/// <summary>An entry's body as its JSON says it; anything may be missing.</summary>
internal sealed record EntryBody(
    string? Episode, long Number, string? Utc, string? Author, string? Op, string? Id, string? Verb, string? Note, Anchor? Start, Anchor? End);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = false)]
[JsonSerializable(typeof(EntryBody))]
internal sealed partial class EntryJson : JsonSerializerContext;
