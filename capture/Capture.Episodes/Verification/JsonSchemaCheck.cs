using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Capture.Episodes.Verification;

/// <summary>
/// Holds a JSON document against a schema, with the keywords that the schemas of this format use: type, const, enum, required, properties, additionalProperties, items, pattern,
/// minimum, maximum, exclusiveMinimum, maxLength, $ref to $defs. A schema with another keyword is refused, so that none is passed over in silence. Source: JSON Schema 2020-12.
/// </summary>
internal sealed class JsonSchemaCheck(JsonElement root)
{
    private const int Depth = 64;
    private static readonly TimeSpan s_patternTime = TimeSpan.FromSeconds(1);

    private readonly List<string> _broken = [];

    /// <summary>The rules that the document breaks, each with the member that does; none: it is valid.</summary>
    /// <exception cref="NotSupportedException">The schema uses a keyword that is not checked here.</exception>
    public IReadOnlyList<string> Run(JsonElement document)
    {
        Check(root, document, "", 0);
        return _broken;
    }

    private void Check(JsonElement schema, JsonElement value, string at, int depth)
    {
        if (depth > Depth)
        {
            _broken.Add($"member '{at}' is nested more than {Depth} deep");
            return;
        }

        foreach (JsonProperty keyword in schema.EnumerateObject())
        {
            switch (keyword.Name)
            {
                case "$schema" or "$defs" or "title" or "description":
                    break;
                case "$ref":
                    Check(Definition(keyword.Value.GetString()!), value, at, depth + 1);
                    break;
                case "type":
                    Rule(IsOf(keyword.Value, value), at, $"is {Word(value)}, where {keyword.Value.GetRawText()} belongs");
                    break;
                case "const":
                    Rule(JsonElement.DeepEquals(keyword.Value, value), at, $"is {Short(value)}, not {keyword.Value.GetRawText()}");
                    break;
                case "enum":
                    Rule(keyword.Value.EnumerateArray().Any(v => JsonElement.DeepEquals(v, value)), at, $"is {Short(value)}, none of {keyword.Value.GetRawText()}");
                    break;
                case "required" when value.ValueKind == JsonValueKind.Object:
                    foreach (JsonElement name in keyword.Value.EnumerateArray())
                    {
                        Rule(value.TryGetProperty(name.GetString()!, out _), Join(at, name.GetString()!), "is missing");
                    }

                    break;
                case "properties" when value.ValueKind == JsonValueKind.Object:
                    foreach (JsonProperty property in keyword.Value.EnumerateObject())
                    {
                        if (value.TryGetProperty(property.Name, out JsonElement member))
                        {
                            Check(property.Value, member, Join(at, property.Name), depth + 1);
                        }
                    }

                    break;
                case "additionalProperties" when value.ValueKind == JsonValueKind.Object:
                    foreach (JsonProperty member in value.EnumerateObject())
                    {
                        if (!schema.TryGetProperty("properties", out JsonElement known) || !known.TryGetProperty(member.Name, out _))
                        {
                            Check(keyword.Value, member.Value, Join(at, member.Name), depth + 1);
                        }
                    }

                    break;
                case "items" when value.ValueKind == JsonValueKind.Array:
                    int index = 0;
                    foreach (JsonElement item in value.EnumerateArray())
                    {
                        Check(keyword.Value, item, string.Create(CultureInfo.InvariantCulture, $"{at}[{index++}]"), depth + 1);
                    }

                    break;
                case "pattern" when value.ValueKind == JsonValueKind.String:
                    Rule(Regex.IsMatch(value.GetString()!, keyword.Value.GetString()!, RegexOptions.CultureInvariant | RegexOptions.ECMAScript, s_patternTime), at, $"is {Short(value)}, which does not match {keyword.Value.GetRawText()}");
                    break;
                case "minimum" when value.ValueKind == JsonValueKind.Number:
                    Rule(value.GetDouble() >= keyword.Value.GetDouble(), at, $"is {Short(value)}, below {keyword.Value.GetRawText()}");
                    break;
                case "maximum" when value.ValueKind == JsonValueKind.Number:
                    Rule(value.GetDouble() <= keyword.Value.GetDouble(), at, $"is {Short(value)}, above {keyword.Value.GetRawText()}");
                    break;
                case "exclusiveMinimum" when value.ValueKind == JsonValueKind.Number:
                    Rule(value.GetDouble() > keyword.Value.GetDouble(), at, $"is {Short(value)}, not above {keyword.Value.GetRawText()}");
                    break;
                case "maxLength" when value.ValueKind == JsonValueKind.String:
                    Rule(value.GetString()!.Length <= keyword.Value.GetInt32(), at, $"is longer than {keyword.Value.GetRawText()} characters");
                    break;
                case "required" or "properties" or "additionalProperties" or "items" or "pattern" or "minimum" or "maximum" or "exclusiveMinimum" or "maxLength":
                    break;
                default:
                    throw new NotSupportedException($"The schema uses '{keyword.Name}' at '{at}', which is not checked here. Add it to {nameof(JsonSchemaCheck)}.");
            }
        }
    }

    private static string Join(string at, string name) => at.Length == 0 ? name : $"{at}.{name}";

    private static string Word(JsonElement value) => value.ValueKind.ToString().ToLowerInvariant();

    private static string Short(JsonElement value)
    {
        string text = value.GetRawText();
        return text.Length <= 80 ? text : text[..80] + "…";
    }

    private static bool IsOf(JsonElement types, JsonElement value) => types.ValueKind == JsonValueKind.Array
        ? types.EnumerateArray().Any(t => IsOf(t, value))
        : types.GetString() switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "array" => value.ValueKind == JsonValueKind.Array,
            "string" => value.ValueKind == JsonValueKind.String,
            "number" => value.ValueKind == JsonValueKind.Number,
            "integer" => value.ValueKind == JsonValueKind.Number && (value.TryGetInt64(out _) || double.IsInteger(value.GetDouble())),
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "null" => value.ValueKind == JsonValueKind.Null,
            string other => throw new NotSupportedException($"The schema uses the type '{other}', which JSON does not have."),
            null => false,
        };

    private JsonElement Definition(string reference)
    {
        const string Prefix = "#/$defs/";
        return reference.StartsWith(Prefix, StringComparison.Ordinal) && root.GetProperty("$defs").TryGetProperty(reference[Prefix.Length..], out JsonElement found)
            ? found
            : throw new NotSupportedException($"The schema refers to '{reference}', which is not there.");
    }

    private void Rule(bool holds, string at, string otherwise)
    {
        if (!holds)
        {
            _broken.Add($"member '{at}' {otherwise}");
        }
    }
}
