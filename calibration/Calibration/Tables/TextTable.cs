using System.Globalization;

namespace Calibration.Tables;

/// <summary>One line of numbers.</summary>
/// <param name="Line">In the file, from 1.</param>
internal readonly record struct TextRow(int Line, string[] Fields);

/// <summary>
/// A file of columns as people leave them: separated by comma, semicolon, tab or spaces; with a header, a header behind # or %, or none; with comments and empty lines.
/// Lines are split on reading and parsed by whoever asks.
/// </summary>
internal sealed class TextTable
{
    private const int MaxLine = 64 * 1024;
    private const int MaxRows = 20_000_000;

    private TextTable(string path, string[]? header, List<TextRow> rows)
    {
        Path = path;
        Header = header;
        Rows = rows;
    }

    public string Path { get; }

    /// <summary>The columns' names as they stand in the file; null where there are none.</summary>
    public string[]? Header { get; }

    public IReadOnlyList<TextRow> Rows { get; }

    /// <exception cref="TableException">It cannot be read, or holds no rows.</exception>
    public static TextTable Read(string path)
    {
        try
        {
            using StreamReader reader = new(path);
            return Read(path, reader);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TableException(path, "there is no such file", "Check the path.");
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not TableException))
        {
            throw new TableException(path, $"it cannot be read ({e.Message.TrimEnd('.')})", "Give a text file that you may read.");
        }
    }

    public static TextTable Read(string path, TextReader reader)
    {
        var rows = new List<TextRow>();
        string[]? header = null;
        string? remark = null;
        char separator = '\0';
        int number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.Length > MaxLine)
            {
                throw new TableException($"{path}, line {number}", $"it is {line.Length} characters long", "Give a text file with one sample a line.");
            }

            ReadOnlySpan<char> text = line.AsSpan().Trim('\uFEFF').Trim();
            if (text.IsEmpty)
            {
                continue;
            }

            if (text[0] is '#' or '%')
            {
                remark = rows.Count == 0 ? Wordy(text.TrimStart("#%").Trim(), remark) : remark;
                continue;
            }

            if (text.Contains('\0'))
            {
                throw new TableException(path, "it is no text", "Give a text file with one sample a line, as `t x y z qx qy qz qw`.");
            }

            separator = separator == '\0' ? Separator(text) : separator;
            string[] fields = Split(text.ToString(), separator);
            if (rows.Count == 0 && header is null && !IsNumber(fields[0]) && fields.Any(f => f.Any(char.IsLetter)))
            {
                header = fields;
                continue;
            }

            rows.Add(new TextRow(number, fields));
            if (rows.Count > MaxRows)
            {
                throw new TableException(path, $"it has more than {MaxRows} rows", "Cut it into shorter recordings.");
            }
        }

        if (rows.Count == 0)
        {
            throw new TableException(path, "it holds no row of numbers", "Expected one sample a line, as `t x y z qx qy qz qw`.");
        }

        if (header is null && remark is not null)
        {
            string[] names = Split(remark, remark.Contains(separator, StringComparison.Ordinal) ? separator : Separator(remark));
            header = names.Length == rows[0].Fields.Length ? names : null;
        }

        return new TextTable(path, header, rows);
    }

    /// <summary>A number with a point, whatever the country; NaN and infinity are no numbers here.</summary>
    public static bool TryNumber(string field, out double value) =>
        double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    private static bool IsNumber(string field) => double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    // The last remark before the data that could name columns; "# ground truth trajectory" cannot.
    private static string? Wordy(ReadOnlySpan<char> text, string? before)
    {
        string remark = text.ToString();
        return Split(remark, Separator(remark)).Length >= 4 ? remark : before;
    }

    private static char Separator(ReadOnlySpan<char> line) =>
        line.Contains(';') ? ';' : line.Contains('\t') ? '\t' : line.Contains(',') ? ',' : ' ';

    private static string[] Split(string line, char separator)
    {
        string[] fields = separator is ' ' or '\t'
            ? line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)
            : line.Split(separator, StringSplitOptions.TrimEntries);
        if (separator == ',' && fields.Length > 1 && fields[^1].Length == 0)
        {
            fields = fields[..^1];
        }

        for (int i = 0; i < fields.Length; i++)
        {
            fields[i] = fields[i].Trim('"').Trim();

            // Behind a semicolon a comma is a decimal point.
            if (separator == ';' && fields[i].Contains(',', StringComparison.Ordinal) && !fields[i].Contains('.', StringComparison.Ordinal))
            {
                fields[i] = fields[i].Replace(',', '.');
            }
        }

        return fields;
    }
}
