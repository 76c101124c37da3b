using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Capture.Arrow;

namespace EndToEnd.Truth;

/// <summary>What another implementation read in a file, against what ours reads: rows, int64 and utf8 values, bytes, and metadata where it shows them.</summary>
internal static class ForeignComparison
{
    private const int InlineBytes = 1024;

    public static IReadOnlyList<string> Differences(JsonElement read, bool metadata)
    {
        var differences = new List<string>();
        using ArrowReader ours = ArrowReader.Open(read.GetProperty("file").GetString()!);
        long rows = ours.Batches.Sum(b => b.Rows);
        JsonElement[] theirs = [.. read.GetProperty("rows").EnumerateArray()];
        if (theirs.Length != rows)
        {
            differences.Add($"{theirs.Length} rows instead of {rows}");
            return differences;
        }

        string[] names = [.. read.GetProperty("fields").EnumerateArray().Select(f => f.GetProperty("name").GetString()!)];
        if (!names.SequenceEqual(ours.Schema.Fields.Select(f => f.Name)))
        {
            differences.Add($"columns {string.Join(',', names)}");
            return differences;
        }

        if (metadata)
        {
            Metadata(differences, "schema", ours.Schema.Metadata, read.GetProperty("metadata"));
            for (int i = 0; i < names.Length; i++)
            {
                Metadata(differences, names[i], ours.Schema.Fields[i].Metadata, read.GetProperty("fields")[i].GetProperty("metadata"));
            }
        }

        int at = 0;
        for (int batch = 0; batch < ours.Batches.Count; batch++)
        {
            RecordBatch values = ours.ReadBatch(batch);
            for (int row = 0; row < values.Rows; row++, at++)
            {
                Row(differences, at, values, row, theirs[at]);
            }
        }

        return differences;
    }

    private static void Row(List<string> differences, int at, RecordBatch ours, int row, JsonElement theirs)
    {
        for (int c = 0; c < ours.Columns.Count; c++)
        {
            ArrowColumn column = ours.Columns[c];
            if (Text(column, row) is { } expected && differences.Count < 5 && !string.Equals(expected, Text(theirs[c]), StringComparison.Ordinal))
            {
                differences.Add($"row {at} column {column.Field.Name}: {Text(theirs[c])} instead of {expected}");
            }
        }
    }

    /// <summary>A value as text, or null for a type that is not compared here (they are in the tests of Capture.Arrow).</summary>
    private static string? Text(ArrowColumn column, int row) => column.Field.Type switch
    {
        IntType { BitWidth: 64 } => column.IsNull(row) ? "null" : column.Values<long>()[row].ToString(CultureInfo.InvariantCulture),
        Utf8Type => column.IsNull(row) ? "null" : column.Text(row),
        BinaryType => column.Bytes(row).Length > InlineBytes ? Convert.ToHexStringLower(SHA256.HashData(column.Bytes(row))) : Convert.ToBase64String(column.Bytes(row)),
        _ => null,
    };

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.Object => value.TryGetProperty("sha256", out JsonElement hash) ? hash.GetString() : value.GetProperty("base64").GetString(),
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };

    private static void Metadata(List<string> differences, string of, ArrowMetadata ours, JsonElement theirs)
    {
        string[] expected = [.. ours.Select(p => $"{p.Key}={p.Value}")];
        string[] read = [.. theirs.EnumerateArray().Select(p => $"{p.GetProperty("key").GetString()}={p.GetProperty("value").GetString()}")];
        if (!expected.SequenceEqual(read))
        {
            differences.Add($"metadata of {of}: {string.Join(" ; ", read)} instead of {string.Join(" ; ", expected)}");
        }
    }
}
