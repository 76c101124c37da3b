using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;
using Capture.Media;
using Capture.Media.Jpeg;
using Capture.Media.Processes;
using Capture.Media.Video;

namespace Capture.Agent.Encoders;

/// <summary>
/// A camera's sink with an encoder behind it. The source's thread leaves pictures in a ring and goes on; a thread of the encoder's own feeds them to the process and appends what comes back. A unit and its
/// picture find each other by the time that the picture went in with: what the encoder leaves out is a booked loss, never a shift.
/// </summary>
/// <remarks>
/// The process may die, stand still or be slow: then pictures wait in the ring, as far as the policy allows. What was inside a process that ended is booked; the next process begins
/// with a key frame. The inner sink is called by one thread at a time, under a lock that the source's thread takes for losses alone.
/// </remarks>
internal sealed class EncodedCamera : ICameraFrameSink, IDisposable
{
    /// <summary>Most pictures that the process holds: one that it encodes, one that it reads, two on their way.</summary>
    public const int MostInside = 4;

    private const int PumpMs = 20;
    private static readonly Duration TickEvery = Duration.FromMilliseconds(40);
    private static readonly Duration FirstPause = Duration.FromMilliseconds(500);
    private static readonly Duration LongestPause = Duration.FromSeconds(5);

    private readonly EncoderInput _input;
    private readonly EncodeOptions _options;
    private readonly ICameraFrameSink _inner;
    private readonly HostClock _clock;
    private readonly FrameRing _ring;
    private readonly Signal _wake = new();
    private readonly Lock _gate = new();
    private readonly Thread _thread;
    private readonly (long TimeUs, SampleStamp Stamp)[] _inside = new (long, SampleStamp)[MostInside];

    // A run of losses, under the gate.
    private long _dropped;
    private long _firstDropped;
    private HostTime _droppedAt;

    // The encoder's thread.
    private H264Encoder? _encoder;
    private int _insideFrom;
    private int _insideCount;
    private long _lastUs = -1;
    private HostTime? _base;
    private HostTime _progress;
    private HostTime _startAt;
    private Duration _pause = Duration.Zero;
    private bool _gaveAny;
    private bool _needsKeyFrame;

    private volatile string? _trouble;
    private volatile int _processId;
    private long _deadline = long.MaxValue;
    private bool _ending;

