using Capture.Agent.Encoders;
using Capture.Core.Time;
using Capture.Devices;
using Capture.Devices.Watching;
using Capture.Episodes.Recording;

namespace Capture.Agent.Operator;

/// <summary>Gathers what the recorder's streams and their sources say into the operator's table. Allocates nothing after construction.</summary>
internal sealed class StatusBoard
{
    // Made once: the board allocates nothing while it draws.
    private static readonly string[] s_diskLow = [.. Enumerable.Range(0, (int)DiskOutlook.WarnBelow.TotalMinutes + 1)
        .Select(m => m == 0 ? "DISK: less than a minute left" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"DISK: {m} min left"))];

    private readonly StreamStatistics[] _streams;
    private readonly ISource?[] _sources;
    private readonly StreamMarks?[] _marks;
    private readonly double[] _nominalHz;
    private readonly StreamLine[] _lines;
    private readonly EncodingSinks _encoders;
    private readonly StatusTable _table;
    private readonly HostClock _clock;
    private readonly string _calibration;

    /// <param name="streams">Those that no source delivers are not drawn: the recorder's own.</param>
    /// <param name="calibration">What is said while nothing else is: the state of the calibrations, or "".</param>
    public StatusBoard(IReadOnlyList<StreamStatistics> streams, IReadOnlyList<ISource> sources, IEnumerable<StreamMarks> marks, EncodingSinks encoders, StatusTable table, HostClock clock, string calibration = "")
    {
        _streams = [.. streams.Where(stream => sources.Any(source => source.Streams.Any(s => s.Name == stream.Name)))];
        streams = _streams;
        _marks = [.. streams.Select(stream => marks.FirstOrDefault(m => m.Stream == stream.Name))];
        _sources = [.. streams.Select(stream => sources.FirstOrDefault(source => source.Streams.Any(s => s.Name == stream.Name)))];
        _nominalHz = [.. streams.Select((stream, i) => _sources[i]?.Streams.First(s => s.Name == stream.Name).RateHz ?? double.NaN)];
        _lines = new StreamLine[_streams.Length];
        _encoders = encoders;
        _table = table;
        _clock = clock;
        _calibration = calibration;
    }

    /// <param name="disk">How long the disk lasts; a warning goes before whatever a source says.</param>
    public void Draw(HostTime started, in DiskOutlook disk)
    {
        HostTime now = _clock.Now;
        string note = _encoders.Trouble ?? _calibration;
        for (int i = 0; i < _streams.Length; i++)
        {
            StreamStatus status = _streams[i].Read(now);
            ISource? source = _sources[i];
            note = source?.Trouble ?? note;
            _lines[i] = new StreamLine
            {
                Name = _streams[i].Name,
                State = Word(source?.State),
                Mark = _marks[i]?.Now,
                RateHz = status.RateHz,
                NominalHz = _nominalHz[i],
                LagMs = status.Lag?.TotalMilliseconds ?? double.NaN,
                Rows = status.Rows,
                Dropped = status.Dropped,
                Bytes = status.Bytes,
                SigmaUs = status.ClockSigma is { } sigma ? sigma.Nanoseconds / 1e3 : double.NaN,
            };
        }

        if (disk.IsLow)
        {
            note = s_diskLow[(int)disk.TimeLeft!.Value.TotalMinutes];
        }

        _table.Draw(_lines, new TimeSpan((now - started).Nanoseconds / 100), note);
    }

    private static string Word(SourceState? state) => state switch
    {
        SourceState.Running => "running",
        SourceState.Connecting => "connecting",
        SourceState.Lost => "lost",
        SourceState.Stopped => "stopped",
        SourceState.Closed => "closed",
        SourceState.Ended => "at its end",
        _ => "",
    };
}
