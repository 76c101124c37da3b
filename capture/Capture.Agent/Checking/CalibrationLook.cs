using Calibration;
using Calibration.Checking;
using Calibration.Results;
using Capture.Agent.Rig;
using Capture.Episodes;

namespace Capture.Agent.Checking;

/// <summary>
/// Are the rig's calibrations still good? Each is tried on the newest episode of the rig's folder, an ordinary recording; without one, its own verdict has to do.
/// </summary>
internal static class CalibrationLook
{
    public static IReadOnlyList<CheckedCalibration> Run(RigFile rig)
    {
        string[] files = [.. rig.Calibration.Values.Distinct(StringComparer.Ordinal)];
        var results = new List<CheckedCalibration>();
        string? newest = Newest(rig.EpisodesFolder);
        foreach (string file in files)
        {
            try
            {
                CalibrationResult read = ResultFile.Read(file);
                results.Add(newest is null
                    ? new CheckedCalibration(Path.GetFileName(file), read.Kind, read.Verdict.State, null, $"No episode yet to try it on; its own verdict: {read.Verdict.Sentences.FirstOrDefault()}")
                    : EpisodeCheck.Run(newest, [file])[0]);
            }
            catch (Exception e) when (e is CalibrationException or EpisodeException or Capture.Arrow.ArrowFormatException)
            {
                results.Add(new CheckedCalibration(Path.GetFileName(file), "unknown", EpisodeCheck.Unknown, null, $"It is copied into episodes as it is, and cannot be judged: {e.Message}"));
            }
        }

        return results;
    }

    // Names begin with the UTC time, so that the last in order is the newest.
    private static string? Newest(string folder) =>
        Directory.Exists(folder) ? Directory.GetDirectories(folder, "*.episode").Order(StringComparer.Ordinal).LastOrDefault() : null;
}
