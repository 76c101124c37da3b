using System.Buffers;
using Capture.Arrow;

namespace Replay.Server.Views;

/// <summary>A table as an Arrow IPC stream in the answer's body, a batch at a time.</summary>
/// <param name="schema">The columns.</param>
/// <param name="rows">How many rows there will be.</param>
/// <param name="appender">Given the builder, returns what appends the row of a number (0 …) to every column.</param>
internal sealed class ArrowAnswer(ArrowSchema schema, int rows, Func<BatchBuilder, Action<int>> appender) : IResult
{
    private const string ContentType = "application/vnd.apache.arrow.stream";
    private const int BatchBytes = 1 << 20;

    public async Task ExecuteAsync(HttpContext context)
    {
        context.Response.ContentType = ContentType;
        context.Response.Headers.CacheControl = "no-store";
        CancellationToken cancel = context.RequestAborted;
        var encoder = new IpcEncoder(schema);
        int perBatch = Math.Clamp(BatchBytes / RowBytes(schema), 1, Math.Max(rows, 1));
        using var builder = new BatchBuilder(schema, new BatchCapacity { Rows = perBatch });
        Action<int> append = appender(builder);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Max(encoder.MaxSchemaLength(), encoder.MaxBatchLength(builder)));
        try
        {
            long position = encoder.EncodeSchema(buffer, 0).Length;
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, (int)position), cancel);
            for (int first = 0; first < rows; first += perBatch)
            {
                builder.Clear();
                for (int row = first; row < Math.Min(first + perBatch, rows); row++)
                {
                    append(row);
                    builder.EndRow();
                }

                int length = (int)encoder.EncodeBatch(builder, buffer, position).Length;
                position += length;
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, length), cancel);
            }

            await context.Response.Body.WriteAsync(buffer.AsMemory(0, IpcEncoder.EncodeEndOfStream(buffer)), cancel);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int RowBytes(ArrowSchema schema) => schema.Fields.Sum(f => f.Type is FixedSizeListType list ? 8 * list.Size : 8) + 1;
}
