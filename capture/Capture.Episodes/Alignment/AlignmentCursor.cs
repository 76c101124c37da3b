using Capture.Arrow;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Alignment;

/// <summary>
/// Walks the common times of an episode's streams, block by block. It takes an episode that is being recorded as it takes a closed one: a row is handed out when nothing that is still to be written
/// can change it, so that the rows are the same live and in replay (with the same times: see <see cref="AlignmentOptions.Times"/>). A stream that pauses holds back the rows after its last sample;
/// name the streams that matter with <see cref="AlignmentOptions.Only"/>. The caller keeps the reader, and closes it.
/// </summary>
public sealed class AlignmentCursor
{
    /// <summary>Rows of a block, at most.</summary>
    public const int RowsPerBlock = 4096;

    private const long DefaultToleranceNs = 100_000_000;
    private const long MostRows = 100_000_000;

    private readonly EpisodeReader _episode;
    private readonly AlignmentOptions _options;
    private readonly List<AlignedTrack> _tracks = [];
    private readonly StreamTrack? _reference;
    private readonly long[] _times = new long[RowsPerBlock];
    private int _length;
    private long? _gridStart;
    private long _next;
    private bool _ended;

    /// <exception cref="EpisodeException">A stream is missing, or the options contradict each other.</exception>
    public AlignmentCursor(EpisodeReader episode, AlignmentOptions options)
    {
        _episode = episode;
        _options = options;
        if (options.RateHz is null == options.ReferenceStream is null)
        {
            throw Wrong("a table needs either a rate or a reference stream", "Give exactly one of the two.");
        }

        if (options.RateHz is { } rate && rate is not (> 0 and <= 100_000))
        {
            throw Wrong($"{rate} is no rate", "Give 0 to 100,000 rows a second.");
        }

        foreach (string name in options.Streams.Select(s => s.Stream).Concat(options.Only ?? []).Concat(options.ReferenceStream is { } r ? [r] : []))
        {
            _ = episode.Stream(name);
        }

        if (options.LatenessNs < 0 || options.Streams.Any(s => s.ToleranceNs < 0 || s.BeforeNs < 0 || s.AfterNs < 0))
        {
            throw Wrong("a tolerance, window or lateness is negative", "Give 0 or more.");
        }

        Version = options.Times ?? episode.Manifest.Times?.InForce ?? AlignmentOptions.Online;
        IEnumerable<EpisodeStream> streams = options.Only is { } only ? only.Select(episode.Stream) : episode.Streams;
        var tracks = new Dictionary<string, StreamTrack>(StringComparer.Ordinal);
        foreach (EpisodeStream stream in streams.Where(s => s.Info.HasSamples))
        {
            StreamTrack track = Track(stream);
            tracks[stream.Info.Name] = track;
            _tracks.Add(Aligned(track));
        }

        if (_tracks.Count == 0)
        {
            throw Wrong("no stream of it has samples", "There is nothing to align.");
        }

        if (options.ReferenceStream is { } reference)
        {
            _reference = tracks.GetValueOrDefault(reference) ?? Track(episode.Stream(reference));
            if (!_reference.Stream.Info.HasSamples)
            {
                throw Wrong($"the stream '{reference}' has no rows with times", "Choose another reference.");
            }
        }

        Schema = new ArrowSchema(
            [CommonColumns.Nanoseconds(Aligner.Time), .. _tracks.SelectMany(t => t.Fields)],
            ArrowMetadata.Of(("capture.format", "capture-aligned/1"), ("capture.episode", episode.Manifest.Id), ("capture.times", Version)));
        Look();
    }

    /// <summary>The version of the times that the table is made of, as "v1", or "online".</summary>
    public string Version { get; }

    /// <summary>Of the table: <c>time_ns</c>, then for each stream row, distance and columns.</summary>
    public ArrowSchema Schema { get; }

    /// <summary>The streams, in the order of the table.</summary>
    public IReadOnlyList<AlignedTrack> Tracks => _tracks;

    /// <summary>Times of the block, ns of episode time; ascending.</summary>
    public ReadOnlySpan<long> Times => _times.AsSpan(0, _length);

    /// <summary>Whether everything was handed out, and nothing will be added.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Looks for what was recorded since.</summary>
    public void Refresh()
    {
        if (!_ended)
        {
            // The lock first: what its holder wrote before it let go is then seen for certain.
            bool held = _episode.IsHeld;
            _episode.Refresh();
            Look(held);
        }
    }

    /// <summary>Goes to the next rows that are certain, <see cref="RowsPerBlock"/> at most. False: there are none now; with <see cref="IsAtEnd"/> there never will be.</summary>
    public bool MoveNext()
    {
        _length = 0;
        long limit = _ended ? long.MaxValue : _tracks.Min(t => t.DecidedUntil());
        if (_reference is not null)
        {
            TakeReferenceTimes(_reference, limit);
        }
        else
        {
            TakeGrid(limit);
        }

        foreach (AlignedTrack track in _tracks)
        {
            track.Fill(Times);
        }

        IsAtEnd = _ended && _length == 0;
        return _length > 0;
    }

