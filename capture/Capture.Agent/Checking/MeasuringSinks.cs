using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Agent.Checking;

/// <summary>Sinks that keep nothing and count everything: a rig is tried before it records, by the same sources.</summary>
internal sealed class MeasuringSinks : ISinkFactory
{
    private readonly List<MeasuringSink> _sinks = [];

    public IReadOnlyList<MeasuringSink> Sinks => _sinks;

    public ICameraFrameSink Open(CameraFrameStream stream) => Add(stream);

    public IAudioPeriodSink Open(AudioPeriodStream stream) => Add(stream);

    public IMocapFrameSink Open(MocapFrameStream stream) => Add(stream);

    public IJointStateSink Open(JointStateStream stream) => Add(stream);

    public IJointCommandSink Open(JointCommandStream stream) => Add(stream);

    public IImuSink Open(ImuStream stream) => Add(stream);

    public ITriggerEdgeSink Open(TriggerEdgeStream stream) => Add(stream);

    public IClockExchangeSink Open(ClockExchangeStream stream) => Add(stream);

    public IClockReportSink Open(ClockReportStream stream) => Add(stream);

    private MeasuringSink Add(StreamDescriptor stream)
    {
        var sink = new MeasuringSink(stream);
        _sinks.Add(sink);
        return sink;
    }
}

/// <summary>What one stream delivered while it was tried. Written by its source's thread; read after that thread has ended.</summary>
internal sealed class MeasuringSink(StreamDescriptor stream)
    : ICameraFrameSink, IAudioPeriodSink, IMocapFrameSink, IJointStateSink, IJointCommandSink, IImuSink, ITriggerEdgeSink, IClockExchangeSink, IClockReportSink
{
    public StreamDescriptor Stream { get; } = stream;

    public long Rows { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Losses booked, in the stream's unit; those of unknown count left out.</summary>
    public long Lost { get; private set; }

    public HostTime? First { get; private set; }

    public HostTime? Last { get; private set; }

    public Duration? Sigma { get; private set; }

    /// <summary>Rows a second between the first and the last; NaN below two rows.</summary>
    public double RateHz => Rows > 1 && Last > First ? (Rows - 1) / (Last!.Value - First!.Value).TotalSeconds : double.NaN;

    public void Tick(HostTime now)
    {
        // Nothing is kept, so nothing falls due.
    }

    public void Book(in Loss loss) => Lost += loss.Count ?? 0;

    public void ReportClockSigma(Duration? sigma) => Sigma = sigma;

    public bool Append(in SampleStamp stamp, ReadOnlySpan<byte> data, bool keyFrame) => Count(stamp.HostTime, data.Length);

    public bool Append(in SampleStamp stamp, ReadOnlySpan<byte> interleaved) => Count(stamp.HostTime, interleaved.Length);

    public bool Append(in SampleStamp stamp, ReadOnlySpan<MocapBody?> bodies, ReadOnlySpan<MocapMarker> markers) =>
        Count(stamp.HostTime, (bodies.Length * 36) + (markers.Length * 28));

    public bool Append(in SampleStamp stamp, HostTime request, HostTime reply, ReadOnlySpan<JointReading> joints) =>
        Count(stamp.HostTime, 16 + (joints.Length * 20));

    public bool Append(in SampleStamp stamp, HostTime request, HostTime reply, ReadOnlySpan<double> positions) =>
        Count(stamp.HostTime, 16 + (positions.Length * 8));

    public bool Append(in SampleStamp stamp, ReadOnlySpan<float> acceleration, ReadOnlySpan<float> angularVelocity) => Count(stamp.HostTime, 24);

    public bool Append(in SampleStamp stamp, int channel, long edge, bool rising) => Count(stamp.HostTime, 11);

    public bool Append(long sequence, in ClockExchange exchange) => Count(exchange.HostReceive, 40);

    public bool Append(long sequence, in ClockReport report) => Count(report.Arrival, 36);

    private bool Count(HostTime at, int bytes)
    {
        First ??= at;
        Last = at;
        Rows++;
        Bytes += bytes;
        return true;
    }
}
