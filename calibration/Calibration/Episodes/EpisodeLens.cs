using Calibration.Intrinsics;
using Calibration.Results;
using Capture.Episodes;

namespace Calibration.Episodes;

/// <summary>The lens of a recording's camera: the one that is given, else the one that was copied into the episode, else one from the recording itself.</summary>
internal static class EpisodeLens
{
    /// <param name="file">A result that holds the camera; null: look in the episode.</param>
    /// <param name="where">Where it came from, for the settings.</param>
    /// <exception cref="CalibrationException">There is none, or it is of another size.</exception>
    public static CameraResult Find(string folder, string camera, string? file, EpisodeViews views, List<Finding> findings, out string where)
    {
        CameraResult? lens;
        if (file is not null)
        {
            lens = Of(ResultFile.Read(file), camera, alone: true)
                ?? throw new CalibrationException(CalibrationProblem.Data, $"it holds no camera '{camera}'", file, "Give a result of `calibrate intrinsics` or `calibrate rig` with this camera.");
            where = file;
        }
        else
        {
            (lens, where) = Stored(folder, camera);
        }

        if (lens is null)
        {
            CalibrationResult own = IntrinsicsCalibration.Solve(camera, views.Chosen, views.Targets, null, [.. views.Chosen.Select(c => c.Source)]);
            lens = own.Cameras[0];
            where = "this recording";
            findings.Add(new(Finding.Note, "lens-from-recording", camera, $"No lens was given and the episode holds none: it was calibrated from this recording's own views ({own.Verdict.State}). --lens FILE takes one that was made with care."));
        }

        (int width, int height) = (views.Seen[0].Width, views.Seen[0].Height);
        return lens.Width == width && lens.Height == height
            ? lens
            : throw new CalibrationException(CalibrationProblem.Data, $"its lens is for {lens.Width} × {lens.Height} pixels, and the pictures have {width} × {height}", where, "Calibrate the camera at the size that is recorded.");
    }

    private static (CameraResult? Lens, string Where) Stored(string folder, string camera)
    {
        string calibrations = Path.Combine(folder, EpisodeFolder.Calibration);
        if (Directory.Exists(calibrations))
        {
            foreach (string path in Directory.GetFiles(calibrations, "*.json").Order(StringComparer.Ordinal))
            {
                // Other people's files may lie there too.
                try
                {
                    if (Of(ResultFile.Read(path), camera, alone: false) is { } lens)
                    {
                        return (lens, path);
                    }
                }
                catch (CalibrationException e) when (e.Problem == CalibrationProblem.Data)
                {
                    continue;
                }
            }
        }

        return (null, "");
    }

    private static CameraResult? Of(CalibrationResult result, string camera, bool alone) =>
        result.Cameras.FirstOrDefault(c => c.Name == camera) ?? (alone && result.Cameras.Count == 1 ? result.Cameras[0] : null);
}
