using Capture.Episodes.Disk;
using Capture.Episodes.Manifest;

namespace Capture.Episodes.Reading;

/// <summary>
/// Reads an episode: sealed, still growing, or torn by a kill. Streams are found in <c>streams/</c>, not only in the manifest, and each is described by its own
/// file. Files are read by position, so that a recorder may write on. One thread at a time; <see cref="EpisodeStream.ReadBatch"/> may be called by several.
/// </summary>
public sealed class EpisodeReader : IDisposable
{
    private readonly List<EpisodeStream> _streams = [];
    private readonly List<StreamFault> _faults = [];

    private readonly FileTrust _trust;

    private EpisodeReader(string folder, EpisodeManifest? manifest, FileTrust trust)
    {
        Folder = folder;
        _trust = trust;
        Manifest = manifest!;
    }

    public string Folder { get; }

    /// <summary>The manifest as last read.</summary>
    public EpisodeManifest Manifest { get; private set; }

    /// <summary>Streams with samples, in the manifest's order, then those that only the folder has; clock and ledger streams included.</summary>
    public IReadOnlyList<EpisodeStream> Streams => _streams;

    /// <summary>Files of <c>streams/</c> that could not be opened as a stream, and why. A file too short for its schema is one of them.</summary>
    public IReadOnlyList<StreamFault> Faults => _faults;

    /// <summary>Whether a live recorder holds the episode.</summary>
    public bool IsHeld => RecordingLock.IsHeld(Folder);

    /// <summary>Opens an episode by its folder.</summary>
    /// <exception cref="EpisodeException">It is no episode, its manifest is damaged, or a later version wrote it.</exception>
    public static EpisodeReader Open(string folder) => Open(folder, ManifestFile.Read(folder), FileTrust.Indexed);

    /// <summary>Opens an episode whose manifest may be missing, for recovery and verification.</summary>
    /// <param name="trust">How files are opened while no recorder holds the episode.</param>
    internal static EpisodeReader Open(string folder, EpisodeManifest? manifest, FileTrust trust = FileTrust.Finished)
    {
        var reader = new EpisodeReader(folder, manifest, trust);
        try
        {
            reader.FindStreams();
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>The stream called <paramref name="name"/>, or null.</summary>
    public EpisodeStream? Find(string name) => _streams.Find(s => string.Equals(s.Info.Name, name, StringComparison.Ordinal));

    /// <summary>The stream called <paramref name="name"/>.</summary>
    /// <exception cref="EpisodeException">There is none; the message names those that there are.</exception>
    public EpisodeStream Stream(string name) =>
        Find(name) ?? throw new EpisodeException(EpisodeProblem.Invalid, $"there is no stream '{name}'", Folder, $"It has: {string.Join(", ", _streams.Select(s => s.Info.Name))}.");

    /// <summary>Looks for what was written since: new rows, new stream files, a new manifest. Returns whether there was any.</summary>
    public bool Refresh()
    {
        EpisodeManifest before = Manifest;
        Manifest = ManifestFile.Read(Folder);
        bool any = before.State != Manifest.State;
        int streams = _streams.Count;
        foreach (EpisodeStream stream in _streams)
        {
            any |= stream.Refresh(Manifest.Times?.InForce);
        }

        FindStreams();
        return any | streams != _streams.Count;
    }

    public void Dispose()
    {
        foreach (EpisodeStream stream in _streams)
        {
            stream.Dispose();
        }

        _streams.Clear();
    }

    private void FindStreams()
    {
        string folder = Path.Combine(Folder, EpisodeFolder.Streams);
        if (!Directory.Exists(folder))
        {
            return;
        }

        _faults.Clear();
        string? times = Manifest?.Times?.InForce;
        FileTrust trust = _trust != FileTrust.Own && RecordingLock.IsHeld(Folder) ? FileTrust.Growing : _trust;
        var order = (Manifest?.Streams ?? []).Select((s, i) => (s.Name, i)).ToDictionary(p => p.Name, p => p.i, StringComparer.Ordinal);
        var paths = Directory.GetFiles(folder, "*" + EpisodeFolder.ArrowSuffix)
            .OrderBy(p => order.GetValueOrDefault(Path.GetFileNameWithoutExtension(p), int.MaxValue))
            .ThenBy(p => p, StringComparer.Ordinal);
        foreach (string path in paths)
        {
            string name = Path.GetFileNameWithoutExtension(path);
            if (Find(name) is not null)
            {
                continue;
            }

            try
            {
                _streams.Add(EpisodeStream.Open(Folder, path, times, trust));
            }
            catch (Exception e) when (e is EpisodeException or IOException or UnauthorizedAccessException)
            {
                _faults.Add(new StreamFault(name, path, e.Message));
            }
        }
    }
}

/// <summary>A file of <c>streams/</c> that is no readable stream.</summary>
public sealed record StreamFault(string Name, string Path, string Reason);
