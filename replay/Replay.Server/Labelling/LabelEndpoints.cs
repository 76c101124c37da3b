using System.Text.Json;
using Replay.Labels;
using Replay.Server.Episodes;
using Replay.Server.Hosting;

namespace Replay.Server.Labelling;

/// <summary>Labels over HTTP.</summary>
internal sealed class LabelEndpoints(EpisodeLibrary library, LabelDesk desk)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/episodes/{e}/labels", (HttpContext c, string e) => Get(c, e));
        routes.MapPost("/api/episodes/{e}/labels", (HttpContext c, string e) => Post(c, e));
        routes.MapPost("/api/episodes/{e}/release", (HttpContext c, string e) => Release(c, e));
    }

    /// <summary>A segment as it is shown.</summary>
    public static object Shown(LabelSegment s) => new { s.Id, s.Verb, s.Note, s.Start, s.End, s.Author, s.EditedUtc };

    private IResult Get(HttpContext context, string name)
    {
        context.Response.Headers.CacheControl = "no-store";
        OpenEpisode episode = EpisodeEndpoints.Hold(library, context, name);
        (string head, LabelSegment[] segments) = desk.View(episode, context.RequestAborted);
        return Answers.Ok(new { Head = head, Segments = segments.Select(Shown).ToArray(), Verbs = desk.Verbs() });
    }

    private async Task<IResult> Post(HttpContext context, string name)
    {
        OpenEpisode episode = EpisodeEndpoints.Hold(library, context, name);
        OperationRequest request = await Body<OperationRequest>(context);
        (string head, LabelSegment? segment) = desk.Append(episode, request, context.RequestAborted);
        return Answers.Ok(new { Head = head, Segment = segment is null ? null : Shown(segment) });
    }

    private async Task<IResult> Release(HttpContext context, string name)
    {
        OpenEpisode episode = EpisodeEndpoints.Hold(library, context, name);
        ReleaseRequest request = await Body<ReleaseRequest>(context);
        (string file, int segments, string head) = desk.Release(episode, request.Name, context.RequestAborted);
        return Answers.Ok(new { File = file, Segments = segments, Head = head });
    }

    private static async Task<T> Body<T>(HttpContext context)
    {
        try
        {
            return await context.Request.ReadFromJsonAsync<T>(Answers.Json, context.RequestAborted)
                ?? throw ApiException.BadRequest("it is null", "body", "See replay/http-api.md.");
        }
        catch (JsonException e)
        {
            throw ApiException.BadRequest($"it is not the JSON that was expected ({e.Message.TrimEnd('.')})", "body", "See replay/http-api.md.");
        }
    }
}
