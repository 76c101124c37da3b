using System.Net;
using Capture.Core.Time;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Replay.Server.Episodes;
using Replay.Server.Files;
using Replay.Server.Labelling;

namespace Replay.Server.Hosting;

/// <summary>The server: one folder of episodes on a port of 127.0.0.1.</summary>
internal sealed class ReplayServer : IAsyncDisposable
{
    // Larger than any operation on a label.
    private const long MaxBodyBytes = 64 * 1024;

    private readonly WebApplication _app;
    private readonly EpisodeLibrary _library;
    private readonly LabelDesk _labels;

    private ReplayServer(WebApplication app, EpisodeLibrary library, LabelDesk labels, Page page)
    {
        _app = app;
        _library = library;
        _labels = labels;
        HasPage = page.IsBuilt;
    }

    /// <summary>Where it answers, as "http://127.0.0.1:8300".</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>False when only the interface is there, and no page.</summary>
    public bool HasPage { get; }

    /// <summary>Why labels cannot be set; null when they can.</summary>
    public string? LabelProblem => _labels.Problem?.Message;

    /// <summary>Starts serving.</summary>
    /// <param name="folder">The folder of episodes.</param>
    /// <param name="port">0: any that is free.</param>
    /// <param name="pageFolder">The built page; null: <c>wwwroot</c> beside the program.</param>
    /// <exception cref="IOException">The port is in use.</exception>
    public static async Task<ReplayServer> Start(string folder, int port, HostClock clock, string? pageFolder = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        });
        builder.Services.AddRoutingCore();
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Error);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        WebApplication app = builder.Build();

        var library = new EpisodeLibrary(folder, clock);
        var labels = new LabelDesk(folder, clock);
        var page = new Page(pageFolder ?? Path.Combine(AppContext.BaseDirectory, "wwwroot"));
        ILogger log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("replay");
        CancellationToken stopping = app.Lifetime.ApplicationStopping;
        app.Use((context, next) =>
        {
            // Answers without an end (events) must not hold up Ctrl+C.
            CancellationTokenRegistration registration = stopping.Register(context.Abort);
            context.Response.RegisterForDispose(registration);
            return next(context);
        });
        app.Use((context, next) => Answers.Guard(context, next, log));
        app.Use((context, next) => RequestGuard.Check(context, next));
        app.UseRouting();
        new EpisodeEndpoints(library, labels, clock).Map(app);
        new LabelEndpoints(library, labels).Map(app);
        app.MapMethods("/api/{**rest}", [HttpMethods.Get, HttpMethods.Head, HttpMethods.Post], IResult (string? rest) => throw ApiException.NotFound("there is no such request", $"/api/{rest}", "See replay/http-api.md."));
        app.MapMethods("/{**path}", [HttpMethods.Get, HttpMethods.Head], (HttpContext context) => page.Get(context));

        var server = new ReplayServer(app, library, labels, page);
        try
        {
            await app.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _labels.Dispose();
        _library.Dispose();
    }
}
