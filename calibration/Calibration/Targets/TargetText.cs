using System.Globalization;
using System.Text.RegularExpressions;

namespace Calibration.Targets;

/// <summary>Reads a target as the command line writes it: <c>chessboard:9x6:25mm</c>, <c>charuco:5x7:40mm:30mm:4x4_50</c>, <c>apriltag:36h11:6x6:88mm:26.4mm</c>.</summary>
public static partial class TargetText
{
    public const string Forms =
        "Write chessboard:COLUMNSxROWS:SQUARE (inner corners, as in chessboard:9x6:25mm), charuco:COLUMNSxROWS:SQUARE:MARKER:DICTIONARY (squares, as in charuco:5x7:40mm:30mm:4x4_50) "
        + "or apriltag:FAMILY:COLUMNSxROWS:TAG:GAP (as in apriltag:36h11:6x6:88mm:26.4mm).";

    private const int LargestSide = 200;

    private static readonly string[] Families = ["16h5", "25h9", "36h10", "36h11", "Standard41h12", "Standard52h13", "Circle21h7", "Circle49h12", "Custom48h12"];

    /// <exception cref="CalibrationException">The text names no target; the message says what is missing.</exception>
    public static Target Read(string text)
    {
        Parts parts = Split(text);
        return parts.Kind switch
        {
            "chessboard" => ReadChessboard(text, parts),
            "charuco" => ReadCharuco(text, parts),
            _ => ReadGrid(text, parts),
        };
    }

    /// <summary>The family of an AprilTag target that may leave its grid away (<c>apriltag:36h11</c>): enough to look for tags, not to calibrate.</summary>
    public static string? ReadFamilyAlone(string text)
    {
        Parts parts = Split(text);
        return parts.Kind == "apriltag" && parts.Size is null && parts.Lengths.Count == 0 ? Family(text, parts.Words) : null;
    }

    private static Chessboard ReadChessboard(string text, Parts parts)
    {
        (int columns, int rows) = Size(text, parts, 3);
        return parts.Words.Count > 0
            ? throw Wrong(text, $"'{parts.Words[0]}' means nothing for a chessboard")
            : new(columns, rows, Length(text, parts, 0, 1, "the side of a square"), text);
    }

    private static CharucoBoard ReadCharuco(string text, Parts parts)
    {
        (int columns, int rows) = Size(text, parts, 2);
        double square = Length(text, parts, 0, 2, "the side of a square");
        double marker = Length(text, parts, 1, 2, "the side of a marker");
        if (marker >= square)
        {
            throw Wrong(text, "a marker is smaller than the square that it stands in");
        }

        return parts.Words.Count == 1
            ? new(columns, rows, square, marker, parts.Words[0], text)
            : throw Wrong(text, parts.Words.Count == 0 ? "the dictionary is missing" : $"'{parts.Words[1]}' is one word too many");
    }

    private static AprilTagGrid ReadGrid(string text, Parts parts)
    {
        string family = Family(text, parts.Words);
        (int columns, int rows) = Size(text, parts, 1);
        double tag = Length(text, parts, 0, parts.Ratio is null ? 2 : 1, "the side of a tag");
        double gap = parts.Ratio is { } ratio ? ratio * tag : Length(text, parts, 1, 2, "the gap between tags (a length, or a ratio of the tag's side as Kalibr's tagSpacing)");
        return new(family, columns, rows, tag, gap, text);
    }

    private static Parts Split(string text)
    {
        string[] fields = text.Split(':');
        string kind = fields[0].Trim().ToLowerInvariant();
        if (kind is not ("chessboard" or "charuco" or "apriltag"))
        {
            throw Wrong(text, $"there is no target '{fields[0]}'");
        }

        var parts = new Parts(kind);
        foreach (string field in fields.Skip(1).Select(f => f.Trim()))
        {
            if (parts.Size is null && SizeForm().Match(field) is { Success: true } size)
            {
                parts.Size = (Number(size.Groups[1].Value), Number(size.Groups[2].Value));
            }
            else if (LengthForm().Match(field) is { Success: true } length)
            {
                double unit = length.Groups[2].Value switch { "mm" => 1e-3, "cm" => 1e-2, _ => 1 };
                parts.Lengths.Add(double.Parse(length.Groups[1].Value, CultureInfo.InvariantCulture) * unit);
            }
            else if (RatioForm().IsMatch(field) && kind == "apriltag" && parts.Lengths.Count == 1 && parts.Ratio is null)
            {
                parts.Ratio = double.Parse(field, CultureInfo.InvariantCulture);
            }
            else if (RatioForm().IsMatch(field))
            {
                throw Wrong(text, $"'{field}' has no unit: write {field}mm, {field}cm or {field}m");
            }
            else
            {
                parts.Words.Add(field);
            }
        }

        return parts;
    }

    private static string Family(string text, List<string> words)
    {
        if (words.Count != 1)
        {
            throw Wrong(text, words.Count == 0 ? "the tag family is missing" : $"'{words[1]}' is one word too many");
        }

        string word = words[0].StartsWith("tag", StringComparison.OrdinalIgnoreCase) ? words[0][3..] : words[0].TrimStart('t', 'T');
        return Families.FirstOrDefault(f => f.Equals(word, StringComparison.OrdinalIgnoreCase))
            ?? throw Wrong(text, $"there is no tag family '{words[0]}': {string.Join(", ", Families)}");
    }

    private static (int Columns, int Rows) Size(string text, Parts parts, int least)
    {
        (int columns, int rows) = parts.Size ?? throw Wrong(text, "the size (COLUMNSxROWS) is missing");
        return columns >= least && rows >= least && columns <= LargestSide && rows <= LargestSide
            ? (columns, rows)
            : throw Wrong(text, $"a size of {columns}x{rows} is out of range ({least} to {LargestSide} each way)");
    }

    private static double Length(string text, Parts parts, int index, int count, string what)
    {
        if (parts.Lengths.Count <= index)
        {
            throw Wrong(text, $"{what} is missing");
        }

        if (parts.Lengths.Count > count)
        {
            throw Wrong(text, $"there are {parts.Lengths.Count} lengths, and {count} are wanted");
        }

        return parts.Lengths[index] is > 0 and < 100 ? parts.Lengths[index] : throw Wrong(text, $"{what} must be above 0 and below 100 m");
    }

    private static int Number(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : int.MaxValue;

    private static CalibrationException Wrong(string text, string what) => new(CalibrationProblem.Asked, what, $"target '{text}'", Forms);

    [GeneratedRegex(@"^(\d+)[xX](\d+)$")]
    private static partial Regex SizeForm();

    [GeneratedRegex(@"^(\d+(?:\.\d+)?)\s*(mm|cm|m)$")]
    private static partial Regex LengthForm();

    [GeneratedRegex(@"^\d+(?:\.\d+)?$")]
    private static partial Regex RatioForm();

    private sealed class Parts(string kind)
    {
        public string Kind { get; } = kind;

        public (int Columns, int Rows)? Size { get; set; }

        public List<double> Lengths { get; } = [];

        public double? Ratio { get; set; }

        public List<string> Words { get; } = [];
    }
}
