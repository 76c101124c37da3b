using System.Globalization;
using Capture.Episodes.Manifest;

namespace Capture.Agent.Commands;

/// <summary>An episode's marks for people, a line each.</summary>
internal static class MarkLines
{
    // A device that flickers must not bury what else there is to say.
    private const int Most = 20;

    public static IEnumerable<string> Of(EpisodeManifest manifest)
    {
        IReadOnlyList<ManifestMark> marks = manifest.Marks ?? [];
        IEnumerable<string> lines = marks.Take(Most).Select(m => string.Create(
            CultureInfo.InvariantCulture,
            $"  {m.Stream,-18} {m.Mark,-9} from {m.FromNs / 1e9:0.000} s {(m.UntilNs is { } until ? $"to {until / 1e9:0.000} s" : "to the end")}"));
        return marks.Count > Most ? lines.Append($"  and {marks.Count - Most} marks more (capture verify lists them)") : lines;
    }
}
