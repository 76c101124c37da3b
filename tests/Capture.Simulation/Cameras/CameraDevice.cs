using System.Globalization;
using Capture.Simulation.Board;
using Capture.Simulation.Clocks;
using Capture.Simulation.Faults;
using Capture.Simulation.Rig;
using Capture.Simulation.Truth;

namespace Capture.Simulation.Cameras;

/// <summary>How one camera differs from another.</summary>
/// <param name="Name">Stream name.</param>
/// <param name="Id">Camera id in the frame code.</param>
/// <param name="Picture">What it sees.</param>
/// <param name="Fps">Pictures a second when it is not triggered.</param>
/// <param name="Stamps">True: X-Timestamp with the start of exposure in the camera's own clock.</param>
/// <param name="Trigger">Null: free-running by its own clock.</param>
public sealed record CameraSettings(string Name, byte Id, ICameraPicture Picture, int Fps, bool Stamps, TriggerLine? Trigger);

/// <summary>What one camera sees at an instant.</summary>
public interface ICameraPicture
{
    /// <summary>Row by row, 0xFFRRGGBB (B G R x in memory).</summary>
    ReadOnlySpan<uint> Pixels { get; }

    /// <summary>Draws the scene at a time of it.</summary>
    void Draw(long sceneNs, byte camera, uint frame);
}

/// <summary>One camera: exposes by its own clock or by trigger edges, draws the scene at the middle of the exposure, sends after a drawn latency.</summary>
public sealed class CameraDevice : IDisposable
{
    private const int JpegQuality = 80;
    private const long HopelesslyLateNs = 150_000_000;
    private readonly CameraSettings _settings;
    private readonly SimulatedClock _clock;
    private readonly LatencyModel _latency;
    private readonly ICameraPicture _picture;
    private readonly JpegEncoder _encoder = new(SceneRenderer.Width, SceneRenderer.Height);
    private readonly MjpegServer _server;
    private readonly TruthFolder _truthFolder;
    private readonly TruthFile _truth;
    private readonly FaultWindow? _stop;
    private readonly int _dropEvery;
    private readonly long _epochNs;
    private readonly CancellationTokenSource _end = new();
    private readonly Thread _thread;
    private readonly byte[] _stamp = new byte[32];
    private uint _frame;
    private bool _off;

    public CameraDevice(CameraSettings settings, SimulatedClock clock, BenchProfile profile, FaultPlan faults, TruthFolder truth, int port)
    {
        _settings = settings;
        _clock = clock;
        _epochNs = profile.EpochNs;
        _latency = new LatencyModel(BenchProfile.CameraLatency, profile.Seed, settings.Name);
        _picture = settings.Picture;
        _stop = faults.CameraStop(settings.Name);
        _dropEvery = faults.CameraDropEvery(settings.Name);
        _truthFolder = truth;
        _truth = truth.Open(settings.Name);
        _server = new MjpegServer(port);
        _thread = new Thread(settings.Trigger is null ? RunFree : RunTriggered) { IsBackground = true, Name = "camera " + settings.Name };
        _thread.Start();
    }

    public string Name => _settings.Name;

    public int Fps => _settings.Fps;

    public int Port => _server.Port;

    public void Dispose()
    {
        _end.Cancel();
        _thread.Join();
        _server.Dispose();
        _encoder.Dispose();
        _end.Dispose();
    }

    private void RunFree()
    {
        long firstTick = _clock.TicksAt(HostMonotonic.NowNs) + 1;
        for (long number = 0; !_end.IsCancellationRequested; number++)
        {
            long start = _clock.TrueTimeAt(firstTick + (number * _clock.TickHz / _settings.Fps));
            Expose(start, edge: null);
        }
    }

    private void RunTriggered()
    {
        while (!_end.IsCancellationRequested)
        {
            if (_settings.Trigger!.Wait(50, out TriggerEdge edge))
            {
                Expose(edge.TrueNs, edge.Sequence);
            }
            else
            {
                FollowStopWindow(HostMonotonic.NowNs);
            }
        }
    }

    private void Expose(long startNs, ulong? edge)
    {
        uint frame = _frame++;
        long latencyNs = _latency.Next();
        if (!HostMonotonic.SleepUntil(startNs + BenchProfile.ExposureNs, _end.Token))
        {
            return;
        }

        FollowStopWindow(startNs);
        string? dropped = _off ? "off"
            : _dropEvery > 0 && frame % _dropEvery == _dropEvery - 1 ? "fault"
            : HostMonotonic.NowNs - startNs > HopelesslyLateNs ? "late"
            : null;
        long sentNs = 0;
        int clients = 0;
        if (dropped is null && _server.HasClients)
        {
            _picture.Draw(startNs + (BenchProfile.ExposureNs / 2) - _epochNs, _settings.Id, frame);
            ReadOnlyMemory<byte> jpeg = _encoder.Encode(_picture.Pixels, JpegQuality);
            HostMonotonic.SleepUntil(startNs + latencyNs);
            sentNs = HostMonotonic.NowNs;
            clients = _server.Send(jpeg.Span, _settings.Stamps ? Stamp(startNs) : default);
        }

        using TruthFile.Line line = _truth.Begin();
        line.Number("frame", frame);
        line.Number("exposure_start_ns", startNs);
        line.Number("exposure_mid_ns", startNs + (BenchProfile.ExposureNs / 2));
        line.Number("device_us", _clock.TicksAt(startNs));
        line.Number("sent_ns", sentNs);
        line.Number("clients", clients);
        if (dropped is null)
        {
            line.Null("dropped");
        }
        else
        {
            line.Text("dropped", dropped);
        }

        if (edge is ulong sequence)
        {
            line.Number("edge", (long)sequence);
        }
    }

    private void FollowStopWindow(long trueNs)
    {
        bool off = _stop is FaultWindow window && window.Holds(trueNs - _epochNs);
        if (off != _off)
        {
            _off = off;
            _server.SetOff(off);
            _truthFolder.FaultLine("camera-stop:" + _settings.Name, off ? "begin" : "end", HostMonotonic.NowNs);
        }
    }

    /// <summary>Seconds and microseconds of the camera's clock, as mjpg-streamer writes them.</summary>
    private ReadOnlySpan<byte> Stamp(long startNs)
    {
        long us = _clock.TicksAt(startNs);
        (long seconds, long rest) = Math.DivRem(us, 1_000_000);
        _stamp.AsSpan().Clear();
        System.Text.Unicode.Utf8.TryWrite(_stamp, CultureInfo.InvariantCulture, $"{seconds}.{rest:D6}", out int length);
        return _stamp.AsSpan(0, length);
    }
}
