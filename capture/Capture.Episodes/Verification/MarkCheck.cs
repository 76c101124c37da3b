using System.Globalization;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Verification;

/// <summary>Tells of every marked stretch, and holds the manifest's list of them against the stream.</summary>
internal static class MarkCheck
{
    public static void Run(EpisodeReader episode, List<Finding> findings)
    {
        IReadOnlyList<ManifestMark> marks;
        try
        {
            marks = MarkIntervals.Of(episode);
        }
        catch (EpisodeException e)
        {
            findings.Add(new Finding(FindingSeverity.Error, "the marks", e.Message));
            return;
        }

        foreach (ManifestMark mark in marks)
        {
            string place = $"stream '{mark.Stream}'";
            if (episode.Find(mark.Stream) is null)
            {
                findings.Add(new Finding(FindingSeverity.Error, place, $"it is marked as {mark.Mark}, and there is no such stream"));
            }
            else
            {
                findings.Add(new Finding(FindingSeverity.Warning, place, Describe(mark)));
            }
        }

        if (episode.Manifest.State != EpisodeState.Recording && !marks.Take(MarkIntervals.MostInManifest).SequenceEqual(episode.Manifest.Marks ?? []))
        {
            findings.Add(new Finding(FindingSeverity.Error, ManifestFile.Name, $"it lists {episode.Manifest.Marks?.Count ?? 0} marks, and they are not those of the stream '{MarkSchema.Name}', which has {marks.Count}"));
        }
    }

    private static string Describe(ManifestMark mark) => string.Create(
        CultureInfo.InvariantCulture,
        $"{mark.Mark} from {mark.FromNs / 1e9:0.000} s {(mark.UntilNs is { } until ? $"to {until / 1e9:0.000} s" : "to the end")}");
}