    /// <summary>Appends rows of the block to a builder of <see cref="Schema"/>.</summary>
    internal void AppendTo(BatchBuilder builder, int start, int count)
    {
        builder.Column<Int64Column>(0).Append(_times.AsSpan(start, count));
        int column = 1;
        foreach (AlignedTrack track in _tracks)
        {
            track.AppendTo(builder, ref column, start, count);
        }

        builder.EndRows(count);
    }

    private StreamTrack Track(EpisodeStream stream) => new(stream, _episode.Folder, Version == AlignmentOptions.Online ? null : Version, _options.LatenessNs);

    private AlignedTrack Aligned(StreamTrack track)
    {
        EpisodeStream stream = track.Stream;
        StreamAlignment? named = _options.Streams.FirstOrDefault(s => s.Stream == stream.Info.Name);
        long tolerance = (named is not null ? named.ToleranceNs : _options.DefaultToleranceNs)
            ?? (named is not null ? long.MaxValue : stream.Info.RateHz is { } hz ? (long)(1.5e9 / hz) : DefaultToleranceNs);
        StreamAlignment how = named ?? new StreamAlignment(stream.Info.Name, _options.Default);
        double? rate = _options.RateHz ?? _episode.Stream(_options.ReferenceStream!).Info.RateHz;
        if (how.Method is AlignmentMethod.Mean or AlignmentMethod.Window && (how.BeforeNs is null || how.AfterNs is null))
        {
            long period = rate is { } r ? (long)(1e9 / r) : DefaultToleranceNs;
            how = how with
            {
                BeforeNs = how.BeforeNs ?? (how.Method == AlignmentMethod.Mean ? period / 2 : period),
                AfterNs = how.AfterNs ?? (how.Method == AlignmentMethod.Mean ? period - (period / 2) : 0),
            };
        }

        return new AlignedTrack(track, how, tolerance, RowsPerBlock);
    }

    private void Look(bool? held = null)
    {
        bool recording = _episode.Manifest.State == EpisodeState.Recording && (held ?? _episode.IsHeld);
        foreach (AlignedTrack track in _tracks)
        {
            track.Track.Refresh();
        }

        if (_reference is not null && !_tracks.Exists(t => t.Track == _reference))
        {
            _reference.Refresh();
        }

        _ended = !recording;
        if (_ended && _tracks.TrueForAll(t => t.Track.Times.IsEmpty))
        {
            throw Wrong("no stream of it has a row", "There is nothing to align.");
        }
    }

    private void TakeReferenceTimes(StreamTrack reference, long limit)
    {
        limit = _ended ? limit : Math.Min(limit, reference.Horizon - 1);
        ReadOnlySpan<long> times = reference.Times;
        for (; _next < times.Length && _length < RowsPerBlock && times[(int)_next] <= limit; _next++)
        {
            long t = times[(int)_next];
            if (t >= (_options.FromNs ?? long.MinValue) && t <= (_options.ToNs ?? long.MaxValue))
            {
                _times[_length++] = t;
            }
        }
    }

    private void TakeGrid(long limit)
    {
        // Streams of single events (edges) say nothing of when the take began.
        List<StreamTrack> periodic = [.. _tracks.Select(t => t.Track).Where(t => t.Stream.Info.RateHz is not null)];
        List<StreamTrack> begun = [.. (periodic.Count > 0 ? periodic : _tracks.ConvertAll(t => t.Track)).Where(t => !t.Times.IsEmpty)];
        if (begun.Count == 0)
        {
            begun = [.. _tracks.Select(t => t.Track).Where(t => !t.Times.IsEmpty)];
        }

        if (begun.Count == 0 || (!_ended && limit == long.MinValue))
        {
            return;
        }

        long start = _gridStart ?? _options.FromNs ?? begun.Max(t => t.Times[0]);
        long end = Math.Min(_options.ToNs ?? long.MaxValue, _options.ToNs is null && _ended ? begun.Min(t => t.Times[^1]) : limit);
        end = Math.Min(end, limit);
        double rate = _options.RateHz!.Value;
        if (_ended && (end - start) / 1e9 * rate > MostRows)
        {
            throw Wrong($"the table would have more than {MostRows} rows", "Lower the rate, or give a shorter span.");
        }

        while (_length < RowsPerBlock)
        {
            long t = start + (long)Math.Round(_next * 1e9 / rate);
            if (t > end)
            {
                break;
            }

            _times[_length++] = t;
            _next++;
        }

        // Fixed with the first row, which is handed out only when every stream has its first sample for certain.
        _gridStart = _length > 0 ? start : _gridStart;
    }

    private EpisodeException Wrong(string what, string remedy) => new(EpisodeProblem.Invalid, what, _episode.Folder, remedy);
}
