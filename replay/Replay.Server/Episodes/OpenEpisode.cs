using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;

namespace Replay.Server.Episodes;

/// <summary>An episode held open for requests. Sealed and growing ones are read the same way.</summary>
internal sealed class OpenEpisode : IDisposable
{
    // A page that asks for eight streams at once must not walk the folder eight times.
    private static readonly Duration s_growingEvery = new(40_000_000);
    private static readonly Duration s_sealedEvery = new(1_000_000_000);

    private readonly Lock _gate = new();
    private readonly EpisodeReader _reader;
    private readonly HostClock _clock;
    private readonly Dictionary<string, OpenStream> _streams = new(StringComparer.Ordinal);
    private HostTime _refreshed;
    private int _users;
    private bool _closing;

    public OpenEpisode(string name, string folder, HostClock clock)
    {
        Name = name;
        Folder = folder;
        _clock = clock;
        _reader = EpisodeReader.Open(folder);
        Id = _reader.Manifest.Id;
        Held = _reader.IsHeld;
        _refreshed = clock.Now;
        FindStreams();
    }

    public string Name { get; }

    public string Folder { get; }

    /// <summary>The episode's id, which does not change; labels are kept under it.</summary>
    public string Id { get; }

    public EpisodeManifest Manifest => _reader.Manifest;

    /// <summary>Whether a recorder held the episode when it was last looked at.</summary>
    public bool Held { get; private set; }

    /// <summary>Nothing will be appended any more, as far as the folder says.</summary>
    public bool IsSealed => !Held && Manifest.State != EpisodeState.Recording;

    /// <summary>The version of the times that rows are given by, as far as a stream has it.</summary>
    public string TimeVersion => Manifest.Times?.InForce ?? TimedRows.Online;

    /// <summary>Bytes in memory for all streams.</summary>
    public long CachedBytes => Streams.Sum(s => s.CachedBytes);

    /// <summary>All streams, the manifest's first.</summary>
    public IReadOnlyList<OpenStream> Streams
    {
        get
        {
            lock (_gate)
            {
                return [.. _reader.Streams.Select(s => _streams[s.Info.Name])];
            }
        }
    }

    public OpenStream? Find(string name)
    {
        lock (_gate)
        {
            return _streams.GetValueOrDefault(name);
        }
    }

    /// <summary>Looks for what was written since, unless that was done just now.</summary>
    public void Refresh()
    {
        lock (_gate)
        {
            HostTime now = _clock.Now;
            if ((now - _refreshed).CompareTo(IsSealed ? s_sealedEvery : s_growingEvery) < 0)
            {
                return;
            }

            // The lock first: what a recorder wrote before it let go is then seen for certain.
            Held = _reader.IsHeld;
            _reader.Refresh();
            FindStreams();
            _refreshed = _clock.Now;
        }
    }

    /// <summary>Earliest and latest row of all streams; null without rows.</summary>
    public (long From, long To)? TimeRange(CancellationToken cancel)
    {
        (long From, long To)? range = null;
        foreach (OpenStream stream in Streams)
        {
            if (stream.Rows(cancel)?.Range is { } r)
            {
                range = range is { } all ? (Math.Min(all.From, r.From), Math.Max(all.To, r.To)) : r;
            }
        }

        return range;
    }

    /// <summary>Counts a user. The library calls it while the episode is in its list, so never on one that is being closed.</summary>
    public void Enter()
    {
        lock (_gate)
        {
            _users++;
        }
    }

    public void Leave()
    {
        lock (_gate)
        {
            if (--_users == 0 && _closing)
            {
                Close();
            }
        }
    }

    /// <summary>Closes the files when the last user has left.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (!_closing)
            {
                _closing = true;
                if (_users == 0)
                {
                    Close();
                }
            }
        }
    }

    private void Close()
    {
        foreach (OpenStream stream in _streams.Values)
        {
            stream.Dispose();
        }

        _reader.Dispose();
    }

    private void FindStreams()
    {
        foreach (EpisodeStream stream in _reader.Streams)
        {
            if (!_streams.ContainsKey(stream.Info.Name))
            {
                _streams.Add(stream.Info.Name, new OpenStream(stream, _gate));
            }
        }
    }
}
