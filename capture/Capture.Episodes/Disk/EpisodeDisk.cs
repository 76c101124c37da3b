namespace Capture.Episodes.Disk;

/// <summary>
/// All that an episode's writer asks of a file system: the kernel's own, or a test's that fills up, fails, stalls, or remembers every write and sync to cut the power between
/// two of them. One virtual call a batch; samples never pass it.
/// </summary>
/// <remarks>The reserve and the lock file stand outside: neither holds data.</remarks>
internal interface IEpisodeDisk
{
    /// <summary>Several threads may ask at once, and a file system answers many syncs together hardly later than one. False where the order must be one and the same.</summary>
    bool TakesSeveralAtOnce { get; }

    /// <summary>Creates a file that must not exist yet.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
    IGrowingFile Create(string path);

    /// <summary>Opens a file that exists, to go on writing it.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    IGrowingFile Open(string path);

    /// <summary>Makes a folder, and those above it that are missing; nothing where it is there already.</summary>
    void CreateFolder(string path);

    /// <summary>Makes the names in a folder durable: a synced file whose folder was not synced can be gone after a power cut.</summary>
    /// <exception cref="IOException">It cannot be synced.</exception>
    void SyncFolder(string path);

    /// <summary>Renames a file; what had the name goes, in one step, or (without <paramref name="replace"/>) is in the way.</summary>
    void Move(string from, string to, bool replace);

    /// <summary>Removes a file; nothing where there is none.</summary>
    void Delete(string path);
}

/// <summary>A file that only grows. Calls return 0 or an errno and allocate nothing.</summary>
internal interface IGrowingFile : IDisposable
{
    /// <summary>Writes all bytes at an offset, or returns why not; some may have been written then.</summary>
    int Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Makes what was written durable.</summary>
    int Sync();

    /// <summary>Cuts off what a failed write left, and gives back what was put aside behind the end.</summary>
    int Truncate(long length);

    /// <summary>Puts disk space aside for the file up to a length, without changing the length that readers see (fallocate with KEEP_SIZE).</summary>
    int Allocate(long length);

    /// <summary>Bytes that this user may still take of the file's disk; −1 where that is not known.</summary>
    long FreeBytes();
}

/// <summary>What is written once and whole.</summary>
internal static class WholeFile
{
    /// <summary>Writes and syncs a new file. Its name is durable only after its folder was synced.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(IEpisodeDisk disk, string path, ReadOnlySpan<byte> bytes)
    {
        using IGrowingFile file = disk.Create(path);
        DiskTrouble.ThrowIf(file.Write(bytes, 0), path);
        DiskTrouble.ThrowIf(file.Sync(), path);
    }
}
