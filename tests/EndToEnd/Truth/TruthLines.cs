using System.Text.Json;

namespace EndToEnd.Truth;

/// <summary>Reads a file of the bench rig's truth: JSON Lines, of which the last may still be in writing.</summary>
internal static class TruthLines
{
    public static IReadOnlyList<JsonElement> Read(string rigFolder, string name)
    {
        string text = File.ReadAllText(Path.Combine(rigFolder, "truth", name + ".jsonl"));
        int whole = text.LastIndexOf('\n') + 1;
        return [.. text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
    }

    public static (ulong Seed, long EpochNs) Rig(string rigFolder)
    {
        JsonElement rig = JsonDocument.Parse(File.ReadAllText(Path.Combine(rigFolder, "truth", "rig.json"))).RootElement;
        return (rig.GetProperty("seed").GetUInt64(), rig.GetProperty("epoch_ns").GetInt64());
    }

    public static long Long(this JsonElement line, string name) => line.GetProperty(name).GetInt64();

    public static bool IsNull(this JsonElement line, string name) => line.GetProperty(name).ValueKind == JsonValueKind.Null;
}
