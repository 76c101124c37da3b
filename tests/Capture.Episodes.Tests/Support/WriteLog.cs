using Capture.Episodes.Disk;

namespace Capture.Episodes.Tests.Support;

/// <summary>What the recorder asked of its disk.</summary>
internal enum DiskOperation
{
    Create,
    Write,
    Truncate,
    Sync,
    CreateFolder,
    SyncFolder,
    Move,
    Delete,
}

/// <summary>One operation. Paths are those of the names at the time; a file is known by its number, whatever it is called later.</summary>
/// <param name="Covers">For a sync: it covers the operations before this one; those that came while it ran are not in it.</param>
internal sealed record LoggedOperation(DiskOperation Kind, long AtNs, int File, string Path, string Other, byte[] Bytes, long Offset, int Covers);

/// <summary>
/// A disk that does everything for real and remembers all of it in order: what <see cref="PowerCut"/> takes apart again. Every operation takes simulated time, and
/// while a sync runs the rig goes on appending and writing.
/// </summary>
internal sealed class WriteLog(StepClock clock) : IEpisodeDisk
{
    private const long WriteNs = 40_000;
    private const long SyncNs = 4_000_000;

    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private int _files;
    private bool _inSync;

    public List<LoggedOperation> Operations { get; } = [];

    /// <summary>Called in the middle of every sync of a file.</summary>
    public Action? DuringSync { get; set; }

    public bool TakesSeveralAtOnce => false;

    /// <summary>Takes a folder that is there already, with all that lies in it, as written and synced long ago.</summary>
    public void Adopt(string folder)
    {
        Add(DiskOperation.CreateFolder, -1, folder);
        Add(DiskOperation.SyncFolder, -1, Path.GetDirectoryName(folder)!, covers: Operations.Count);
        foreach (string file in Directory.GetFiles(folder))
        {
            int number = _numbers[file] = _files++;
            Add(DiskOperation.Create, number, file);
            Add(DiskOperation.Write, number, file, bytes: File.ReadAllBytes(file));
            Add(DiskOperation.Sync, number, file, covers: Operations.Count);
        }

        foreach (string sub in Directory.GetDirectories(folder))
        {
            Adopt(sub);
        }

        Add(DiskOperation.SyncFolder, -1, folder, covers: Operations.Count);
    }

    public IGrowingFile Create(string path)
    {
        IGrowingFile file = KernelDisk.Instance.Create(path);
        int number = _numbers[path] = _files++;
        Add(DiskOperation.Create, number, path);
        return new LoggedFile(this, file, number, path);
    }

    public IGrowingFile Open(string path) => new LoggedFile(this, KernelDisk.Instance.Open(path), _numbers[path], path);

    public void CreateFolder(string path)
    {
        KernelDisk.Instance.CreateFolder(path);
        Add(DiskOperation.CreateFolder, -1, path);
    }

    public void SyncFolder(string path)
    {
        int covers = Operations.Count;
        KernelDisk.Instance.SyncFolder(path);
        clock.Advance(SyncNs);
        Add(DiskOperation.SyncFolder, -1, path, covers: covers);
    }

    public void Move(string from, string to, bool replace)
    {
        KernelDisk.Instance.Move(from, to, replace);
        int number = _numbers[from];
        _numbers.Remove(from);
        _numbers[to] = number;
        Add(DiskOperation.Move, number, from, to);
    }

    public void Delete(string path)
    {
        KernelDisk.Instance.Delete(path);
        if (_numbers.Remove(path, out int number))
        {
            Add(DiskOperation.Delete, number, path);
        }
    }

    private void Add(DiskOperation kind, int file, string path, string other = "", byte[]? bytes = null, long offset = 0, int covers = 0) =>
        Operations.Add(new LoggedOperation(kind, clock.Now.Nanoseconds, file, path, other, bytes ?? [], offset, covers));

    private sealed class LoggedFile(WriteLog log, IGrowingFile file, int number, string path) : IGrowingFile
    {
        public int Write(ReadOnlySpan<byte> bytes, long offset)
        {
            log.Add(DiskOperation.Write, number, path, bytes: bytes.ToArray(), offset: offset);
            log.AdvanceUnlessInSync();
            return file.Write(bytes, offset);
        }

        public int Sync()
        {
            int covers = log.Operations.Count;
            if (!log._inSync)
            {
                log._inSync = true;
                log.DuringSync?.Invoke();
                log._inSync = false;
            }

            log.Advance();
            int errno = file.Sync();
            log.Add(DiskOperation.Sync, number, path, covers: covers);
            return errno;
        }

        public int Truncate(long length)
        {
            log.Add(DiskOperation.Truncate, number, path, offset: length);
            return file.Truncate(length);
        }

        // What is put aside changes no length and no byte: a power cut cannot show it.
        public int Allocate(long length) => 0;

        public long FreeBytes() => 1L << 40;

        public void Dispose() => file.Dispose();
    }

    private void AdvanceUnlessInSync() => clock.Advance(_inSync ? 0 : WriteNs);

    private void Advance() => clock.Advance(SyncNs);
}
