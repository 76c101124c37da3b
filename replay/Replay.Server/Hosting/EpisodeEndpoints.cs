using System.Text.Json;
using Capture.Core.Time;
using Capture.Episodes;
using Capture.Episodes.Manifest;
using Replay.Server.Episodes;
using Replay.Server.Files;
using Replay.Server.Labelling;
using Replay.Server.Views;

namespace Replay.Server.Hosting;

/// <summary>What there is: episodes, one episode, its files and its views.</summary>
internal sealed class EpisodeEndpoints(EpisodeLibrary library, LabelDesk labels, HostClock clock)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        string[] read = [HttpMethods.Get, HttpMethods.Head];
        routes.MapGet("/api/episodes", (HttpContext c) => List(c));
        routes.MapGet("/api/episodes/{e}", (HttpContext c, string e) => One(c, e));
        routes.MapMethods("/api/episodes/{e}/files/{**path}", read, (HttpContext c, string e, string? path) => FileOf(c, e, path ?? ""));
        routes.MapGet("/api/episodes/{e}/frames/{stream}", (HttpContext c, string e, string stream) => FramesView.Of(Stream(c, e, stream), c));
        routes.MapGet("/api/episodes/{e}/series/{stream}", (HttpContext c, string e, string stream) => NumbersView.Series(Stream(c, e, stream), c));
        routes.MapGet("/api/episodes/{e}/rows/{stream}", (HttpContext c, string e, string stream) => NumbersView.Rows(Stream(c, e, stream), c));
        routes.MapGet("/api/episodes/{e}/peaks/{stream}", (HttpContext c, string e, string stream) => SoundView.Peaks(Stream(c, e, stream), c));
        routes.MapGet("/api/episodes/{e}/sound/{stream}", (HttpContext c, string e, string stream) => SoundView.Sound(Stream(c, e, stream), c));
        routes.MapGet("/api/episodes/{e}/events", (HttpContext c, string e) => new GrowthEvents(Hold(library, c, e), clock).Send(c));
    }

    /// <summary>Opens an episode until the answer has been sent.</summary>
    public static OpenEpisode Hold(EpisodeLibrary library, HttpContext context, string name)
    {
        EpisodeLease lease = library.Open(name);
        context.Response.RegisterForDispose(lease);
        return lease.Episode;
    }

    private OpenStream Stream(HttpContext context, string episode, string stream)
    {
        OpenEpisode open = Hold(library, context, episode);
        return open.Find(stream)
            ?? throw ApiException.NotFound("there is no stream of this name", stream, $"It has: {string.Join(", ", open.Streams.Select(s => s.Name))}.");
    }

    private IResult List(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        return Answers.Ok(library.Scan()
            .Select(found => Summary(found.Key, found.Value, context.RequestAborted))
            .OrderByDescending(s => s.CreatedUtc, StringComparer.Ordinal)
            .ThenBy(s => s.Name, StringComparer.Ordinal));
    }

    private EpisodeSummary Summary(string name, string folder, CancellationToken cancel)
    {
        try
        {
            EpisodeManifest manifest = ManifestFile.Read(folder);
            bool live = false;
            long? duration = manifest.DurationNs;
            if (manifest.State == EpisodeState.Recording || duration is null)
            {
                using EpisodeLease lease = library.Open(name);
                live = lease.Episode.Held;
                duration = lease.Episode.TimeRange(cancel) is { } range ? range.To - range.From : 0;
            }

            return new EpisodeSummary(
                name, manifest.Id, manifest.Rig, manifest.State, live, manifest.CreatedUtc, duration, Bytes(folder), manifest.Streams.Count,
                Task(manifest, "instruction"), Task(manifest, "operator"), labels.Count(manifest.Id), null);
        }
        catch (Exception e) when (e is EpisodeException or IOException or UnauthorizedAccessException or ApiException)
        {
            return new EpisodeSummary(name, null, null, null, false, null, null, null, null, null, null, null, e.Message);
        }
    }

    private static long Bytes(string folder) =>
        EpisodeFiles.Of(folder).Where(f => f.Key.StartsWith("streams/", StringComparison.Ordinal)).Sum(f => new FileInfo(f.Value).Length);

    private static string? Task(EpisodeManifest manifest, string key) =>
        manifest.Task is { } task && task.TryGetValue(key, out JsonElement value) ? value.ToString() : null;

    private IResult One(HttpContext context, string name)
    {
        context.Response.Headers.CacheControl = "no-store";
        OpenEpisode episode = Hold(library, context, name);
        CancellationToken cancel = context.RequestAborted;
        Dictionary<string, List<Gap>> gaps = Gaps.Of(episode, cancel);
        using JsonDocument manifest = JsonDocument.Parse(ManifestFile.Encode(episode.Manifest));
        return Answers.Ok(new
        {
            episode.Name,
            Manifest = manifest.RootElement.Clone(),
            Live = episode.Held,
            episode.TimeVersion,
            TimeRangeNs = Pair(episode.TimeRange(cancel)),
            Streams = episode.Streams.Select(s => Describe(s, gaps, cancel)).ToArray(),
            Models = EpisodeFiles.Of(episode.Folder).Keys
                .Where(f => f.StartsWith(EpisodeFiles.Models + "/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(f => new { Name = f[(f.LastIndexOf('/') + 1)..], File = f })
                .ToArray(),
        });
    }

    private static object Describe(OpenStream stream, Dictionary<string, List<Gap>> gaps, CancellationToken cancel)
    {
        (long rows, long bytes) = stream.Extent;
        return new
        {
            stream.Name,
            stream.Kind,
            stream.File,
            Bytes = bytes,
            Rows = rows,
            stream.RateHz,
            stream.Clock,
            stream.Encoding,
            TimeRangeNs = Pair(stream.Rows(cancel)?.Range),
            Columns = stream.Leaves.Select(l => new { l.Name, l.Unit }).ToArray(),
            Gaps = gaps.GetValueOrDefault(stream.Name) ?? [],
            Metadata = stream.Schema.Metadata.DistinctBy(p => p.Key, StringComparer.Ordinal).ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal),
        };
    }

    private static long[]? Pair((long From, long To)? range) => range is { } r ? [r.From, r.To] : null;

    private IResult FileOf(HttpContext context, string name, string path)
    {
        OpenEpisode episode = Hold(library, context, name);
        return EpisodeFiles.Of(episode.Folder).TryGetValue(path, out string? file)
            ? new FileAnswer(file, ContentTypes.Of(path), episode.IsSealed)
            : throw ApiException.NotFound("there is no such file", path, "Streams are named in the episode's description; times, clocks and labels lie beside them.");
    }

    private sealed record EpisodeSummary(
        string Name, string? Id, string? Rig, string? State, bool Live, string? CreatedUtc, long? DurationNs, long? Bytes, int? Streams, string? Instruction, string? Operator, int? Segments, string? Problem);
}
