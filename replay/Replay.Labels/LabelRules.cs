using System.Text.RegularExpressions;

namespace Replay.Labels;

/// <summary>What ids, verbs, notes and names may be. Everything that enters the log or becomes a file's name is checked here.</summary>
public static partial class LabelRules
{
    public const int MaxVerb = 64;
    public const int MaxNote = 4000;
    public const int MaxAuthor = 64;

    /// <summary>Verbs that a page offers before a folder has its own.</summary>
    public static IReadOnlyList<string> CommonVerbs { get; } = ["reach", "grasp", "lift", "move", "place", "release", "push", "retract", "idle"];

    public static bool IsId(string text) => Id().IsMatch(text);

    /// <summary>A release's name: it becomes part of a file's name, so no dot, slash or '@'.</summary>
    public static bool IsReleaseName(string text) => ReleaseName().IsMatch(text);

    /// <summary>Null when the text may be stored, else what is wrong with it. Line breaks are for notes only.</summary>
    public static string? Problem(string what, string text, int limit, bool lines = false)
    {
        if (text.Length > limit)
        {
            return $"the {what} has {text.Length} characters, and at most {limit} are kept";
        }

        foreach (char c in text)
        {
            if (char.IsControl(c) && !(lines && c is '\n' or '\t'))
            {
                return $"the {what} holds the control character U+{(int)c:X4}";
            }
        }

        return IsWellFormed(text) ? null : $"the {what} is no valid text (half a surrogate pair)";
    }

    // Half a surrogate pair would be replaced on the way into UTF-8, and the stored text would not be the one that was sent.
    private static bool IsWellFormed(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return false;
            }
        }

        return true;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex Id();

    [GeneratedRegex(@"\A[a-z0-9_-]{1,64}\z")]
    private static partial Regex ReleaseName();
}
