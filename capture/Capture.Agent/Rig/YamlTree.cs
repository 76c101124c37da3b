using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Capture.Agent.Rig;

/// <summary>A YAML node with its line, so that every complaint can say where.</summary>
internal abstract record YamlValue(int Line);

internal sealed record YamlScalar(int Line, string Text, bool Quoted) : YamlValue(Line);

internal sealed record YamlList(int Line, IReadOnlyList<YamlValue> Items) : YamlValue(Line);

/// <summary>Keys in the file's order; a key that stands twice is kept twice, for the reader to complain about.</summary>
internal sealed record YamlMap(int Line, IReadOnlyList<KeyValuePair<YamlScalar, YamlValue>> Entries) : YamlValue(Line);

/// <summary>Reads one YAML document into <see cref="YamlValue"/>s.</summary>
/// <remarks>The package's own tree refuses a doubled key without saying where the first one stands; hence the walk over its events.</remarks>
internal static class YamlTree
{
    // Deeper than any rig; a document that nests further is an attack on the stack.
    private const int MaxDepth = 16;

    /// <exception cref="RigException">The text is not YAML.</exception>
    public static YamlValue Parse(string file, string text)
    {
        var parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
        try
        {
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
            {
                throw Problem(file, 0, "the file is empty: expected `rig:` and `streams:`");
            }

            parser.Consume<DocumentStart>();
            YamlValue root = Read(parser, file, []);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _))
            {
                throw Problem(file, (int)parser.Current!.Start.Line, "a second YAML document begins here: a rig is one document");
            }

            return root;
        }
        catch (YamlException e)
        {
            string reason = e.InnerException?.Message ?? e.Message;
            throw Problem(file, (int)e.Start.Line, $"not YAML: {reason}");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            // The package's scanner gives up on some damaged texts with these instead of its own exception.
            throw Problem(file, (int)(parser.Current?.End.Line ?? 0), "not YAML: the text breaks off or is damaged behind this line");
        }
    }

    private static YamlValue Read(Parser parser, string file, Dictionary<AnchorName, YamlValue> anchors, int depth = 0)
    {
        if (depth > MaxDepth)
        {
            throw Problem(file, (int)parser.Current!.Start.Line, $"nested more than {MaxDepth} deep");
        }

        if (parser.Current is AnchorAlias alias)
        {
            parser.MoveNext();
            return anchors.TryGetValue(alias.Value, out YamlValue? target)
                ? target
                : throw Problem(file, (int)alias.Start.Line, $"*{alias.Value} refers to an anchor that is not defined above");
        }

        YamlValue value;
        AnchorName anchor;
        if (parser.Current is Scalar scalar)
        {
            parser.MoveNext();
            anchor = scalar.Anchor;
            value = new YamlScalar((int)scalar.Start.Line, scalar.Value, scalar.Style is ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted);
        }
        else if (parser.Current is SequenceStart list)
        {
            parser.MoveNext();
            anchor = list.Anchor;
            var items = new List<YamlValue>();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(Read(parser, file, anchors, depth + 1));
            }

            value = new YamlList((int)list.Start.Line, items);
        }
        else
        {
            MappingStart map = parser.Consume<MappingStart>();
            anchor = map.Anchor;
            var entries = new List<KeyValuePair<YamlScalar, YamlValue>>();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                YamlValue key = Read(parser, file, anchors, depth + 1);
                YamlValue item = Read(parser, file, anchors, depth + 1);
                entries.Add(new(key as YamlScalar ?? throw Problem(file, key.Line, "a key must be a plain word"), item));
            }

            value = new YamlMap((int)map.Start.Line, entries);
        }

        if (!anchor.IsEmpty)
        {
            anchors[anchor] = value;
        }

        return value;
    }

    private static RigException Problem(string file, int line, string message) => new([new RigProblem(file, line, "", message)]);
}