    public EncodedCamera(CameraFrameStream sent, EncoderInput input, EncodeOptions options, ISinkFactory sinks, HostClock clock)
    {
        (Stream, _input, _options, _clock) = (sent, input, options, clock);
        int pixels = sent.WidthPx * sent.HeightPx;
        long least = input.Raw is { } raw ? JpegEncoder.RawBytes(raw, sent.WidthPx, sent.HeightPx) : Math.Max(pixels / 20, 1024);
        int waiting = options.MostWaiting(least);
        long bytes = options.WhenBehind == BehindPolicy.Spill ? (long)options.SpillMb << 20 : waiting * Math.Max(least, Math.Min(sent.MaxRowBytes, pixels));
        _ring = new FrameRing(Math.Max(bytes, 2L * sent.MaxRowBytes), waiting);
        int largest = Math.Clamp(pixels, 256 * 1024, options.Video.MaxUnitBytes);
        _inner = sinks.Open(sent with
        {
            Encoding = "h264",
            SentAs = sent.SentAs ?? sent.Encoding,
            Encoder = options.Describe(),
            EncoderDepthFrames = waiting + MostInside,
            MaxRowBytes = largest,
            BytesPerSecond = options.Video.KilobitsPerSecond is { } kilobits ? kilobits * 1500.0 / 8 : Math.Max(pixels * input.RateHz / 8, 100_000),
        });
        _thread = new Thread(Run) { Name = "encoder " + sent.Name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>What the source declared.</summary>
    public StreamDescriptor Stream { get; }

    public bool IsPressed => _ring.IsHalfFull || _inner.IsPressed;

    /// <summary>What the operator should know; null while it runs. Any thread.</summary>
    public string? Trouble => _trouble;

    /// <summary>The encoder's process; 0 while there is none. Any thread.</summary>
    public int ProcessId => _processId;

    /// <summary>Pictures before and in the encoder. Any thread; a snapshot.</summary>
    public int Waiting => _ring.Count + Volatile.Read(ref _insideCount);

    public bool Append(in SampleStamp stamp, ReadOnlySpan<byte> picture, bool keyFrame)
    {
        if (Volatile.Read(ref _ending))
        {
            return false;
        }

        if (!_ring.TryAdd(stamp, picture))
        {
            Drop(stamp.Sequence);
            return false;
        }

        BookDropped();
        _wake.Set();
        return true;
    }

    // The encoder's thread hands over what is due; here, a run of losses that no picture ended yet.
    public void Tick(HostTime now) => BookDropped();

    public void Book(in Loss loss)
    {
        lock (_gate)
        {
            _inner.Book(loss);
        }
    }

    public void ReportClockSigma(Duration? sigma) => _inner.ReportClockSigma(sigma);

    /// <summary>No picture follows. What waits is encoded until the deadline; the rest is booked.</summary>
    public void EndInput(HostTime deadline)
    {
        if (!Volatile.Read(ref _ending))
        {
            Volatile.Write(ref _deadline, deadline.Nanoseconds);
            Volatile.Write(ref _ending, true);
            _wake.Set();
        }
    }

    /// <summary>Waits for the encoder's thread, which ends at the deadline at the latest.</summary>
    public void Join() => _thread.Join();

    public void Dispose()
    {
        EndInput(_clock.Now);
        Join();
        _ring.Dispose();
        _wake.Dispose();
    }

    private void Drop(long sequence)
    {
        lock (_gate)
        {
            if (_dropped > 0 && sequence != _firstDropped + _dropped)
            {
                BookDropped();
            }

            if (_dropped++ == 0)
            {
                (_firstDropped, _droppedAt) = (sequence, _clock.Now);
            }
        }
    }

    private void BookDropped()
    {
        if (Volatile.Read(ref _dropped) == 0)
        {
            return;
        }

        lock (_gate)
        {
            if (_dropped > 0)
            {
                _inner.Book(new Loss(_droppedAt, LossStage.Encoder, LossReason.Encoder, LossEvidence.Counter, _dropped, _firstDropped));
                _dropped = 0;
            }
        }
    }

    private void Run()
    {
        HostTime nextTick = _clock.Now;
        bool inputClosed = false;
        while (true)
        {
            HostTime now = _clock.Now;
            if (now >= nextTick)
            {
                nextTick = now + TickEvery;
                lock (_gate)
                {
                    _inner.Tick(now);
                }
            }

            bool ending = Volatile.Read(ref _ending);
            if (ending && (now.Nanoseconds >= Volatile.Read(ref _deadline) || (_insideCount == 0 && _ring.Count == 0)))
            {
                break;
            }

            if (_encoder is null && !TryStart(now))
            {
                Thread.Sleep(PumpMs);
                continue;
            }

            Feed(now);
            if (ending && !inputClosed && _ring.Count == 0 && _encoder!.HasRoom)
            {
                inputClosed = true;
                _encoder.Finish();
            }

            switch (_encoder!.Pump(PumpMs, _wake, out NutFrame unit))
            {
                case EncoderEvent.Unit:
                    Take(unit);
                    break;
                case EncoderEvent.Ended:
                    Lose(_encoder.LastWords ?? "its process ended");
                    break;
                default:
                    if (_insideCount > 0 && now - _progress > _options.StallLimit)
                    {
                        Lose("it stands still");
                    }

                    break;
            }
        }

        End();
    }

    private bool TryStart(HostTime now)
    {
        if (now < _startAt)
        {
            return false;
        }

        try
        {
            _encoder = new H264Encoder(_input, _options.Video);
            _processId = _encoder.ProcessId;
            _gaveAny = false;
            return true;
        }
        catch (Exception e) when (e is MediaException or IOException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            Retry(now, e.Message);
            return false;
        }
    }

    private void Feed(HostTime now)
    {
        if (_insideCount == MostInside || !_encoder!.HasRoom || !_ring.TryPeek(out SampleStamp stamp, out ReadOnlySpan<byte> picture))
        {
            return;
        }

        // Times as the camera's, so that the rate control sees them; each above the last, so that each names one picture.
        _base ??= stamp.HostTime;
        _lastUs = Math.Max(_lastUs + 1, (stamp.HostTime - _base.Value).Nanoseconds / 1000);
        _encoder.Submit(_lastUs, picture);
        _ring.Release();
        if (_insideCount == 0)
        {
            _progress = now;
        }

        _inside[(_insideFrom + _insideCount++) % MostInside] = (_lastUs, stamp);
    }

    private void Take(in NutFrame unit)
    {
        _progress = _clock.Now;
        while (_insideCount > 0 && _inside[_insideFrom].TimeUs < unit.Time)
        {
            // It left this picture out: it could not be decoded.
            BookInside(LossReason.Encoder);
        }

        if (_insideCount == 0 || _inside[_insideFrom].TimeUs != unit.Time)
        {
            Lose("it gave a picture that nobody sent");
            return;
        }

        _gaveAny = true;
        _pause = Duration.Zero;
        _trouble = null;
        if (_needsKeyFrame && !unit.KeyFrame)
        {
            BookInside(LossReason.NoKeyFrame);
            return;
        }

        SampleStamp stamp = _inside[_insideFrom].Stamp;
        Forget();
        lock (_gate)
        {
            // What follows a unit that was not kept cannot be decoded, up to the next key frame.
            _needsKeyFrame = !_inner.Append(stamp, unit.Data, unit.KeyFrame);
        }
    }

    /// <summary>The process is given up: what was inside it is lost, and another one is begun.</summary>
    private void Lose(string why)
    {
        while (_insideCount > 0)
        {
            BookInside(LossReason.Encoder);
        }

        _encoder!.Dispose();
        _encoder = null;
        _processId = 0;

        // The next one begins with a key frame.
        _needsKeyFrame = false;
        Retry(_clock.Now, why);
    }

    private void Retry(HostTime now, string why)
    {
        _trouble = $"{Stream.Name}: the encoder was started anew: {why}";
        if (!_gaveAny)
        {
            _pause = _pause == Duration.Zero ? FirstPause : _pause * 2 > LongestPause ? LongestPause : _pause * 2;
        }

        _startAt = now + _pause;
    }

    private void BookInside(LossReason reason)
    {
        lock (_gate)
        {
            _inner.Book(new Loss(_clock.Now, LossStage.Encoder, reason, LossEvidence.Counter, 1, _inside[_insideFrom].Stamp.Sequence));
        }

        Forget();
    }

    private void Forget()
    {
        _insideFrom = (_insideFrom + 1) % MostInside;
        _insideCount--;
    }

    private void End()
    {
        while (_insideCount > 0)
        {
            BookInside(LossReason.Encoder);
        }

        while (_ring.TryPeek(out SampleStamp stamp, out _))
        {
            Book(new Loss(_clock.Now, LossStage.Encoder, LossReason.Encoder, LossEvidence.Counter, 1, stamp.Sequence));
            _ring.Release();
        }

        _encoder?.Dispose();
        _encoder = null;
        _processId = 0;
        BookDropped();
        lock (_gate)
        {
            _inner.Tick(_clock.Now);
        }
    }
}
