using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Capture.Arrow.Tests.Types;

/// <summary>What one peer makes of one file: the same values, values that it turns into others, or an error.</summary>
/// <param name="Error">A piece of the peer's error; null where it must read the file.</param>
/// <param name="Reason">Why it cannot, or what it changes.</param>
/// <param name="Turns">The row that comes back, from the row that went; null where they are equal.</param>
internal sealed record PeerOutcome(string? Error = null, string? Reason = null, Func<string, string>? Turns = null);

/// <summary>A file of the table: which type, how written.</summary>
/// <param name="Type">The type of its one column.</param>
/// <param name="IsFile">File or stream.</param>
/// <param name="Compression">Of its buffers.</param>
/// <param name="IsPacked">Whether any buffer was worth compressing.</param>
/// <param name="HasEmptyBatch">Whether a batch has no rows.</param>
/// <param name="HasDeltas">Whether dictionaries grow on the way.</param>
internal sealed record PeerFile(AnyType Type, bool IsFile, ArrowCompression Compression, bool IsPacked, bool HasEmptyBatch, bool HasDeltas);

/// <summary>
/// Which peer can do which type, and why not where it cannot. Everything that no rule names must come back with equal values. A rule is tested too: a peer that
/// learns a type fails the test until its line is taken out.
/// <para>Versions: apache-arrow 21.2, nodejs-polars 0.24.1, arrow-rs as compiled into parquet-wasm 0.7.1 (tests/foreign-readers/package.json).</para>
/// </summary>
internal static class PeerTable
{
    public static readonly string[] Peers = ["arrow-js", "polars", "arrow-rs"];

    private static readonly (string Peer, Func<PeerFile, bool> When, PeerOutcome Outcome)[] s_rules =
    [
        ("arrow-js", f => Named(f, "list-view", "large-list-view", "run-end-"), new("Unrecognized type", "the package does not know list views and run ends")),
        ("arrow-js", f => f.Compression != ArrowCompression.None, new("codec not found", "the package brings no codec: its user has to register one")),
        ("arrow-js", f => Named(f, "dictionary-nested") && f.HasDeltas, new("same Id", "the package cannot add a delta to a dictionary that holds a dictionary")),

        ("arrow-rs", f => f.IsFile, new("-", "parquet-wasm exposes arrow-rs's stream reader only; the test gives it streams")),
        ("arrow-rs", f => Named(f, "list-view", "large-list-view"), new("unreachable", "this arrow-rs knows list views, but panics on reading their buffers")),
        ("arrow-rs", f => f.IsPacked, new("IPC decompression requires the", "parquet-wasm builds arrow-rs without its codecs")),

        ("polars", f => Named(f, "list-view", "large-list-view", "run-end-"), new("not yet implemented", "not in polars's IPC reader")),
        ("polars", f => Named(f, "dense-union", "sparse-union"), new("cannot create series from Union", "polars has no unions")),
        ("polars", f => Named(f, "interval-months"), new("cannot create series from Interval", "polars has no intervals")),
        ("polars", f => Named(f, "interval-day-time"), new("does not support primitive", "polars has no intervals")),
        ("polars", f => Named(f, "interval-month-day-nano"), new("month_day_nano_interval", "polars has no intervals")),
        ("polars", f => Named(f, "decimal256"), new("does not support primitive", "polars's decimals end at 128 bits")),
        ("polars", f => Named(f, "decimal128-negative-scale"), new("out-of-spec", "polars's scales are not negative")),
        ("polars", f => f.HasDeltas, new("delta dictionary batches not supported", "not in polars's IPC reader")),
        ("polars", f => f.Compression != ArrowCompression.None && f.HasEmptyBatch, new("out of range for slice of length 0", "polars wants a length before the buffers of a compressed batch even where they are empty")),

        ("polars", f => Named(f, "time-second"), Scaled(1_000_000_000, "polars keeps times in nanoseconds")),
        ("polars", f => Named(f, "time-millisecond"), Scaled(1_000_000, "polars keeps times in nanoseconds")),
        ("polars", f => Named(f, "time-microsecond"), Scaled(1000, "polars keeps times in nanoseconds")),
        ("polars", f => Named(f, "timestamp-second", "timestamp-second-utc", "duration-second"), Scaled(1000, "polars has no seconds: it takes milliseconds")),
        ("polars", f => Named(f, "map"), new(Reason: "polars has no maps: it takes a list of structs, and an empty one for null", Turns: Listed)),
    ];

    public static PeerOutcome Of(string peer, PeerFile file) =>
        s_rules.FirstOrDefault(r => r.Peer == peer && r.When(file)).Outcome ?? new PeerOutcome();

    private static bool Named(PeerFile file, params string[] names) =>
        names.Any(n => n.EndsWith('-') ? file.Type.Name.StartsWith(n, StringComparison.Ordinal) : file.Type.Name == n);

    private static string Listed(string row)
    {
        JsonElement map = JsonDocument.Parse(row).RootElement.GetProperty("c0");
        IEnumerable<string> entries = map.ValueKind == JsonValueKind.Null ? [] : map.EnumerateArray().Select(e => $"{{\"key\":{e[0].GetRawText()},\"value\":{e[1].GetRawText()}}}");
        return AnyValue.Canonical($"{{\"c0\":[{string.Join(",", entries)}]}}");
    }

    private static PeerOutcome Scaled(long factor, string reason) => new(Reason: reason, Turns: row =>
    {
        string value = row["{\"c0\":".Length..^1].Trim('"');
        return value == "null" ? row : $"{{\"c0\":\"{BigInteger.Parse(value, CultureInfo.InvariantCulture) * factor}\"}}";
    });
}
