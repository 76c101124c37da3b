using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Capture.Simulation.Clocks;
using Capture.Simulation.Faults;
using Capture.Simulation.Rig;
using Capture.Simulation.Truth;

namespace Capture.Simulation.Board;

/// <summary>
/// The microcontroller: the C firmware in its host build, as a child process with the clock of the profile. It ends with us, however we end, because its standard
/// input closes then. Its trigger edges come back through a FIFO.
/// </summary>
public sealed class BoardProcess : IDisposable
{
    private const int TriggerRecordBytes = 18;

    /// <summary>Rising edges of this channel expose the front camera.</summary>
    public const int CameraChannel = 1;

    private readonly Process _process;
    private readonly TruthFile _boots;
    private readonly TruthFile _edges;
    private readonly TriggerLine _line;
    private readonly string _triggerFifo;
    private readonly int _triggerFd;
    private readonly Thread[] _threads;
    private readonly ManualResetEventSlim _booted = new(false);
    private volatile bool _ended;

    public BoardProcess(string program, string folder, BenchProfile profile, FaultPlan faults, TruthFolder truth, TriggerLine line)
    {
        _line = line;
        _boots = truth.Open("board");
        _edges = truth.Open("triggers");
        ImuFifo = NewFifo(folder, "imu.fifo");
        _triggerFifo = NewFifo(folder, "trigger.fifo");
        // Opened before the board starts, so that no edge is written into a FIFO that nobody holds.
        _triggerFd = LibcNative.Open(_triggerFifo, LibcNative.ReadOnly | LibcNative.NonBlock | LibcNative.CloseOnExec, 0);
        Link = Path.Combine(folder, "board.tty");
        File.Delete(Link);
        long startNs = HostMonotonic.NowNs;
        _process = Start(program, Arguments(profile, faults, startNs));
        _threads =
        [
            new Thread(ReadOutput) { IsBackground = true, Name = "board output" },
            new Thread(ReadEdges) { IsBackground = true, Name = "board edges" },
        ];
        foreach (Thread thread in _threads)
        {
            thread.Start();
        }

        if (!_booted.Wait(5_000))
        {
            Dispose();
            throw new IOException($"{program} did not report its boot within 5 s.");
        }

        WriteFaults(faults, truth, profile.EpochNs, startNs);
    }

    /// <summary>The board's serial port.</summary>
    public string Link { get; }

    /// <summary>Where the IMU's values go.</summary>
    public string ImuFifo { get; }

    public void Dispose()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        _process.StandardInput.Close();
        if (!_process.WaitForExit(2_000))
        {
            _process.Kill();
            _process.WaitForExit();
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        _ = LibcNative.Close(_triggerFd);
        File.Delete(_triggerFifo);
        File.Delete(ImuFifo);
        File.Delete(Link);
        _process.Dispose();
        _booted.Dispose();
    }

    /// <summary>
    /// The clock of the profile in the board's own terms: it integrates a frequency error A' · sin(2πu/P + φ'), of which A · sin(2πu/P + φ) − A · sin φ is the result with
    /// A' = 2πA/P and φ' = φ + π/2. Both maps agree to 1 ns.
    /// </summary>
    private List<string> Arguments(BenchProfile profile, FaultPlan faults, long startNs)
    {
        ClockParameters c = profile.Board.Parameters;
        List<string> arguments =
        [
            "--link", Link, "--imu-fifo", ImuFifo, "--trigger-fifo", _triggerFifo, "--until-stdin-closes",
            "--boot-seed", Text((long)(Xoshiro256.Derive(profile.Seed, "board/boot") >> 2)),
            "--tick-rate", Text(c.TickHz), "--clock-epoch-ns", Text(c.EpochNs), "--clock-offset-ns", Text(c.OffsetNs), "--clock-ppm", Real(c.Ppm),
            "--clock-wander-ppm", Real(2e6 * Math.PI * c.WanderNs / c.WanderPeriodNs), "--clock-wander-period-ms", Real(c.WanderPeriodNs / 1e6),
            "--clock-wander-phase", Real(c.WanderPhase + (Math.PI / 2)),
        ];
        Add(arguments, "--mute-clock-after-ms", faults.BoardMuteAtNs, profile.EpochNs, startNs);
        Add(arguments, "--reboot-after-ms", faults.BoardRebootAtNs, profile.EpochNs, startNs);
        return arguments;
    }

