using System.Text.Json;
using System.Text.Json.Serialization;
using Capture.Episodes;
using Replay.Labels;

namespace Replay.Server.Hosting;

/// <summary>How JSON looks in every answer, and how an error becomes one.</summary>
internal static class Answers
{
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.Strict,
    };

    public static IResult Ok<T>(T value) => Results.Json(value, Json);

    public static Task WriteError(HttpResponse response, int status, string what, string where, string remedy, string? head = null)
    {
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        var error = new { what, where, remedy };
        return head is null ? response.WriteAsJsonAsync(new { error }, Json) : response.WriteAsJsonAsync(new { error, head }, Json);
    }

    /// <summary>Runs the rest of the pipeline and turns what it throws into an error in the interface's form.</summary>
    public static async Task Guard(HttpContext context, RequestDelegate next, ILogger log)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The page went elsewhere: nobody reads an answer.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            await (e switch
            {
                ApiException a => WriteError(context.Response, a.Status, a.What, a.Where, a.Remedy, a.Head),
                EpisodeException { Problem: EpisodeProblem.Invalid } p => WriteError(context.Response, StatusCodes.Status404NotFound, p.What, p.Where, p.Remedy),
                EpisodeException p => WriteError(context.Response, StatusCodes.Status500InternalServerError, p.What, p.Where, p.Remedy),
                LabelLogException l => WriteError(context.Response, StatusCodes.Status503ServiceUnavailable, l.What, l.Where, l.Remedy),
                BadHttpRequestException b => WriteError(context.Response, b.StatusCode, b.Message.TrimEnd('.'), context.Request.Path, "See replay/http-api.md."),
                _ => Unexpected(context, e, log),
            });
        }
    }

    private static Task Unexpected(HttpContext context, Exception e, ILogger log)
    {
        log.UnexpectedError(e, context.Request.Method, context.Request.Path);
        return WriteError(context.Response, StatusCodes.Status500InternalServerError, $"the server failed ({e.Message.TrimEnd('.')})", context.Request.Path, "What happened stands in the server's output.");
    }
}

internal static partial class ServerLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    public static partial void UnexpectedError(this ILogger log, Exception e, string method, string path);
}
