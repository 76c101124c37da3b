using System.Net;
using Microsoft.Net.Http.Headers;

namespace Replay.Server.Hosting;

/// <summary>
/// Lets in only requests that a page of this server, or a program on this machine, can make. Against: a foreign name that resolves to 127.0.0.1 (the Host
/// is then not ours), and a foreign page that posts here (its Origin is not ours; there are no CORS headers, so it cannot send JSON either).
/// </summary>
internal static class RequestGuard
{
    public static Task Check(HttpContext context, RequestDelegate next)
    {
        HttpRequest request = context.Request;
        int port = context.Connection.LocalPort;
        if (!IsOurs(request.Host, port))
        {
            return Answers.WriteError(context.Response, StatusCodes.Status403Forbidden, $"the host '{request.Host.Value}' is not this server", "Host", $"Ask http://127.0.0.1:{port}.");
        }

        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        return HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) ? next(context) : CheckChange(context, next);
    }

    private static Task CheckChange(HttpContext context, RequestDelegate next)
    {
        HttpRequest request = context.Request;
        string? origin = request.Headers.Origin;
        string? site = request.Headers["Sec-Fetch-Site"];
        if ((!string.IsNullOrEmpty(origin) && origin != $"http://{request.Host.Value}") || (!string.IsNullOrEmpty(site) && site is not ("same-origin" or "none")))
        {
            return Answers.WriteError(context.Response, StatusCodes.Status403Forbidden, "a page from elsewhere may not change anything here", "Origin", "Use the page that this server serves.");
        }

        return MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type) && type.MediaType == "application/json"
            ? next(context)
            : Answers.WriteError(context.Response, StatusCodes.Status415UnsupportedMediaType, "the body is not declared as JSON", "Content-Type", "Send Content-Type: application/json.");
    }

    private static bool IsOurs(HostString host, int port) =>
        host.HasValue
        && (host.Port ?? 80) == port
        && (string.Equals(host.Host, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Host, out IPAddress? address) && IPAddress.IsLoopback(address)));
}
