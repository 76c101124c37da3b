namespace FirmwareBridge.Tests.Protocol;

/// <summary>One row of the table in wire-protocol.md §8.</summary>
public sealed record SpecificationExample(string Name, bool FromHost, string PayloadHex, string FrameHex)
{
    public byte[] Payload => Convert.FromHexString(PayloadHex);

    public byte[] Frame => Convert.FromHexString(FrameHex);

    public override string ToString() => Name;
}

/// <summary>The examples as the specification prints them: the text is the source, not this file.</summary>
public static class SpecificationExamples
{
    public static SpecificationExample[] All { get; } = Read();

    public static SpecificationExample Get(string name) => All.Single(e => e.Name == name);

    private static SpecificationExample[] Read() =>
    [
        .. File.ReadAllLines(Repository.Specification)
            .SkipWhile(line => !line.StartsWith("## 8.", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length == 6 && cells[3].StartsWith('`'))
            .Select(cells => new SpecificationExample(cells[1], cells[2] == "host", cells[3].Trim('`'), cells[4].Trim('`'))),
    ];
}
