using System.Text.Json;
using System.Text.Json.Serialization;

namespace Calibration.Results;

/// <summary>Writes and reads result files.</summary>
public static class ResultFile
{
    /// <summary>How every JSON of `calibrate` is written, `--json` too.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        IndentSize = 1,
        MaxDepth = 64,
    };

    public static string ToJson(CalibrationResult result) => JsonSerializer.Serialize(result, Json);

    /// <summary>Written beside the target and renamed: a reader never sees half a file.</summary>
    public static void Write(string path, CalibrationResult result) => WriteText(path, ToJson(result) + "\n");

    public static void WriteText(string path, string text)
    {
        string temporary = path + ".part";
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            {
                Directory.CreateDirectory(folder);
            }

            File.WriteAllText(temporary, text);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CalibrationException(CalibrationProblem.Environment, $"cannot be written ({e.Message})", path, "Choose another --out, or free the disk.", e);
        }
    }

    /// <exception cref="CalibrationException">The file is missing, or is no result of `calibrate`.</exception>
    public static CalibrationResult Read(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CalibrationException(CalibrationProblem.Environment, $"cannot be read ({e.Message})", path, "Give the JSON that `calibrate` wrote with --out.", e);
        }

        CalibrationResult? result;
        try
        {
            result = JsonSerializer.Deserialize<CalibrationResult>(text, Json);
        }
        catch (JsonException e)
        {
            throw new CalibrationException(CalibrationProblem.Data, $"is no result of `calibrate` ({e.Message})", path, "Give the JSON that `calibrate` wrote with --out.", e);
        }

        if (result is null || result.Format != CalibrationResult.FormatName)
        {
            throw new CalibrationException(CalibrationProblem.Data, $"is no result of `calibrate`: its format is not {CalibrationResult.FormatName}", path, "Give the JSON that `calibrate` wrote with --out.");
        }

        return result.Version <= CalibrationResult.CurrentVersion
            ? result
            : throw new CalibrationException(CalibrationProblem.Data, $"has version {result.Version}, and this program knows {CalibrationResult.CurrentVersion}", path, "Use a newer `calibrate`.");
    }
}
