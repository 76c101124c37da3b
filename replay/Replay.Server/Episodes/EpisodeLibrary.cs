using Capture.Core.Time;
using Capture.Episodes;
using Replay.Server.Hosting;

namespace Replay.Server.Episodes;

/// <summary>
/// The episodes of one folder, by name. A name from outside is only ever compared with names found on disk. Keeps the last few episodes open.
/// </summary>
internal sealed class EpisodeLibrary(string folder, HostClock clock) : IDisposable
{
    /// <summary>Episodes held open at most, and bytes of what is kept of them; beyond either, the least lately used is closed.</summary>
    private const int MaxOpen = 8;
    private const long MaxCachedBytes = 768L << 20;

    private static readonly Duration s_scanEvery = Duration.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly List<OpenEpisode> _open = [];
    private IReadOnlyDictionary<string, string> _found = new Dictionary<string, string>(StringComparer.Ordinal);
    private HostTime _scanned;

    /// <summary>The folder of episodes.</summary>
    public string Folder { get; } = folder;

    /// <summary>What is in the folder now: name and path of each episode. Symbolic links are left out: what they lead to was not meant to be served.</summary>
    public IReadOnlyDictionary<string, string> Scan() =>
        new DirectoryInfo(Folder).EnumerateDirectories("*" + EpisodeFolder.Suffix)
            .Where(d => d.LinkTarget is null && d.Name.Length > EpisodeFolder.Suffix.Length)
            .ToDictionary(d => d.Name[..^EpisodeFolder.Suffix.Length], d => d.FullName, StringComparer.Ordinal);

    /// <summary>Opens an episode by its name for one request, brought up to date.</summary>
    /// <exception cref="ApiException">404: there is none of this name, or it cannot be opened (the sentence says why).</exception>
    public EpisodeLease Open(string name)
    {
        string path = Find(name) ?? throw ApiException.NotFound("there is no episode of this name", name, "GET /api/episodes lists those that there are.");
        try
        {
            EpisodeLease lease = Enter(name, path);
            if (IsStillThere(lease.Episode))
            {
                return lease;
            }

            // Another episode lies under this name now, or a file was cut: nothing that is kept holds.
            Forget(lease.Episode);
            lease.Dispose();
            return Enter(name, path);
        }
        catch (EpisodeException e)
        {
            throw ApiException.NotFound(e.What, e.Where, e.Remedy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ApiException.NotFound($"the episode cannot be read ({e.Message.TrimEnd('.')})", name, "Check the disk and the rights.");
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _open.ForEach(e => e.Dispose());
            _open.Clear();
        }
    }

    /// <summary>The path of a name that was found on disk a moment ago. A page asks for hundreds of pictures a second: the folder is not walked for each.</summary>
    private string? Find(string name)
    {
        lock (_gate)
        {
            HostTime now = clock.Now;
            if ((now - _scanned).CompareTo(s_scanEvery) > 0 || !_found.ContainsKey(name))
            {
                _found = Scan();
                _scanned = now;
            }

            return _found.GetValueOrDefault(name);
        }
    }

    private EpisodeLease Enter(string name, string path)
    {
        lock (_gate)
        {
            OpenEpisode? episode = _open.Find(e => string.Equals(e.Name, name, StringComparison.Ordinal));
            if (episode is null)
            {
                episode = new OpenEpisode(name, path, clock);
            }
            else
            {
                _open.Remove(episode);
            }

            _open.Add(episode);
            episode.Enter();
            CloseLeastUsed();
            return new EpisodeLease(episode);
        }
    }

    private void Forget(OpenEpisode episode)
    {
        lock (_gate)
        {
            _open.Remove(episode);
            episode.Dispose();
        }
    }

    private static bool IsStillThere(OpenEpisode episode)
    {
        try
        {
            string id = episode.Id;
            episode.Refresh();
            return string.Equals(id, episode.Manifest.Id, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void CloseLeastUsed()
    {
        while (_open.Count > 1 && (_open.Count > MaxOpen || _open.Sum(e => e.CachedBytes) > MaxCachedBytes))
        {
            _open[0].Dispose();
            _open.RemoveAt(0);
        }
    }
}

/// <summary>One request's hold on an open episode.</summary>
internal sealed class EpisodeLease(OpenEpisode episode) : IDisposable
{
    public OpenEpisode Episode => episode;

    public void Dispose() => episode.Leave();
}
