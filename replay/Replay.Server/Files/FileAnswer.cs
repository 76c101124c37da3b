using System.Buffers;
using System.Globalization;
using Microsoft.Net.Http.Headers;
using Microsoft.Win32.SafeHandles;
using Replay.Server.Hosting;

namespace Replay.Server.Files;

/// <summary>
/// A file, or one range of it, as it lies on disk. Read by position, so that it may grow meanwhile: the answer ends where the file ended when it began.
/// </summary>
internal sealed class FileAnswer(string path, string contentType, bool sealedFile) : IResult
{
    private const int ChunkBytes = 128 * 1024;

    /// <summary>True for a file whose name has its content's hash in it: it never changes.</summary>
    public bool Forever { get; init; }

    public async Task ExecuteAsync(HttpContext context)
    {
        using SafeFileHandle file = OpenFile(path);
        long length = RandomAccess.GetLength(file);
        HttpResponse response = context.Response;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.CacheControl = Forever ? "public, max-age=31536000, immutable" : sealedFile ? "no-cache" : "no-store";
        EntityTagHeaderValue? tag = sealedFile ? Tag(length) : null;
        response.GetTypedHeaders().ETag = tag;
        if (tag is not null && context.Request.GetTypedHeaders().IfNoneMatch.Any(t => t.Compare(tag, useStrongComparison: false) || t.Tag == "*"))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        (long from, long to) = (0, length);
        if (WantedRange(context.Request, tag) is { } range)
        {
            if (Resolve(range, length) is not { } resolved)
            {
                response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{length}");
                await Answers.WriteError(
                    response, StatusCodes.Status416RangeNotSatisfiable, $"the range lies beyond the file's {length} bytes", context.Request.Path, "Ask for one range within it; a growing file may hold it soon.");
                return;
            }

            (from, to) = resolved;
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{to - 1}/{length}");
        }

        response.ContentType = contentType;
        response.ContentLength = to - from;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await Copy(file, context, from, to);
        }
    }

    private static SafeFileHandle OpenFile(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ApiException.NotFound($"the file cannot be opened ({e.Message.TrimEnd('.')})", Path.GetFileName(path), "Check the rights to it.");
        }
    }

    private static async Task Copy(SafeFileHandle file, HttpContext context, long from, long to)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(ChunkBytes, Math.Max(1, to - from)));
        try
        {
            while (from < to)
            {
                Memory<byte> chunk = buffer.AsMemory(0, (int)Math.Min(buffer.Length, to - from));
                int read = await RandomAccess.ReadAsync(file, chunk, from, context.RequestAborted);
                if (read == 0)
                {
                    // Cut while it was read: an answer shorter than announced must not look whole.
                    context.Abort();
                    return;
                }

                await context.Response.Body.WriteAsync(chunk[..read], context.RequestAborted);
                from += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static RangeHeaderValue? WantedRange(HttpRequest request, EntityTagHeaderValue? tag)
    {
        string? text = request.Headers.Range;
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (!RangeHeaderValue.TryParse(text, out RangeHeaderValue? range) || range.Unit != "bytes")
        {
            return null;
        }

        // If-Range with another version of the file: the whole of the present one.
        string? condition = request.Headers.IfRange;
        return string.IsNullOrEmpty(condition) || (tag is not null && condition == tag.ToString()) ? range : null;
    }

    private static (long From, long To)? Resolve(RangeHeaderValue range, long length)
    {
        if (range.Ranges.Count != 1)
        {
            return null;
        }

        RangeItemHeaderValue item = range.Ranges.First();
        if (item.From is not { } from)
        {
            long last = Math.Min(item.To ?? 0, length);
            return last > 0 ? (length - last, length) : null;
        }

        return from < length ? (from, item.To is { } to && to < length - 1 ? to + 1 : length) : null;
    }

    private EntityTagHeaderValue Tag(long length) =>
        new(string.Create(CultureInfo.InvariantCulture, $"\"{length:x}-{File.GetLastWriteTimeUtc(path).Ticks:x}\""));
}
