using Replay.Server.Hosting;

namespace Replay.Server.Files;

/// <summary>The web page's built files, from <c>wwwroot</c> beside the program: listed once, looked up by path.</summary>
internal sealed class Page
{
    private const string Index = "/index.html";

    // The page loads nothing from anywhere else and has no script inside its text; pictures and sound come from blobs that it makes.
    private const string Policy =
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; img-src 'self' blob: data:; media-src 'self' blob:; "
        + "style-src 'self' 'unsafe-inline'; font-src 'self' data:; connect-src 'self' blob: data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);

    public Page(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            _files.Add("/" + Path.GetRelativePath(folder, file).Replace('\\', '/'), file);
        }
    }

    /// <summary>False when the page was not built.</summary>
    public bool IsBuilt => _files.ContainsKey(Index);

    /// <summary>A file of the page; its index for a path that names none and has no ending: the page finds its way by itself.</summary>
    public IResult Get(HttpContext context)
    {
        string path = context.Request.Path.Value is { Length: > 1 } p ? p : Index;
        if (!IsBuilt)
        {
            throw ApiException.NotFound("the page was not built with this server", "wwwroot", "Build it (npm ci && npm run build in replay/web), then build the server again. The interface under /api works.");
        }

        bool known = _files.TryGetValue(path, out string? file);
        if (!known && (path.StartsWith("/assets/", StringComparison.Ordinal) || Path.HasExtension(path)))
        {
            throw ApiException.NotFound("there is no such file", path, "The page begins at /.");
        }

        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        return new FileAnswer(known ? file! : _files[Index], ContentTypes.Of(known ? path : Index), sealedFile: true)
        {
            Forever = known && path.StartsWith("/assets/", StringComparison.Ordinal),
        };
    }
}
