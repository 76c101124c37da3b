using System.CommandLine;
using System.Text.Json;
using Calibration.Detection;
using Calibration.Episodes;
using Calibration.Results;
using Calibration.Targets;

namespace Calibrate.Commands;

/// <summary><c>calibrate detect</c>: what is found in each picture, and nothing more.</summary>
internal static class DetectCommand
{
    public static Command Create()
    {
        Option<string[]> images = Options.Images();
        Option<string[]> target = Options.Target();
        target.Description += " apriltag:36h11 alone finds any tags.";
        Option<bool> json = Options.Json();
        var episode = new EpisodeOptions();
        var command = new Command("detect", "Finds a target's corners, or tags, in pictures.") { images, episode.Episode, episode.Camera, target, json };
        episode.Require(command, images);
        command.SetAction(parsed => Trouble.Guard(() =>
        {
            using EpisodeCamera? camera = parsed.GetValue(episode.Episode) is null ? null : episode.Open(parsed);
            IReadOnlyList<ImageSource> sources = camera?.Pictures ?? ImageSet.Find(parsed.GetRequiredValue(images));
            string[] asked = parsed.GetRequiredValue(target);
            bool recorded = camera is not null;
            SeenImage[] seen = asked.Length == 1 && TargetText.ReadFamilyAlone(asked[0]) is { } family
                ? [.. sources.Select(s => Tags(family, s))]
                : [.. Boards([.. asked.Select(TargetText.Read)], sources, recorded)];
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(new { Target = string.Join(' ', asked), Images = seen }, ResultFile.Json));
            }
            else
            {
                foreach (SeenImage image in seen)
                {
                    Console.WriteLine($"{image.Image}  {image.Width} x {image.Height}  {(image.Tags is { } tags ? $"{tags.Count} tags" : $"{image.Corners?.Count ?? 0} corners")}{(image.How is null ? "" : $"  ({image.How})")}");
                }
            }

            return seen.Any(s => (s.Tags?.Count ?? s.Corners?.Count ?? 0) > 0) ? ExitCode.Good : ExitCode.FoundWrong;
        }));
        return command;
    }

    private static SeenImage Tags(string family, ImageSource source)
    {
        IReadOnlyList<MarkerSighting> tags = BoardDetector.FindTags(family, source, out int width, out int height);
        return new(source.Name, width, height)
        {
            StampNs = source.StampNs,
            Tags = [.. tags.OrderBy(t => t.Id).Select(t => new SeenTag(t.Id, [.. t.Corners.Select(c => new[] { c.U, c.V })], t.Margin))],
        };
    }

    private static IEnumerable<SeenImage> Boards(Target[] targets, IReadOnlyList<ImageSource> sources, bool recorded)
    {
        foreach (DetectedImage image in new BoardDetector(targets) { Quick = recorded }.Detect(sources))
        {
            for (int t = 0; t < targets.Length; t++)
            {
                BoardSighting sighting = image.Sightings[t];
                yield return new(image.Source.Name, image.Width, image.Height)
                {
                    StampNs = image.Source.StampNs,
                    Target = targets[t].Text,
                    How = sighting.How,
                    EdgeWidthPixels = sighting.EdgeWidth,
                    Corners = [.. sighting.Corners.Select(c => new SeenCorner(c.Id, c.U, c.V))],
                    Tags = targets[t] is AprilTagGrid ? [.. sighting.Corners.GroupBy(c => c.Id / 4).Select(g => new SeenTag(g.Key, [.. g.OrderBy(c => c.Id).Select(c => new[] { c.U, c.V })], null))] : null,
                };
            }
        }
    }

    // Tags go by id, or by place in a grid; their corners clockwise from the tag's own top left.
    private sealed record SeenImage(string Image, int Width, int Height)
    {
        public long? StampNs { get; init; }

        public string? Target { get; init; }

        public string? How { get; init; }

        public double? EdgeWidthPixels { get; init; }

        public IReadOnlyList<SeenCorner>? Corners { get; init; }

        public IReadOnlyList<SeenTag>? Tags { get; init; }
    }

    private sealed record SeenCorner(int Id, double U, double V);

    private sealed record SeenTag(int Id, double[][] Corners, double? DecisionMargin);
}
