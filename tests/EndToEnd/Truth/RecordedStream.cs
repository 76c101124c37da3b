using System.Globalization;
using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace EndToEnd.Truth;

/// <summary>The common columns of a recorded stream with its times in force; times on the host's monotonic clock.</summary>
internal sealed class RecordedStream
{
    public RecordedStream(EpisodeReader episode, string name)
    {
        Stream = episode.Stream(name);
        AnchorNs = Stream.Info.Episode.Anchor.Origin.Nanoseconds;
        Sequence = Stream.ReadInt64(CommonColumns.Sequence);
        HostNs = Stream.ReadInt64(CommonColumns.HostTime);
        TimeNs = [.. Stream.ReadTimes().Select(t => t + AnchorNs)];
        BoundNs = Stream.Times is { } times ? times.ReadBounds() : [.. Sequence.Select(_ => -1L)];
        Segment = [.. Stream.ReadAll().SelectMany(b => b.Column(CommonColumns.Segment).Values<int>().ToArray())];
    }

    public EpisodeStream Stream { get; }

    public string Name => Stream.Info.Name;

    public long AnchorNs { get; }

    public int Rows => Sequence.Length;

    public long[] Sequence { get; }

    public long[] HostNs { get; }

    /// <summary>When each row happened, by the times in force; ns of CLOCK_MONOTONIC.</summary>
    public long[] TimeNs { get; }

    /// <summary>−1 where the row states none.</summary>
    public long[] BoundNs { get; }

    public int[] Segment { get; }

    /// <summary>One value a row of a column.</summary>
    public T[] Values<T>(string column)
        where T : unmanaged => [.. Stream.ReadAll().SelectMany(b => b.Column(column).Values<T>().ToArray())];

    /// <summary>What <paramref name="read"/> makes of each row of a column.</summary>
    public T[] Each<T>(string column, Func<ArrowColumn, int, T> read) =>
        [.. Stream.ReadAll().SelectMany(b => Enumerable.Range(0, b.Rows).Select(row => read(b.Column(column), row)))];

    /// <summary>The items of each row's list.</summary>
    public T[][] Lists<T>(string column)
        where T : unmanaged => Each(column, (c, row) =>
        {
            (int start, int count) = c.Items(row);
            return c.Item.Values<T>().Slice(start, count).ToArray();
        });

    /// <summary>
    /// Prints how far the rows' times are from the truth, and asserts what a run of real processes on busy cores can promise: no error beyond 20 ms, and
    /// the truth inside the stated bound. When the whole machine stalls in the middle of an exchange, nobody can place that row better than its bound says:
    /// one row in a hundred may be off by more than 20 ms when its own bound admits it. Accuracy is gated in simulated time.
    /// </summary>
    /// <param name="truth">The true instant of a row; null for rows that have none.</param>
    /// <param name="insideAtLeast">Share of the rows that state a bound and must have the truth inside it.</param>
    public void ExpectTimes(Func<int, long?> truth, double insideAtLeast = 0.999)
    {
        const long GrossNs = 20_000_000;
        var errors = new List<long>();
        int bounded = 0, inside = 0, gross = 0, unadmitted = 0;
        for (int row = 0; row < Rows; row++)
        {
            if (truth(row) is not { } t)
            {
                continue;
            }

            long error = TimeNs[row] - t;
            errors.Add(Math.Abs(error));
            gross += Math.Abs(error) > GrossNs ? 1 : 0;
            unadmitted += Math.Abs(error) > GrossNs && Math.Abs(error) > BoundNs[row] ? 1 : 0;
            bounded += BoundNs[row] >= 0 ? 1 : 0;
            inside += BoundNs[row] >= 0 && Math.Abs(error) <= BoundNs[row] ? 1 : 0;
        }

        errors.Sort();
        Assert.That(errors, Is.Not.Empty, $"{Name}: no row has a truth");
        double share = bounded == 0 ? double.NaN : inside / (double)bounded;
        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Name,-18} {errors.Count,6} of {Rows,6} rows: |error| p50 {At(errors, 0.5) / 1e6:0.000} p99 {At(errors, 0.99) / 1e6:0.000} max {errors[^1] / 1e6:0.000} ms; truth inside the bound of {bounded} rows: {share:P2}"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(unadmitted, Is.Zero, $"{Name}: rows off by more than 20 ms that do not say so; the largest error is {errors[^1]} ns");
            Assert.That(gross, Is.LessThanOrEqualTo(errors.Count / 100), $"{Name}: rows off by more than 20 ms");
            Assert.That(bounded == 0 || share >= insideAtLeast, Is.True, $"{Name}: the truth lies inside the bound of {share:P2} of the rows only");
        }
    }

    private static long At(List<long> sorted, double quantile) => sorted[Math.Min(sorted.Count - 1, (int)(quantile * sorted.Count))];
}
