using System.Globalization;
using System.Text.Json.Nodes;
using Calibration.Episodes;
using Calibration.Results;
using Capture.Episodes.Reading;

namespace Calibration.Latency.Claps;

/// <summary>How late a camera is behind a microphone, from claps (or clicks with a lamp) that both took.</summary>
/// <remarks>
/// A stop of motion is placed to about a third of a picture's interval, and a blurred one too late; a lamp that is wired to the click is placed between two pictures, and several claps narrow that down.
/// Half of the exposure is in the lag where stamps are of its beginning or end; a rolling shutter adds up to its readout time for what is low in the picture. Sound takes 2.9 ms a metre.
/// </remarks>
public static class ClapCalibration
{
    private const double SpeedOfSound = 343;
    private const int GoodClaps = 6;
    private const double GoodSigmaNs = 5e6;

    /// <param name="microphone">EPISODE:STREAM of a microphone.</param>
    /// <param name="camera">EPISODE:STREAM of a camera in the same episode.</param>
    /// <param name="mostLagNs">Furthest lag that is looked for, either way.</param>
    /// <param name="distanceM">From the clap to the microphone.</param>
    /// <exception cref="NoLagException">The claps cannot tell: why, and what to do.</exception>
    /// <exception cref="CalibrationException">A stream is not there, or no microphone, or no camera whose pictures stand alone.</exception>
    public static CalibrationResult Run(EpisodeSource microphone, EpisodeSource camera, long mostLagNs, double distanceM, IReadOnlyList<InputFile> inputs)
    {
        if (Path.GetFullPath(microphone.Folder) != Path.GetFullPath(camera.Folder))
        {
            throw new CalibrationException(CalibrationProblem.Asked, "microphone and camera are of two episodes", camera.ToString(), "Claps are compared within one recording.");
        }

        using var episode = EpisodeReader.Open(microphone.Folder);
        CameraPictures pictures = CameraPictures.Of(episode, camera.Stream, out string why)
            ?? throw new CalibrationException(CalibrationProblem.Data, why, camera.ToString(), "Name a camera of the episode after the microphone.");
        long[] heard = [.. SoundOnsets.Find(episode.Stream(microphone.Stream)).Select(t => t - (long)(distanceM / SpeedOfSound * 1e9))];
        if (heard.Length < ClapMatch.Fewest)
        {
            throw new NoLagException($"{microphone} hears {heard.Length} claps, and {ClapMatch.Fewest} are the least (ten are good): clap sharply, close to the microphone, at irregular times, with a quarter of a second of quiet before each.");
        }

        PictureEvents events = PictureEvents.Find(pictures);
        ClapMatch? flash = ClapMatch.Find(PictureSign.Flash, heard, events.Flashes, events.IntervalNs, mostLagNs, out string noFlash);
        ClapMatch? stop = ClapMatch.Find(PictureSign.Stop, heard, events.Stops, events.IntervalNs, mostLagNs, out string noStop);
        ClapMatch best = (flash, stop) switch
        {
            ({ } f, { } s) when f.LagsNs.Count >= s.LagsNs.Count => f,
            (_, { } s) => s,
            ({ } f, _) => f,
            _ => throw new NoLagException($"the claps that {microphone.Stream} hears are not seen by {camera.Stream}: {noFlash}; {noStop}. Clap in full view before a scene that rests, or let a lamp light up with the click."),
        };
        return Result(microphone, camera, best, heard.Length, mostLagNs, distanceM, inputs);
    }

    private static CalibrationResult Result(EpisodeSource microphone, EpisodeSource camera, ClapMatch match, int heard, long mostLagNs, double distanceM, IReadOnlyList<InputFile> inputs)
    {
        bool good = match.LagsNs.Count >= GoodClaps && match.SigmaNs <= GoodSigmaNs;
        string sign = match.Sign == PictureSign.Flash ? "a lamp that lights up" : "a motion that stops";
        return new CalibrationResult
        {
            Kind = "latency",
            Verdict = new Verdict(
                good ? Verdict.Green : Verdict.Amber,
                [
                    Text($"{(good ? "Good to use" : "Usable with care")}: {camera} stamps the same instant {Math.Abs(match.LagNs) / 1e6:0.0} ms {(match.LagNs >= 0 ? "later" : "earlier")} than {microphone}, ± {match.SigmaNs / 1e6:0.0} ms (1 σ); 95 % lie between {match.Low95Ns / 1e6:0.0} and {match.High95Ns / 1e6:0.0} ms late."),
                    Text($"{match.LagsNs.Count} of {heard} claps that are heard are seen, as {sign}."),
                    .. good ? Array.Empty<string>() : [Text($"Clap {GoodClaps} times or more, at irregular times; with a lamp the lag is known better.")],
                ]),
            Settings = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["a"] = microphone.ToString(), ["b"] = camera.ToString(), ["method"] = "clap",
                ["max-lag"] = (mostLagNs / 1e9).ToString(CultureInfo.InvariantCulture) + " s",
                ["distance"] = distanceM.ToString(CultureInfo.InvariantCulture) + " m",
            },
            Inputs = inputs,
            Quantities = [new Quantity("claps heard", heard, null, "1"), new Quantity("claps heard and seen", match.LagsNs.Count, null, "1")],
            Lags = [new LagResult(camera.ToString(), microphone.ToString(), match.LagNs, match.SigmaNs, match.Low95Ns, match.High95Ns)],
            Findings = match.Sign == PictureSign.Stop
                ? [new Finding(Finding.Note, "clap", camera.Stream, "Hands that meet are placed to about a third of a picture's interval only, and blur makes them late: a lamp wired to a click is sharper.")]
                : [],
            Details = new JsonObject { ["sign"] = match.Sign.ToString().ToLowerInvariant(), ["claps_ns"] = new JsonArray([.. match.LagsNs.Select(l => (JsonNode)l)]) },
        };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
