using Capture.Arrow;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Recording;

/// <summary>How much memory one stream's pool takes: what a batch holds, and how many batches there are.</summary>
/// <param name="Capacity">Of one batch.</param>
/// <param name="Batches">Batches in the pool: the seconds of the buffer, one that is being filled, one that is being written.</param>
/// <param name="BatchBytes">Estimate of one batch's memory.</param>
internal sealed record StreamPlan(BatchCapacity Capacity, int Batches, long BatchBytes)
{
    /// <summary>Fewest batches of any stream: one filled, one queued, one written.</summary>
    public const int FewestBatches = 3;

    // Rates are nominal and bursts happen: a batch takes this much more than its time's worth, and a stream without a rate this many rows a second.
    private const double Headroom = 1.5;
    private const double RateWithoutOne = 2000;
    private const int MostRows = 65_536;

    // A mark begins and ends a few times a second at worst, on each of some dozen streams.
    private const int MarkRowsInBatch = 128;
    private const int MostDataBytes = 256 * 1024 * 1024;

    public static StreamPlan For(StreamDescriptor stream, EpisodeSettings settings)
    {
        double seconds = settings.BatchEveryMs / 1000.0;
        double rate = stream.RateHz is > 0 and < 1e6 and double hz ? hz : RateWithoutOne;
        int rows = (int)Math.Clamp(Math.Ceiling(rate * seconds * Headroom) + 4, 8, MostRows);
        long data = 0;
        var capacity = new BatchCapacity { Rows = rows };
        switch (stream)
        {
            case CameraFrameStream camera:
                data = (long)Math.Clamp(Math.Max(camera.MaxRowBytes, camera.BytesPerSecond * seconds * Headroom), 4096, MostDataBytes);
                capacity = new BatchCapacity { Rows = rows, VariableBytes = (int)data, UsualVariableBytes = (int)Math.Clamp(camera.BytesPerSecond * seconds, 4096, data) };
                break;
            case MocapFrameStream mocap:
                int markers = (int)Math.Clamp((long)rows * mocap.MaxMarkers, 1, 4 * 1024 * 1024);
                data = (long)markers * 29;
                capacity = new BatchCapacity { Rows = rows, ListItems = markers };
                break;
            case MarkStream:
                rows = MarkRowsInBatch;
                capacity = new BatchCapacity { Rows = rows, VariableBytes = rows * StreamName.MaxLength };
                break;
        }

        long rowBytes = stream is CameraFrameStream ? CommonColumns.BytesPerRow + 8 : Math.Max(stream.MaxRowBytes, 64) + CommonColumns.BytesPerRow;
        int batches = (int)Math.Ceiling(settings.BufferSeconds / seconds) + 2;
        return new StreamPlan(capacity, Math.Max(batches, FewestBatches), data + (rows * rowBytes));
    }

    /// <summary>Fits the plans of all streams into a number of bytes: every stream's share shrinks alike, down to the fewest batches.</summary>
    /// <exception cref="EpisodeException">Even the fewest do not fit.</exception>
    public static IReadOnlyList<StreamPlan> Fit(IReadOnlyList<StreamPlan> plans, long limitBytes)
    {
        long total = plans.Sum(p => p.Batches * p.BatchBytes);
        if (total <= limitBytes)
        {
            return plans;
        }

        long least = plans.Sum(p => FewestBatches * p.BatchBytes);
        if (least > limitBytes)
        {
            throw new EpisodeException(
                EpisodeProblem.Invalid,
                $"these streams need at least {least >> 20} MiB of buffers, and the limit is {limitBytes >> 20} MiB",
                "buffer_mb",
                "Raise buffer_mb, or lower batch_every_ms or the cameras' largest picture.");
        }

        double share = (limitBytes - least) / (double)(total - least);
        return [.. plans.Select(p => p with { Batches = FewestBatches + (int)((p.Batches - FewestBatches) * share) })];
    }
}
