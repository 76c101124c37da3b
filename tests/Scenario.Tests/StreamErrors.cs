using System.Globalization;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Scenario.Tests.Feeds;

namespace Scenario.Tests;

/// <summary>How far the recorded times of one stream are from the truth, row for row. Errors in ns, estimate − truth.</summary>
internal sealed class StreamErrors
{
    private StreamErrors(string stream, long systematicNs, long[] truth, long[] online, long[] final, long[] sigma, long[] bound, int[] segments, long[] host)
    {
        Stream = stream;
        SystematicNs = systematicNs;
        Truth = truth;
        Online = [.. online.Select((t, i) => t - truth[i])];
        Final = [.. final.Select((t, i) => t - truth[i])];
        Delay = [.. host.Select((t, i) => t - truth[i])];
        Sigma = sigma;
        Bound = bound;
        Segments = segments;
    }

    public string Stream { get; }

    /// <summary>The part of the error that comes of a declared minimum below the true one.</summary>
    public long SystematicNs { get; }

    /// <summary>Episode time of each row's true instant.</summary>
    public long[] Truth { get; }

    public long[] Online { get; }

    public long[] Final { get; }

    /// <summary>From the true instant to the row's host time.</summary>
    public long[] Delay { get; }

    public long[] Sigma { get; }

    /// <summary>−1 where the row states none.</summary>
    public long[] Bound { get; }

    public int[] Segments { get; }

    public int Rows => Final.Length;

    public int Bounded => Bound.Count(b => b >= 0);

    /// <summary>Share of the rows that state a bound and have the truth inside it.</summary>
    public double Coverage => Bounded == 0 ? double.NaN : Final.Where((e, i) => Bound[i] >= 0 && Math.Abs(e) <= Bound[i]).Count() / (double)Bounded;

    /// <summary>Mean of (error / sigma)²: 1 where sigma says what it should.</summary>
    public double SigmaRatio(long systematicNs = 0) => Rows == 0 ? double.NaN : Final.Select((e, i) => Math.Pow((e - systematicNs) / (double)Math.Max(Sigma[i], 1), 2)).Average();

    /// <summary>Reads stream and final times from disk. Refuses, as a test does, rows that are not those that were appended.</summary>
    public static StreamErrors Read(EpisodeReader episode, Feed feed, long systematicNs)
    {
        EpisodeStream stream = episode.Stream(feed.Stream);
        FinalTimes? times = stream.Times;
        Assert.That(times, Is.Not.Null, $"{feed.Stream}: final times");
        long anchor = stream.Info.Episode.Anchor.Origin.Nanoseconds;
        int[] segments = [.. stream.ReadAll().SelectMany(b => b.Column(CommonColumns.Segment).Values<int>().ToArray())];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stream.Rows, Is.EqualTo(feed.Truth.Count), $"{feed.Stream}: rows on disk");
            Assert.That(times!.Version, Is.EqualTo("v1"));
            Assert.That(times.ReadInt64(CommonColumns.Sequence), Is.EqualTo(stream.ReadInt64(CommonColumns.Sequence)), $"{feed.Stream}: sequences of final times");
        }

        return new StreamErrors(
            feed.Stream,
            systematicNs,
            [.. feed.Truth.Select(t => t - anchor)],
            stream.ReadInt64(CommonColumns.EpisodeTime),
            times.ReadInt64(CommonColumns.EpisodeTime),
            times.ReadInt64(FittedClockSchema.Sigma),
            times.ReadBounds(),
            segments,
            [.. stream.ReadInt64(CommonColumns.HostTime).Select(t => t - anchor)]);
    }

    /// <summary>A quantile (0 … 1) of the absolute values, ns.</summary>
    public static long Quantile(IEnumerable<long> values, double q)
    {
        long[] sorted = [.. values.Select(Math.Abs)];
        Array.Sort(sorted);
        return sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(q * sorted.Length))];
    }

    public static string Heading =>
        "stream            rows  delay min/p50/p99/max ms       final |error| p50/p99/max µs    online p50/p99/max µs     less systematic: final p99, online p99   bound p50 ms  inside     sigma p50 µs  mean(e/σ)²  less systematic";

    public override string ToString()
    {
        string Three(long[] v) => string.Create(CultureInfo.InvariantCulture, $"{Quantile(v, 0.5) / 1e3,8:F1} {Quantile(v, 0.99) / 1e3,8:F1} {Quantile(v, 1) / 1e3,8:F1}");
        string Less(long[] v) => string.Create(CultureInfo.InvariantCulture, $"{Quantile(v.Select(e => e - SystematicNs), 0.99) / 1e3,8:F1}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Stream,-14} {Rows,8}  {Delay.DefaultIfEmpty().Min() / 1e6,6:F2} {Quantile(Delay, 0.5) / 1e6,6:F2} {Quantile(Delay, 0.99) / 1e6,6:F2} {Quantile(Delay, 1) / 1e6,6:F2}   {Three(Final)}   {Three(Online)}   {Less(Final)} {Less(Online)}            {Quantile(Bound.Where(b => b >= 0), 0.5) / 1e6,10:F3}  {Coverage,8:P3}  {Quantile(Sigma, 0.5) / 1e3,10:F1}  {SigmaRatio(),10:F3}  {SigmaRatio(SystematicNs),10:F3}");
    }
}
