using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Capture.Arrow;
using Capture.Core.Time;
using Replay.Server.Hosting;

namespace Replay.Server.Tests.Support;

/// <summary>A folder of the test's own and a real server on a free port over it.</summary>
internal sealed class Served : IAsyncDisposable
{
    private ReplayServer? _server;

    public string Folder { get; } = Directory.CreateTempSubdirectory("replay-server-").FullName;

    public HttpClient Http { get; } = new();

    public int Port => Http.BaseAddress!.Port;

    public async Task<Served> Start(string? page = null)
    {
        _server = await ReplayServer.Start(Folder, 0, HostClock.System, page);
        Http.BaseAddress = new Uri(_server.Address);
        return this;
    }

    public async Task<JsonElement> Json(string path)
    {
        using HttpResponseMessage response = await Http.GetAsync(path);
        string text = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), text);
        return JsonDocument.Parse(text).RootElement.Clone();
    }

    /// <summary>An Arrow answer, whole.</summary>
    public async Task<(ArrowSchema Schema, List<RecordBatch> Batches)> Arrow(string path)
    {
        using HttpResponseMessage response = await Http.GetAsync(path);
        byte[] bytes = await response.Content.ReadAsByteArrayAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), Encoding.UTF8.GetString(bytes[..Math.Min(300, bytes.Length)]));
        using ArrowReader reader = ArrowReader.Open(bytes);
        Assert.That(reader.Tail.Kind, Is.EqualTo(ArrowTailKind.EndOfStream));
        return (reader.Schema, [.. Enumerable.Range(0, reader.Batches.Count).Select(reader.ReadBatch)]);
    }

    public async Task<(HttpStatusCode Status, JsonElement Body)> Post(string path, object body)
    {
        using var content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await Http.PostAsync(path, content);
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.Clone());
    }

    /// <summary>Sends bytes as they are, which an HTTP library would tidy up, and returns the whole answer.</summary>
    public async Task<string> Raw(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using var answer = new MemoryStream();
        await stream.CopyToAsync(answer);
        return Encoding.Latin1.GetString(answer.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }
}

internal static class Columns
{
    public static long[] Int64(this List<RecordBatch> batches, string column) => [.. batches.SelectMany(b => b.Column(column).Values<long>().ToArray())];

    public static double?[] Float64(this List<RecordBatch> batches, string column) =>
        [.. batches.SelectMany(b => Enumerable.Range(0, b.Rows).Select(r => b.Column(column).IsNull(r) ? (double?)null : b.Column(column).Values<double>()[r]))];
}
