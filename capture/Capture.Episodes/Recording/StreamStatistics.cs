using System.Runtime.InteropServices;
using Capture.Core.Time;

namespace Capture.Episodes.Recording;

/// <summary>A stream's state at one moment, for the operator's table.</summary>
/// <param name="Rows">Appended since the start.</param>
/// <param name="Bytes">Payload appended, in bytes.</param>
/// <param name="RateHz">Rows a second over the last whole seconds (up to 4).</param>
/// <param name="Lag">Since the last row's host time; null before the first.</param>
/// <param name="Dropped">Losses booked, in the stream's count unit; losses of unknown count left out.</param>
/// <param name="QueuedBatches">Batches that wait for the disk.</param>
/// <param name="PoolBatches">Batches that the pool has in all.</param>
/// <param name="ClockSigma">The online clock's, as its source last reported.</param>
/// <param name="WrittenBytes">Length of the stream's file.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct StreamStatus(
    long Rows, long Bytes, double RateHz, Duration? Lag, long Dropped, int QueuedBatches, int PoolBatches, Duration? ClockSigma, long WrittenBytes);

/// <summary>
/// What a stream has done so far. Written by its source's thread and the writer's, each its own fields; read from any thread without
/// locks and without allocating.
/// </summary>
public sealed class StreamStatistics
{
    private const int Buckets = 8;
    private const long NoTime = long.MinValue;
    private const long NsPerSecond = 1_000_000_000;

    private readonly long[] _bucketSecond = new long[Buckets];
    private readonly long[] _bucketRows = new long[Buckets];
    private long _rows;
    private long _bytes;
    private long _dropped;
    private long _lastHost = NoTime;
    private long _firstHost = NoTime;
    private long _sigma = NoTime;
    private long _writtenBytes;
    private int _queued;
    private int _pool;

    internal StreamStatistics(string name) => Name = name;

    /// <summary>The stream's name.</summary>
    public string Name { get; }

    /// <summary>The state now. <paramref name="now"/> is <see cref="HostClock.Now"/> of the recorder's clock.</summary>
    public StreamStatus Read(HostTime now)
    {
        long last = Volatile.Read(ref _lastHost);
        long sigma = Volatile.Read(ref _sigma);
        return new StreamStatus(
            Volatile.Read(ref _rows),
            Volatile.Read(ref _bytes),
            Rate(now),
            last == NoTime ? null : now - new HostTime(last),
            Volatile.Read(ref _dropped),
            Volatile.Read(ref _queued),
            Volatile.Read(ref _pool),
            sigma == NoTime ? null : new Duration(sigma),
            Volatile.Read(ref _writtenBytes));
    }

    internal void Appended(HostTime now, HostTime host, int bytes)
    {
        long second = now.Nanoseconds / NsPerSecond;
        int bucket = (int)(second & (Buckets - 1));
        if (_bucketSecond[bucket] != second)
        {
            Volatile.Write(ref _bucketRows[bucket], 0);
            Volatile.Write(ref _bucketSecond[bucket], second);
        }

        Volatile.Write(ref _bucketRows[bucket], _bucketRows[bucket] + 1);
        if (_firstHost == NoTime)
        {
            Volatile.Write(ref _firstHost, now.Nanoseconds);
        }

        Volatile.Write(ref _lastHost, host.Nanoseconds);
        Volatile.Write(ref _bytes, _bytes + bytes);
        Volatile.Write(ref _rows, _rows + 1);
    }

    internal void AddDropped(long count) => Interlocked.Add(ref _dropped, count);

    internal void SetSigma(Duration? sigma) => Volatile.Write(ref _sigma, sigma?.Nanoseconds ?? NoTime);

    internal void SetQueue(int queued, int pool)
    {
        Volatile.Write(ref _queued, queued);
        Volatile.Write(ref _pool, pool);
    }

    internal void SetWritten(long bytes) => Volatile.Write(ref _writtenBytes, bytes);

    private double Rate(HostTime now)
    {
        long first = Volatile.Read(ref _firstHost);
        if (first == NoTime)
        {
            return 0;
        }

        long second = now.Nanoseconds / NsPerSecond;
        long seconds = Math.Min(4, second - (first / NsPerSecond) - 1);
        if (seconds < 1)
        {
            double age = (now.Nanoseconds - first) / (double)NsPerSecond;
            return age > 0.05 ? Volatile.Read(ref _rows) / age : 0;
        }

        long rows = 0;
        for (long s = second - seconds; s < second; s++)
        {
            int bucket = (int)(s & (Buckets - 1));
            rows += Volatile.Read(ref _bucketSecond[bucket]) == s ? Volatile.Read(ref _bucketRows[bucket]) : 0;
        }

        return rows / (double)seconds;
    }
}
