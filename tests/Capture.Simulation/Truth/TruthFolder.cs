using System.Globalization;
using System.Text;
using Capture.Simulation.Clocks;

namespace Capture.Simulation.Truth;

/// <summary>The folder <c>truth/</c> that only tests read. What each file holds stands in this program's README.</summary>
public sealed class TruthFolder : IDisposable
{
    private readonly List<TruthFile> _files = [];
    private readonly Lock _lock = new();
    private readonly Thread _flusher;
    private readonly ManualResetEventSlim _ended = new(false);

    public TruthFolder(string path)
    {
        Path = path;
        Directory.CreateDirectory(path);
        Faults = Open("faults");
        _flusher = new Thread(FlushUntilEnded) { IsBackground = true, Name = "truth" };
        _flusher.Start();
    }

    public string Path { get; }

    /// <summary>Every fault when it begins and ends.</summary>
    public TruthFile Faults { get; }

    /// <summary>The file <c>NAME.jsonl</c>.</summary>
    public TruthFile Open(string name)
    {
        var file = new TruthFile(System.IO.Path.Combine(Path, name + ".jsonl"));
        lock (_lock)
        {
            _files.Add(file);
        }

        return file;
    }

    /// <summary>The file <c>rig.json</c>: seed, epoch and the parameters of every clock.</summary>
    public void WriteRig(ulong seed, long epochNs, IEnumerable<ClockParameters> clocks)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{{\n  \"seed\": {seed},\n  \"epoch_ns\": {epochNs},\n  \"clocks\": [");
        string separator = "\n";
        foreach (ClockParameters c in clocks)
        {
            text.Append(CultureInfo.InvariantCulture, $"{separator}    {{\"name\": \"{c.Name}\", \"epoch_ns\": {c.EpochNs}, \"offset_ns\": {c.OffsetNs}, \"ppm\": {c.Ppm:R}, \"wander_ns\": {c.WanderNs:R}, \"wander_period_ns\": {c.WanderPeriodNs}, \"wander_phase\": {c.WanderPhase:R}, \"tick_hz\": {c.TickHz}, \"width_bits\": {c.WidthBits}}}");
            separator = ",\n";
        }

        text.Append("\n  ]\n}\n");
        File.WriteAllText(System.IO.Path.Combine(Path, "rig.json"), text.ToString());
    }

    public void FaultLine(string fault, string what, long trueTimeNs)
    {
        using TruthFile.Line line = Faults.Begin();
        line.Text("fault", fault);
        line.Text("what", what);
        line.Number("true_ns", trueTimeNs);
    }

    public void Dispose()
    {
        _ended.Set();
        _flusher.Join();
        lock (_lock)
        {
            foreach (TruthFile file in _files)
            {
                file.Dispose();
            }

            _files.Clear();
        }

        _ended.Dispose();
    }

    private void FlushUntilEnded()
    {
        while (!_ended.Wait(250))
        {
            lock (_lock)
            {
                foreach (TruthFile file in _files)
                {
                    file.Flush();
                }
            }
        }
    }
}
