using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Devices.Tests;

/// <summary>Sinks that remember what they are given. Sized ahead, so that a test may count allocations.</summary>
internal sealed class RecordedSinks : ISinkFactory
{
    public List<RecordedSink> All { get; } = [];

    public RecordedSink this[string stream] => All.Single(s => s.Stream.Name == stream);

    public ICameraFrameSink Open(CameraFrameStream stream) => Add(stream);

    public IAudioPeriodSink Open(AudioPeriodStream stream) => Add(stream);

    public IMocapFrameSink Open(MocapFrameStream stream) => Add(stream);

    public IJointStateSink Open(JointStateStream stream) => Add(stream);

    public IJointCommandSink Open(JointCommandStream stream) => Add(stream);

    public IImuSink Open(ImuStream stream) => Add(stream);

    public ITriggerEdgeSink Open(TriggerEdgeStream stream) => Add(stream);

    public IClockExchangeSink Open(ClockExchangeStream stream) => Add(stream);

    public IClockReportSink Open(ClockReportStream stream) => Add(stream);

    private RecordedSink Add(StreamDescriptor stream)
    {
        RecordedSink sink = new(stream);
        All.Add(sink);
        return sink;
    }
}

internal sealed class RecordedSink(StreamDescriptor stream) : ICameraFrameSink, IAudioPeriodSink, IMocapFrameSink, IJointStateSink, IJointCommandSink, IImuSink,
    ITriggerEdgeSink, IClockExchangeSink, IClockReportSink
{
    private const int Room = 20_000;
    private long largestPause;
    private long lastTick;
    private int appended;

    public StreamDescriptor Stream { get; } = stream;

    /// <summary>Keep payloads too; costs allocations.</summary>
    public bool KeepPayloads { get; set; }

    public List<SampleStamp> Stamps { get; } = new(Room);

    public List<Loss> Losses { get; } = new(Room);

    public List<byte[]> Payloads { get; } = [];

    public List<JointReading[]> Joints { get; } = [];

    public List<double[]> Goals { get; } = [];

    public List<MocapBody?[]> Bodies { get; } = [];

    public List<MocapMarker[]> Markers { get; } = [];

    public List<(HostTime Request, HostTime Reply)> Exchanged { get; } = new(Room);

    public List<ClockExchange> Exchanges { get; } = new(Room);

    public List<ClockReport> Reports { get; } = new(Room);

    public Duration? Sigma { get; private set; }

    /// <summary>Called on the source's thread at each sample, with how many there are.</summary>
    public Action<int>? OnSample { get; set; }

    public int Count => Volatile.Read(ref appended);

    /// <summary>Longest time between two ticks.</summary>
    public Duration LargestPause => new(Volatile.Read(ref largestPause));

    public long Lost => Losses.ToArray().Sum(l => l.Count ?? 0);

    public void Tick(HostTime now)
    {
        if (lastTick != 0)
        {
            largestPause = Math.Max(largestPause, now.Nanoseconds - lastTick);
        }

        lastTick = now.Nanoseconds;
    }

    public void Book(in Loss loss) => Losses.Add(loss);

    public void ReportClockSigma(Duration? sigma) => Sigma = sigma;

    public bool Append(in SampleStamp stamp, ReadOnlySpan<byte> picture, bool keyFrame) => Append(stamp, picture);

    public bool Append(in SampleStamp stamp, ReadOnlySpan<byte> interleaved)
    {
        if (KeepPayloads)
        {
            Payloads.Add(interleaved.ToArray());
        }

        return Took(stamp);
    }

    public bool Append(in SampleStamp stamp, ReadOnlySpan<MocapBody?> bodies, ReadOnlySpan<MocapMarker> markers)
    {
        if (KeepPayloads)
        {
            Bodies.Add(bodies.ToArray());
            Markers.Add(markers.ToArray());
        }

        return Took(stamp);
    }

    public bool Append(in SampleStamp stamp, HostTime request, HostTime reply, ReadOnlySpan<JointReading> joints)
    {
        Exchanged.Add((request, reply));
        if (KeepPayloads)
        {
            Joints.Add(joints.ToArray());
        }

        return Took(stamp);
    }

    public bool Append(in SampleStamp stamp, HostTime request, HostTime reply, ReadOnlySpan<double> positions)
    {
        if (KeepPayloads)
        {
            Goals.Add(positions.ToArray());
        }

        return Took(stamp);
    }

    public bool Append(in SampleStamp stamp, ReadOnlySpan<float> acceleration, ReadOnlySpan<float> angularVelocity) => Took(stamp);

    public bool Append(in SampleStamp stamp, int channel, long edge, bool rising) => Took(stamp);

    public bool Append(long sequence, in ClockExchange exchange)
    {
        Exchanges.Add(exchange);
        Interlocked.Increment(ref appended);
        return true;
    }

    public bool Append(long sequence, in ClockReport report)
    {
        Reports.Add(report);
        Interlocked.Increment(ref appended);
        return true;
    }

    private bool Took(in SampleStamp stamp)
    {
        Stamps.Add(stamp);
        int count = Interlocked.Increment(ref appended);
        OnSample?.Invoke(count);
        return true;
    }
}
