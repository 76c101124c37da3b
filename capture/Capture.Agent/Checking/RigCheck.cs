using Capture.Agent.Encoders;
using Capture.Agent.Rig;
using Capture.Agent.Sources;
using Capture.Core.Time;
using Capture.Devices;
using Capture.Devices.Watching;
using Capture.Episodes.Schema;

namespace Capture.Agent.Checking;

/// <summary>What a stream did while the rig was tried.</summary>
/// <param name="Complaint">What the operator should look at; null where all is as declared.</param>
internal sealed record StreamCheck(string Name, string Kind, string Device, double? NominalHz, double RateHz, long Rows, double BytesPerSecond, long Lost, Duration? Sigma, string? Complaint);

/// <summary>A rig's trial: devices that cannot be had, and what the others delivered.</summary>
internal sealed record RigCheckResult(IReadOnlyList<DeviceException> Problems, IReadOnlyList<StreamCheck> Streams, IReadOnlyList<BusLoad> Buses)
{
    public double BytesPerSecond => Streams.Sum(s => s.BytesPerSecond);

    public bool IsGood => Problems.Count == 0 && Streams.All(s => s.Complaint is null) && Buses.All(b => !b.IsTooMuch);
}

/// <summary><c>capture check</c>: opens every device of a rig and reads it for a while, through the sources that record, writing nothing.</summary>
internal static class RigCheck
{
    // Below this share of its declared rate a stream is not what the rig file says.
    private const double EnoughOfNominal = 0.95;

    public static RigCheckResult Run(RigFile rig, Duration length, HostClock clock, CancellationToken cancel)
    {
        using var sources = new SourceSet(SourceFactory.Create(rig, clock));
        IReadOnlyList<DeviceException> problems = sources.Open();
        var sinks = new MeasuringSinks();
        using var encoders = new EncodingSinks(sinks, SourceFactory.Encoders(rig), clock);
        using var watch = new StreamWatch(encoders, rig.WatchOf, clock);
        sources.Attach(watch);
        watch.Start(marks: null);
        sources.Start();
        cancel.WaitHandle.WaitOne((int)(length.Nanoseconds / 1_000_000));
        sources.Stop();
        watch.Stop();
        encoders.Drain();
        StreamCheck[] streams = [.. sinks.Sinks.Select(s => Judge(s, length, watch.Streams.FirstOrDefault(m => m.Stream == s.Stream.Name)?.Ever))];
        return new RigCheckResult(problems, streams, BusLoad.Of(sources.Sources, streams));
    }

    private static StreamCheck Judge(MeasuringSink sink, Duration length, string? mark)
    {
        string? complaint = sink.Rows == 0
            ? sink.Stream.RateHz is null ? null : "no sample came"
            : sink.Stream.RateHz is { } nominal && sink.RateHz < EnoughOfNominal * nominal ? "slower than declared"
            : sink.Lost > 0 ? "lost samples"
            : mark is not null ? $"{(sink.Stream is CameraFrameStream ? "picture" : "sound")} was {mark}"
            : sink.Stream.Latency is null && sink.Stream.Clock?.Feed is ClockFeed.OneWay or ClockFeed.ArrivalOnly ? "latency unknown: its times have no bound; declare latency_ms"
            : null;
        return new StreamCheck(
            sink.Stream.Name,
            sink.Stream.Kind,
            sink.Stream.Device.Model ?? sink.Stream.Device.Address,
            sink.Stream.RateHz,
            sink.RateHz,
            sink.Rows,
            sink.Bytes / length.TotalSeconds,
            sink.Lost,
            sink.Sigma,
            complaint);
    }
}
