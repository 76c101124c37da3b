using Calibration;
using Calibration.Checking;
using Calibration.Results;
using Capture.Agent.Rig;
using Capture.Episodes;

namespace Capture.Agent.Checking;

/// <summary>
/// Are the rig's calibrations still good? They are tried on the newest episode of the rig's folder, an ordinary recording; without one, their own verdict has to do.
/// </summary>
internal static class CalibrationLook
{
    public static IReadOnlyList<CheckedCalibration> Run(RigFile rig)
    {
        var results = new List<CheckedCalibration>();
        var read = new List<(string File, CalibrationResult Result)>();
        foreach (string file in rig.Calibration.Values.Distinct(StringComparer.Ordinal))
        {
            try
            {
                read.Add((file, ResultFile.Read(file)));
            }
            catch (CalibrationException e)
            {
                results.Add(Unknown(file, "unknown", e));
            }
        }

        if (read.Count == 0 || Newest(rig.EpisodesFolder) is not { } newest)
        {
            return [.. results, .. read.Select(r => new CheckedCalibration(Path.GetFileName(r.File), r.Result.Kind, r.Result.Verdict.State, null, $"No episode yet to try it on; its own verdict: {r.Result.Verdict.Sentences.FirstOrDefault()}"))];
        }

        try
        {
            // All at once: the lens of one file helps to judge the hand and eye of another.
            return [.. results, .. EpisodeCheck.Run(newest, [.. read.Select(r => r.File)])];
        }
        catch (Exception e) when (e is CalibrationException or EpisodeException or Capture.Arrow.ArrowFormatException)
        {
            return [.. results, .. read.Select(r => Unknown(r.File, r.Result.Kind, e))];
        }
    }

    private static CheckedCalibration Unknown(string file, string kind, Exception e) =>
        new(Path.GetFileName(file), kind, EpisodeCheck.Unknown, null, $"It is copied into episodes as it is, and cannot be judged: {e.Message}");

    // Names begin with the UTC time, so that the last in order is the newest.
    private static string? Newest(string folder) =>
        Directory.Exists(folder) ? Directory.GetDirectories(folder, "*.episode").Order(StringComparer.Ordinal).LastOrDefault() : null;
}
