using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using Capture.Core.Time;

namespace Capture.Media.Processes;

/// <summary>
/// ffmpeg as a child, reached by pipes that never block. Once it runs, reading, writing and waiting allocate nothing. It stands in a session of its own: Ctrl+C at the terminal
/// goes to the recorder alone, which ends its children in order.
/// </summary>
public sealed class FfmpegProcess : IDisposable
{
    private const int MostLines = 8;
    private const int LongestLine = 400;
    private const int PipeBytes = 1 << 20;

    private readonly Process _process;
    private readonly Queue<string> _lines = new();
    private readonly nint _input = -1;
    private readonly nint _output;
    private bool _inputOpen;

    /// <summary>Starts it.</summary>
    /// <param name="program">A name on the path, or a path.</param>
    /// <param name="feed">Whether its standard input is ours; else it has none.</param>
    /// <exception cref="MediaException">The program is not there or cannot be started.</exception>
    public FfmpegProcess(string program, IEnumerable<string> arguments, bool feed)
    {
        string file = Find(program) ?? throw new MediaException($"The program '{program}' is not installed. On Debian and Ubuntu: sudo apt-get install ffmpeg");
        var start = new ProcessStartInfo("setsid") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in arguments.Prepend(file))
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new MediaException($"The program '{program}' could not be started: {e.Message}", e);
        }

        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginErrorReadLine();
        _output = Descriptor(_process.StandardOutput.BaseStream);
        PipeNative.NeverBlock(_output);
        if (feed)
        {
            _input = Descriptor(_process.StandardInput.BaseStream);
            _inputOpen = true;
            PipeNative.NeverBlock(_input);
            PipeNative.Enlarge(_input, PipeBytes);
        }
        else
        {
            _process.StandardInput.Close();
        }
    }

    public int Id => _process.Id;

    /// <summary>Null while it runs.</summary>
    public int? ExitCode => _process.HasExited ? _process.ExitCode : null;

    /// <summary>The last thing that it said of an error; null where it said nothing.</summary>
    public string? LastWords
    {
        get
        {
            lock (_lines)
            {
                return _lines.Count == 0 ? null : string.Join("; ", _lines.TakeLast(2));
            }
        }
    }

    /// <summary>Takes what it wrote: bytes, 0 where nothing is there, −1 at the end.</summary>
    public int Read(Span<byte> target) => PipeNative.Read(_output, target);

    /// <summary>Gives it bytes: how many it took, 0 where its pipe is full, −1 where it reads no more.</summary>
    public int Write(ReadOnlySpan<byte> bytes) => _inputOpen ? PipeNative.Write(_input, bytes) : -1;

    /// <summary>Waits until there is output, room for input (where asked for) or a signal; for so long at most.</summary>
    public void Wait(int timeoutMs, bool forRoom = false, Signal? signal = null)
    {
        Span<PollEntry> entries =
        [
            new PollEntry { Descriptor = (int)_output, Events = PipeNative.PollIn },
            new PollEntry { Descriptor = forRoom && _inputOpen ? (int)_input : -1, Events = PipeNative.PollOut },
            new PollEntry { Descriptor = (int)(signal?.Descriptor ?? -1), Events = PipeNative.PollIn },
        ];
        PipeNative.Wait(entries, timeoutMs);
        if (entries[2].Returned != 0)
        {
            signal!.Clear();
        }
    }

    /// <summary>Its input is over: it finishes what it has and ends.</summary>
    public void CloseInput()
    {
        if (_inputOpen)
        {
            _inputOpen = false;
            _process.StandardInput.BaseStream.Dispose();
        }
    }

    /// <summary>Waits for its end, so that its last words are complete; false where it still runs.</summary>
    public bool WaitForEnd(Duration patience)
    {
        bool ended = _process.WaitForExit((int)(patience.Nanoseconds / 1_000_000));
        if (ended)
        {
            // Only this overload waits for the last line.
            _process.WaitForExit();
        }

        return ended;
    }

    /// <summary>Ends it where it still runs. It cannot refuse, not even when it is stopped.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit(2000);
        }

        CloseInput();
        _process.Dispose();
    }

    private static nint Descriptor(Stream stream) => ((PipeStream)stream).SafePipeHandle.DangerousGetHandle();

    private static string? Find(string program)
    {
        if (program.Contains('/'))
        {
            return File.Exists(program) ? Path.GetFullPath(program) : null;
        }

        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return folders.Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);
    }

    private void Keep(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (_lines)
        {
            _lines.Enqueue(line.Length > LongestLine ? line[..LongestLine] : line.Trim());
            if (_lines.Count > MostLines)
            {
                _lines.Dequeue();
            }
        }
    }
}
