using System.Runtime.InteropServices;
using Capture.Simulation.Clocks;
using Capture.Simulation.Rig;
using Capture.Simulation.Scene;
using Capture.Simulation.Truth;

namespace Capture.Simulation.Microphone;

/// <summary>
/// A microphone behind ALSA: the `file` plugin with a FIFO as its infile, over the null device. The plugin's read blocks on the FIFO, and this side writes whole
/// periods (480 samples, less than PIPE_BUF, so all or nothing) when they are due by the microphone's own clock: that is the pace. Nobody reads: nothing is
/// kept (the FIFO is opened for writing only when a reader has it open), so a late reader starts at "now". A reader that stalls finds up to 64 KiB (0.68 s); what
/// does not fit is lost in whole periods and stands in the truth. A reader asks for 480 frames at a time (or a divisor): the plugin makes one read() of each
/// request and says it got all of it, so a longer request comes back with stale bytes behind the first period.
/// </summary>
public sealed class MicrophoneDevice : IDisposable
{
    public const string PcmName = "benchmic";
    private readonly BenchProfile _profile;
    private readonly SimulatedClock _clock;
    private readonly BenchSound _sound;
    private readonly LatencyModel _latency;
    private readonly TruthFile _truth;
    private readonly string _fifo;
    private readonly CancellationTokenSource _end = new();
    private readonly Thread _thread;
    private int _fd = -1;

    public MicrophoneDevice(string folder, BenchProfile profile, BenchScene scene, TruthFolder truth)
    {
        _profile = profile;
        _clock = profile.Room;
        _sound = new BenchSound(scene);
        _latency = new LatencyModel(BenchProfile.AudioLatency, profile.Seed, "room");
        _truth = truth.Open("room");
        _fifo = Path.Combine(folder, "room.fifo");
        File.Delete(_fifo);
        if (LibcNative.MakeFifo(_fifo, 0x1A4 /* 0644 */) < 0)
        {
            throw new IOException($"mkfifo {_fifo}: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        File.WriteAllText(
            Path.Combine(folder, "asound.conf"),
            $"</usr/share/alsa/alsa.conf>\npcm.{PcmName} {{\n  type file\n  slave.pcm null\n  file \"/dev/null\"\n  infile \"{_fifo}\"\n  format raw\n}}\n");
        _thread = new Thread(Run) { IsBackground = true, Name = "microphone" };
        _thread.Start();
    }

    public void Dispose()
    {
        _end.Cancel();
        _thread.Join();
        CloseFifo();
        File.Delete(_fifo);
        _end.Dispose();
    }

    private void Run()
    {
        short[] samples = new short[BenchProfile.AudioPeriodFrames];
        long sample = _clock.TicksAt(HostMonotonic.NowNs) + 1;
        long fromNs = _clock.TrueTimeAt(sample);
        for (long period = 0; !_end.IsCancellationRequested; period++)
        {
            long toNs = _clock.TrueTimeAt(sample + samples.Length);
            long dueNs = toNs + _latency.Next();
            _sound.Fill(samples, fromNs - _profile.EpochNs, toNs - _profile.EpochNs, sample);
            if (!HostMonotonic.SleepUntil(dueNs, _end.Token))
            {
                return;
            }

            string? why = Deliver(MemoryMarshal.AsBytes(samples.AsSpan()));
            WriteTruth(period, sample, fromNs, why);
            sample += samples.Length;
            fromNs = toNs;
        }
    }

    /// <summary>Null when the reader got it, else why not.</summary>
    private string? Deliver(ReadOnlySpan<byte> period)
    {
        if (_fd < 0)
        {
            _fd = LibcNative.Open(_fifo, LibcNative.WriteOnly | LibcNative.NonBlock | LibcNative.CloseOnExec, 0);
            if (_fd < 0)
            {
                return "no reader";
            }
        }

        if (LibcNative.Write(_fd, period) == period.Length)
        {
            return null;
        }

        if (Marshal.GetLastPInvokeError() == LibcNative.Eagain)
        {
            return "full";
        }

        // EPIPE: the reader has gone, and with both ends closed so has what it left in the pipe.
        CloseFifo();
        return "no reader";
    }

    private void WriteTruth(long period, long firstSample, long fromNs, string? why)
    {
        using TruthFile.Line line = _truth.Begin();
        line.Number("period", period);
        line.Number("first_sample", firstSample);
        line.Number("true_ns", fromNs);
        line.Number("written_ns", HostMonotonic.NowNs);
        line.Flag("delivered", why is null);
        if (why is not null)
        {
            line.Text("why", why);
        }
    }

    private void CloseFifo()
    {
        if (_fd >= 0)
        {
            _ = LibcNative.Close(_fd);
            _fd = -1;
        }
    }
}
