using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;
using Capture.Media;
using Capture.Media.Jpeg;

namespace Capture.Devices.Watching;

/// <summary>
/// Looks at what cameras and microphones deliver while it is recorded: frozen, black and saturated pictures, silent and clipped sound. Stands between the sources and the
/// recorder's sinks. In a source's thread it only compares and measures; pictures are decoded in a thread of its own, which also writes the marks. Once started it allocates nothing.
/// </summary>
/// <remarks>Life: constructor → handed to the sources in place of <c>sinks</c> → <see cref="Start"/> → <see cref="Stop"/> before the recorder stops → Dispose.</remarks>
/// <param name="sinks">Where the samples go.</param>
/// <param name="limitsOf">The limits of a stream, by its name.</param>
public sealed class StreamWatch(ISinkFactory sinks, Func<string, WatchLimits> limitsOf, HostClock clock) : PassingSinks(sinks), IDisposable
{
    private const int RoundMs = 50;

    private readonly List<(WatchedSink Sink, StreamMarks Marks)> watched = [];
    private readonly ManualResetEvent stop = new(initialState: false);
    private JpegDecoder? decoder;
    private IMarkSink? marks;
    private Thread? thread;
    private long sequence;
    private int changes;

    /// <summary>The streams that are watched.</summary>
    public IEnumerable<StreamMarks> Streams => watched.Select(w => w.Marks);

    /// <summary>Grows with every beginning and end. May be read from any thread.</summary>
    public int Changes => Volatile.Read(ref changes);

    public override ICameraFrameSink Open(CameraFrameStream stream) => Add(new WatchedCamera(Inner.Open(stream), stream, limitsOf(stream.Name)));

    public override IAudioPeriodSink Open(AudioPeriodStream stream) => Add(new WatchedMicrophone(Inner.Open(stream), stream, limitsOf(stream.Name)));

    /// <summary>Begins to look.</summary>
    /// <param name="marks">Where marks are written; null where they are only shown.</param>
    /// <returns>Why pictures cannot be looked at; null where they can.</returns>
    public string? Start(IMarkSink? marks)
    {
        this.marks = marks;
        string? problem = null;
        if (watched.Exists(w => w.Sink is WatchedCamera { Slot: not null }))
        {
            try
            {
                decoder = new JpegDecoder();
            }
            catch (MediaException e)
            {
                problem = $"black and saturated pictures are not looked for: {e.Message}";
            }
        }

        if (watched.Count > 0)
        {
            thread = new Thread(Run) { IsBackground = true, Name = "stream watch" };
            thread.Start();
        }

        return problem;
    }

    /// <summary>Takes in what was found so far, and ends. Stretches that are open stay open.</summary>
    public void Stop()
    {
        stop.Set();
        thread?.Join();
        thread = null;
    }

    public void Dispose()
    {
        Stop();
        decoder?.Dispose();
        decoder = null;
        stop.Dispose();
    }

    private TSink Add<TSink>(TSink sink)
        where TSink : WatchedSink
    {
        watched.Add((sink, new StreamMarks(sink.Stream.Name)));
        return sink;
    }

    private void Run()
    {
        bool last;
        do
        {
            last = stop.WaitOne(RoundMs);
            foreach ((WatchedSink sink, StreamMarks stream) in watched)
            {
                while (sink.Edges.TryTake(out MarkEdge edge))
                {
                    Write(stream, edge);
                }

                if (sink is WatchedCamera camera && decoder is not null)
                {
                    Look(camera, stream, decoder);
                }
            }

            marks?.Tick(clock.Now);
        }
        while (!last);
    }

    private void Look(WatchedCamera camera, StreamMarks stream, JpegDecoder decoder)
    {
        if (camera.Slot is null || !camera.Slot.TryLook(out ReadOnlySpan<byte> picture, out SampleStamp at))
        {
            return;
        }

        Light light = camera.Light!.Of(decoder, picture);
        camera.Slot.Empty();
        camera.Dark!.Add(light, at, out MarkEdge? end, out MarkEdge? begin);
        if (end is { } over)
        {
            Write(stream, over);
        }

        if (begin is { } begun)
        {
            Write(stream, begun);
        }
    }

    private void Write(StreamMarks stream, in MarkEdge edge)
    {
        stream.Set(edge.Kind, edge.Begins);
        marks?.Append(sequence++, stream.Utf8, new Mark(clock.Now, edge.Kind, edge.Begins, edge.At, edge.Segment, edge.Row));
        Volatile.Write(ref changes, changes + 1);
    }
}
