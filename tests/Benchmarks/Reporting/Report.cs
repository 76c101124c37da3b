using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Benchmarks.Reporting;

/// <summary>The figures of a run. Each is also told on standard error as soon as it is there.</summary>
internal sealed class Report(string name, bool quick, string machine)
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    private readonly List<Figure> _figures = [];
    private readonly List<string> _notes = [];
    private string _loadAtEnd = "";

    public void Note(string text)
    {
        _notes.Add(text);
        Console.Error.WriteLine($"bench: {text}");
    }

    public void AtMost(string part, string what, double value, string unit, double target, string detail) => Add(new Figure(part, what, value, unit, Bound.AtMost, target, detail));

    public void AtLeast(string part, string what, double value, string unit, double target, string detail) => Add(new Figure(part, what, value, unit, Bound.AtLeast, target, detail));

    public void Tell(string part, string what, double value, string unit, string detail) => Add(new Figure(part, what, value, unit, Bound.None, null, detail));

    public void End(string load) => _loadAtEnd = load;

    /// <summary>A table in Markdown, the machine above it.</summary>
    public string ToTable()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{name}{(quick ? " --quick (counts too small for figures to quote)" : "")}: {machine}; load at the end {_loadAtEnd}");
        text.AppendLine();
        text.AppendLine("| part | what | target | figure | | how |");
        text.AppendLine("|---|---|---|---|---|---|");
        foreach (Figure f in _figures)
        {
            string met = f.Met switch { true => "met", false => "**missed**", null => "" };
            text.AppendLine(CultureInfo.InvariantCulture, $"| {f.Part} | {f.What} | {Target(f)} | {Number(f.Value)} {f.Unit} | {met} | {f.Detail} |");
        }

        foreach (string note in _notes)
        {
            text.AppendLine().AppendLine(note);
        }

        return text.ToString().TrimEnd();
    }

    public string ToJson() => JsonSerializer.Serialize(
        new
        {
            Benchmark = name,
            Quick = quick,
            Machine = machine,
            LoadAtEnd = _loadAtEnd,
            Figures = _figures.Select(f => new { f.Part, f.What, f.Value, f.Unit, Bound = f.Bound.ToString(), f.Target, f.Met, f.Detail }),
            Notes = _notes,
        },
        s_json);

    private static string Target(Figure f) => f.Bound switch
    {
        Bound.AtMost => $"≤ {Number(f.Target!.Value)} {f.Unit}",
        Bound.AtLeast => $"≥ {Number(f.Target!.Value)} {f.Unit}",
        _ => "",
    };

    private static string Number(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };

    private void Add(Figure figure)
    {
        _figures.Add(figure);
        string met = figure.Met switch { true => " met", false => " MISSED", null => "" };
        Console.Error.WriteLine($"bench: {figure.Part}: {figure.What}: {Number(figure.Value)} {figure.Unit}{met} ({figure.Detail})");
    }
}