    private static void Add(List<string> arguments, string option, long? atNs, long epochNs, long startNs)
    {
        if (atNs is long at)
        {
            arguments.Add(option);
            arguments.Add(Text(Math.Max(0, (epochNs + at - startNs) / 1_000_000)));
        }
    }

    private static void WriteFaults(FaultPlan faults, TruthFolder truth, long epochNs, long startNs)
    {
        if (faults.BoardMuteAtNs is long mute)
        {
            truth.FaultLine("board-mute", "begin", Math.Max(startNs, epochNs + mute));
        }

        if (faults.BoardRebootAtNs is long reboot)
        {
            truth.FaultLine("board-reboot", "planned", Math.Max(startNs, epochNs + reboot));
        }
    }

    private static Process Start(string program, List<string> arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start) ?? throw new IOException($"{program} could not be started.");
    }

    private static string NewFifo(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        File.Delete(path);
        return LibcNative.MakeFifo(path, 0x1A4 /* 0644 */) == 0 ? path : throw new IOException($"mkfifo {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Reads the lines <c>boot id=HEX true_ns=N ticks=N</c>, one per start of the firmware.</summary>
    private void ReadOutput()
    {
        while (_process.StandardOutput.ReadLine() is string text)
        {
            if (!text.StartsWith("boot ", StringComparison.Ordinal))
            {
                continue;
            }

            string id = "";
            long trueNs = 0, ticks = 0;
            foreach (string word in text.Split(' '))
            {
                string value = word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..];
                id = word.StartsWith("id=", StringComparison.Ordinal) ? value : id;
                trueNs = word.StartsWith("true_ns=", StringComparison.Ordinal) ? long.Parse(value, CultureInfo.InvariantCulture) : trueNs;
                ticks = word.StartsWith("ticks=", StringComparison.Ordinal) ? long.Parse(value, CultureInfo.InvariantCulture) : ticks;
            }

            using (TruthFile.Line line = _boots.Begin())
            {
                line.Text("boot_id", id);
                line.Number("true_ns", trueNs);
                line.Number("ticks", ticks);
            }

            _booted.Set();
        }
    }

    private void ReadEdges()
    {
        byte[] buffer = new byte[TriggerRecordBytes * 64];
        int held = 0;
        while (!_ended)
        {
            if (!LibcNative.WaitReadable(_triggerFd, 50))
            {
                continue;
            }

            int got = LibcNative.Read(_triggerFd, buffer.AsSpan(held));
            if (got <= 0)
            {
                // The board has gone: a FIFO without a writer is readable for ever.
                Thread.Sleep(50);
                continue;
            }

            held += got;
            int at = 0;
            for (; held - at >= TriggerRecordBytes; at += TriggerRecordBytes)
            {
                TakeEdge(buffer.AsSpan(at, TriggerRecordBytes));
            }

            buffer.AsSpan(at, held - at).CopyTo(buffer);
            held -= at;
        }
    }

    private void TakeEdge(ReadOnlySpan<byte> record)
    {
        long trueNs = BinaryPrimitives.ReadInt64LittleEndian(record);
        int channel = record[8];
        bool rising = record[9] != 0;
        ulong sequence = BinaryPrimitives.ReadUInt64LittleEndian(record[10..]);
        bool? taken = rising && channel == CameraChannel ? _line.Raise(new TriggerEdge(trueNs, sequence)) : null;
        using TruthFile.Line line = _edges.Begin();
        line.Number("true_ns", trueNs);
        line.Number("channel", channel);
        line.Flag("rising", rising);
        line.Number("sequence", (long)sequence);
        if (taken == false)
        {
            line.Flag("missed", true);
        }
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Real(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
