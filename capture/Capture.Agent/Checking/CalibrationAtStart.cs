using System.Globalization;
using Calibration;
using Calibration.Results;
using Capture.Agent.Rig;
using Capture.Episodes.Manifest;
using Capture.Episodes.Schema;

namespace Capture.Agent.Checking;

/// <summary>
/// The cheap part of a calibration's check, before a recording starts: is there one for every camera, does it hold for this device and this picture size, does it call itself good, how old is it. Whether a
/// camera was moved since is not seen here: `calibrate check` and `capture check` ask the pictures.
/// </summary>
/// <remarks>
/// Red: the calibration itself says that it is not to be used, it was made with another device, for another picture size, or cannot be read. Amber: a camera has none, it calls itself amber, or it is older
/// than <see cref="OldDays"/> days (a mount settles, a lens is touched: nothing makes it wrong, and nobody has looked). Green: all else.
/// </remarks>
internal static class CalibrationAtStart
{
    public const int OldDays = 90;

    /// <summary>Null for a rig without cameras and calibrations.</summary>
    public static ManifestCalibration? Look(RigFile rig, IReadOnlyList<StreamDescriptor> streams, long realtimeNs)
    {
        var read = new Dictionary<string, CalibrationResult>(StringComparer.Ordinal);
        var entries = new List<ManifestCalibrationEntry>();
        foreach ((string stream, string file) in rig.Calibration)
        {
            try
            {
                CalibrationResult result = read.TryGetValue(file, out CalibrationResult? known) ? known : read[file] = ResultFile.Read(file);
                entries.Add(OfFile(stream, file, result, streams, realtimeNs));
            }
            catch (CalibrationException e)
            {
                entries.Add(new ManifestCalibrationEntry(Path.GetFileName(file), stream, Verdict.Red, e.Message));
            }
        }

        foreach (CameraFrameStream camera in streams.OfType<CameraFrameStream>().Where(c => !rig.Calibration.ContainsKey(c.Name)))
        {
            // A rig's result, named for one of its cameras, holds for the others.
            (string file, CalibrationResult result) = read.FirstOrDefault(r => r.Value.Cameras.Any(c => c.Name == camera.Name));
            entries.Add(result is null
                ? new ManifestCalibrationEntry(null, camera.Name, Verdict.Amber, $"{camera.Name} has no calibration.")
                : OfFile(camera.Name, file, result, streams, realtimeNs));
        }

        return entries.Count == 0 ? null : new ManifestCalibration(Worst(entries.Select(e => e.State)), entries);
    }

    /// <summary>What the operator is told: a line for each that is not green; cameras without any share one.</summary>
    public static IEnumerable<string> Notes(ManifestCalibration? found, string rigFile)
    {
        foreach (ManifestCalibrationEntry entry in found?.Entries.Where(e => e.State != Verdict.Green && e.File is not null) ?? [])
        {
            yield return $"calibration {entry.State}: {entry.Sentence}";
        }

        string[] without = [.. found?.Entries.Where(e => e.File is null).Select(e => e.Stream) ?? []];
        if (without.Length > 0)
        {
            yield return $"calibration {Verdict.Amber}: none for {string.Join(", ", without)}; make one with `calibrate`, and name it in {Path.GetFileName(rigFile)} under `calibration:`.";
        }
    }

    /// <exception cref="CalibrationException">A camera has none, or a red one.</exception>
    public static void Require(ManifestCalibration? found, string rigFile)
    {
        ManifestCalibrationEntry[] bad = [.. found?.Entries.Where(e => e.State == Verdict.Red || e.File is null) ?? []];
        if (bad.Length > 0)
        {
            throw new CalibrationException(CalibrationProblem.Data, $"a calibration is required: {string.Join(' ', bad.Select(b => b.Sentence))}", rigFile, "Calibrate, or record without --require-calibration.");
        }
    }

    private static ManifestCalibrationEntry OfFile(string stream, string file, CalibrationResult result, IReadOnlyList<StreamDescriptor> streams, long realtimeNs)
    {
        string name = Path.GetFileName(file);
        var red = new List<string>();
        var amber = new List<string>();
        string match = "";
        if (result.Verdict.State == Verdict.Red)
        {
            red.Add($"{name} says of itself that it is not to be used");
        }
        else if (result.Verdict.State == Verdict.Amber)
        {
            amber.Add($"{name} says of itself: {result.Verdict.Sentences.FirstOrDefault()?.TrimEnd('.')}");
        }

        if (streams.OfType<CameraFrameStream>().FirstOrDefault(s => s.Name == stream) is { } camera && result.Cameras.Count > 0)
        {
            match = OfCamera(camera, name, result, red, amber);
        }

        if (Age(result, realtimeNs) is { } days && days > OldDays)
        {
            amber.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {days} days old (more than {OldDays}): look whether it still holds with `calibrate check`"));
        }

        string state = red.Count > 0 ? Verdict.Red : amber.Count > 0 ? Verdict.Amber : Verdict.Green;
        string sentence = state == Verdict.Green ? $"{name} holds for {stream}{match}" : string.Join("; ", red.Concat(amber));
        return new ManifestCalibrationEntry(name, stream, state, sentence + ".");
    }

    private static string OfCamera(CameraFrameStream camera, string name, CalibrationResult result, List<string> red, List<string> amber)
    {
        // The lens of one camera holds for the stream it is named for; of several the one with the stream's name.
        CameraResult? lens = result.Cameras.FirstOrDefault(c => c.Name == camera.Name) ?? (result.Cameras.Count == 1 ? result.Cameras[0] : null);
        if (lens is null)
        {
            amber.Add($"{name} is about {string.Join(", ", result.Cameras.Select(c => c.Name))}, and none of them is {camera.Name}");
            return "";
        }

        if ((lens.Width, lens.Height) != (camera.WidthPx, camera.HeightPx))
        {
            red.Add($"{name} holds for {lens.Width} × {lens.Height} pixels, and {camera.Name} gives {camera.WidthPx} × {camera.HeightPx}");
        }

        if (lens.Device is not { } device)
        {
            return ", matched by name only: it does not say which camera it was made with";
        }

        if (device != camera.Device.Identity && device != camera.Device.Address)
        {
            red.Add($"{name} was made with camera {device}, and {camera.Name} is {camera.Device.Identity ?? camera.Device.Address}: cameras may be swapped");
        }

        return "";
    }

    private static long? Age(CalibrationResult result, long realtimeNs) =>
        DateTimeOffset.TryParse(result.CreatedUtc, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset created)
            ? (DateTimeOffset.FromUnixTimeMilliseconds(realtimeNs / 1_000_000) - created).Days
            : null;

    private static string Worst(IEnumerable<string> states)
    {
        string[] all = [.. states];
        return all.Contains(Verdict.Red) ? Verdict.Red : all.Contains(Verdict.Amber) ? Verdict.Amber : Verdict.Green;
    }
}
