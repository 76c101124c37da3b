using System.Globalization;

namespace Capture.Agent.Rig;

/// <summary>
/// A mapping of the rig file while it is read: hands out values by key, checks type, unit and range, and at the end complains about every key
/// that nobody asked for. Problems are collected, so that an operator mends the file once.
/// </summary>
internal sealed class Section
{
    private readonly string _file;
    private readonly string _path;
    private readonly List<RigProblem> _problems;
    private readonly Dictionary<string, KeyValuePair<YamlScalar, YamlValue>> _entries = new(StringComparer.Ordinal);
    private readonly List<string> _asked = [];

    public Section(string file, string path, YamlValue value, List<RigProblem> problems)
    {
        _file = file;
        _path = path;
        _problems = problems;
        Line = value.Line;
        if (value is not YamlMap map)
        {
            Complain(value.Line, "", "expected keys with values, as `{key: value}`");
            return;
        }

        foreach (KeyValuePair<YamlScalar, YamlValue> entry in map.Entries)
        {
            if (!_entries.TryAdd(entry.Key.Text, entry))
            {
                int first = _entries[entry.Key.Text].Key.Line;
                string what = path == "streams" ? "two streams have this name" : "the key stands twice";
                Complain(entry.Key.Line, entry.Key.Text, $"{what}: first on line {first}");
            }
        }
    }

    public int Line { get; }

    public IEnumerable<KeyValuePair<YamlScalar, YamlValue>> Entries => _entries.Values;

    /// <summary>Notes a problem with <paramref name="key"/>, at its own line if it is there.</summary>
    public void Complain(string key, string message) =>
        Complain(_entries.TryGetValue(key, out KeyValuePair<YamlScalar, YamlValue> entry) ? entry.Key.Line : Line, key, message);

    public Section? Child(string key)
    {
        _asked.Add(key);
        return _entries.TryGetValue(key, out KeyValuePair<YamlScalar, YamlValue> entry)
            ? new Section(_file, Join(key), entry.Value, _problems)
            : null;
    }

    public Section Nested(KeyValuePair<YamlScalar, YamlValue> entry)
    {
        _asked.Add(entry.Key.Text);
        return new Section(_file, Join(entry.Key.Text), entry.Value, _problems);
    }

    public string? Text(string key, string expected)
    {
        _asked.Add(key);
        if (!_entries.TryGetValue(key, out KeyValuePair<YamlScalar, YamlValue> entry))
        {
            return null;
        }

        if (entry.Value is YamlScalar { Text.Length: > 0 } scalar)
        {
            return scalar.Text;
        }

        Complain(entry.Key.Line, key, $"expected {expected}");
        return null;
    }

    public string RequiredText(string key, string expected)
    {
        if (!_entries.ContainsKey(key))
        {
            _asked.Add(key);
            Complain(Line, key, $"missing: expected {expected}");
            return "";
        }

        return Text(key, expected) ?? "";
    }

    public string OneOf(string key, string fallback, params ReadOnlySpan<string> choices)
    {
        string expected = "one of " + string.Join(", ", choices.ToArray());
        string value = Text(key, expected) ?? fallback;
        if (!choices.Contains(value))
        {
            Complain(key, $"'{value}' is not known here: expected {expected}");
            return fallback;
        }

        return value;
    }

    /// <summary>A whole number in <paramref name="unit"/>; the fallback where the key is absent or wrong.</summary>
    public int? Integer(string key, string unit, int min, int max)
    {
        double? value = Number(key, unit, min, max);
        if (value is { } number && number != Math.Truncate(number))
        {
            Complain(key, $"{number.ToString(CultureInfo.InvariantCulture)} is not a whole number of {unit}");
            return null;
        }

        return (int?)value;
    }

    public int RequiredInteger(string key, string unit, int min, int max)
    {
        if (!_entries.ContainsKey(key))
        {
            _asked.Add(key);
            Complain(Line, key, $"missing: expected a whole number of {unit}, {min} to {max}");
            return min;
        }

        return Integer(key, unit, min, max) ?? min;
    }

    public double? Number(string key, string unit, double min, double max)
    {
        string expected = string.Create(CultureInfo.InvariantCulture, $"a number of {unit} without its unit, {min} to {max}");
        if (Text(key, expected) is not { } text)
        {
            return null;
        }

        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value))
        {
            Complain(key, $"'{text}' is not a number: expected {expected}");
            return null;
        }

        if (value < min || value > max)
        {
            Complain(key, $"{text} is out of range: expected {expected}");
            return null;
        }

        return value;
    }

    public IReadOnlyList<string> TextList(string key, string expected)
    {
        _asked.Add(key);
        if (!_entries.TryGetValue(key, out KeyValuePair<YamlScalar, YamlValue> entry))
        {
            return [];
        }

        if (entry.Value is YamlList list && list.Items.All(item => item is YamlScalar { Text.Length: > 0 }))
        {
            return [.. list.Items.Cast<YamlScalar>().Select(item => item.Text)];
        }

        Complain(entry.Key.Line, key, $"expected {expected}");
        return [];
    }

    /// <summary>The list's items as sections; complains where the key is missing or no list.</summary>
    public IReadOnlyList<Section> Sections(string key, string expected)
    {
        _asked.Add(key);
        if (!_entries.TryGetValue(key, out KeyValuePair<YamlScalar, YamlValue> entry) || entry.Value is not YamlList { Items.Count: > 0 } list)
        {
            Complain(key, $"missing: expected {expected}");
            return [];
        }

        return [.. list.Items.Select((item, i) => new Section(_file, $"{Join(key)}[{i}]", item, _problems))];
    }

    /// <summary>Whether the key holds a mapping, not a single value.</summary>
    public bool IsMapping(string key) => _entries.TryGetValue(key, out KeyValuePair<YamlScalar, YamlValue> entry) && entry.Value is YamlMap;

    public bool Has(string key) => _entries.ContainsKey(key);

    /// <summary>Complains about every key that was never asked for, and names the nearest one that would have been understood.</summary>
    public void Finish()
    {
        foreach (KeyValuePair<YamlScalar, YamlValue> entry in _entries.Values)
        {
            string key = entry.Key.Text;
            if (_asked.Contains(key))
            {
                continue;
            }

            string? near = _asked.Where(known => IsNear(key, known)).MinBy(known => Math.Abs(known.Length - key.Length));
            string hint = near is not null ? $"did you mean `{near}`?" : "expected one of " + string.Join(", ", _asked.Distinct().Order());
            Complain(entry.Key.Line, key, $"unknown key; {hint}");
        }
    }

    private void Complain(int line, string key, string message) => _problems.Add(new RigProblem(_file, line, Join(key), message));

    private string Join(string key) => _path.Length == 0 ? key : key.Length == 0 ? _path : $"{_path}.{key}";

    // The same word with another unit (`latency_s` for `latency_ms`), or a slip of one or two letters.
    private static bool IsNear(string key, string known)
    {
        string Stem(string word) => word.Contains('_') ? word[..word.LastIndexOf('_')] : word;
        return Stem(key) == Stem(known) || Slip.IsNear(key, known);
    }
}
