using System.Diagnostics;
using System.Globalization;

namespace Capture.Devices.Tests.Cameras.Rtsp;

/// <summary>GStreamer's RTSP server as a process of its own (rtsp_camera.py), with its word on when each picture was taken.</summary>
internal sealed class RtspServer : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private readonly Process _process;
    private readonly Dictionary<uint, long> _taken = [];
    private int _port;

    public RtspServer(int port = 0, string user = "", string password = "", bool digest = false)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "rtsp_camera.py");
        _process = Process.Start(new ProcessStartInfo(Python, [script, port.ToString(CultureInfo.InvariantCulture), user, password, digest ? "digest" : "basic"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        _process.OutputDataReceived += (_, e) => Take(e.Data);
        _process.ErrorDataReceived += (_, e) => TestContext.Progress.WriteLine(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        long end = Stopwatch.GetTimestamp() + (20 * Stopwatch.Frequency);
        while (Volatile.Read(ref _port) == 0)
        {
            Assert.That(_process.HasExited, Is.False, "the server ended");
            Assert.That(Stopwatch.GetTimestamp(), Is.LessThan(end), "the server did not start");
            Thread.Sleep(10);
        }
    }

    public int Port => _port;

    public Uri Url => new($"rtsp://127.0.0.1:{Port}/live");

    /// <summary>Why the server cannot run here; null where it can.</summary>
    public static string? Missing()
    {
        if (!File.Exists(Python))
        {
            return "python3 of the system is not installed";
        }

        using var probe = Process.Start(new ProcessStartInfo(Python, ["-c", "import gi; gi.require_version('GstRtspServer','1.0'); from gi.repository import Gst, GstRtspServer; Gst.init(None); import sys; sys.exit(0 if Gst.ElementFactory.find('x264enc') else 1)"])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        probe.StandardError.ReadToEnd();
        probe.WaitForExit();
        return probe.ExitCode == 0 ? null : "GStreamer's RTSP server is not installed (gir1.2-gst-rtsp-server-1.0, python3-gi, gstreamer1.0-plugins-base, -good, -ugly)";
    }

    /// <summary>When the picture with this RTP time was taken, ns of CLOCK_MONOTONIC; null where the server sent none.</summary>
    public long? TakenAt(long ticks)
    {
        lock (_taken)
        {
            return _taken.TryGetValue((uint)ticks, out long at) ? at : null;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Take(string? line)
    {
        string[] words = (line ?? string.Empty).Split(' ');
        if (words is ["ready", var port])
        {
            Volatile.Write(ref _port, int.Parse(port, CultureInfo.InvariantCulture));
        }
        else if (words.Length == 2)
        {
            lock (_taken)
            {
                _taken[uint.Parse(words[0], CultureInfo.InvariantCulture)] = long.Parse(words[1], CultureInfo.InvariantCulture);
            }
        }
    }
}
