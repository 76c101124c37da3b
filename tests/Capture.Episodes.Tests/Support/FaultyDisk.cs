using Capture.Episodes.Disk;

namespace Capture.Episodes.Tests.Support;

/// <summary>A disk that stalls, fills up or fails when told so.</summary>
internal sealed class FaultyDisk : IEpisodeDisk
{
    private long _room = long.MaxValue;
    private long _written;

    /// <summary>Set: writes wait.</summary>
    public ManualResetEventSlim Gate { get; } = new(initialState: true);

    /// <summary>Bytes that still fit on the disk.</summary>
    public long Room
    {
        get => Volatile.Read(ref _room);
        set => Volatile.Write(ref _room, value);
    }

    /// <summary>Bytes that were written.</summary>
    public long Written => Interlocked.Read(ref _written);

    /// <summary>What the disk says it has left; null: what the real one has.</summary>
    public long? Free { get; set; }

    /// <summary>errno of every write; 0: none.</summary>
    public int Errno { get; set; }

    /// <summary>errno of every sync; 0: none.</summary>
    public int SyncErrno { get; set; }

    public bool TakesSeveralAtOnce => false;

    public IGrowingFile Create(string path) => new FaultyFile(this, KernelDisk.Instance.Create(path));

    public IGrowingFile Open(string path) => new FaultyFile(this, KernelDisk.Instance.Open(path));

    public void CreateFolder(string path) => KernelDisk.Instance.CreateFolder(path);

    public void SyncFolder(string path) => KernelDisk.Instance.SyncFolder(path);

    public void Move(string from, string to, bool replace) => KernelDisk.Instance.Move(from, to, replace);

    public void Delete(string path) => KernelDisk.Instance.Delete(path);

    private sealed class FaultyFile(FaultyDisk disk, IGrowingFile file) : IGrowingFile
    {
        public int Write(ReadOnlySpan<byte> bytes, long offset)
        {
            disk.Gate.Wait();
            if (disk.Errno != 0)
            {
                return disk.Errno;
            }

            int fits = (int)Math.Min(bytes.Length, Interlocked.Read(ref disk._room));
            Interlocked.Add(ref disk._room, -fits);
            Interlocked.Add(ref disk._written, fits);
            int errno = file.Write(bytes[..fits], offset);
            return errno != 0 ? errno : fits < bytes.Length ? 28 : 0;
        }

        public int Sync()
        {
            disk.Gate.Wait();
            return disk.SyncErrno != 0 ? disk.SyncErrno : file.Sync();
        }

        public int Allocate(long length) => disk.Room == long.MaxValue ? file.Allocate(length) : 95;

        public long FreeBytes() => disk.Free ?? file.FreeBytes();

        public int Truncate(long length) => file.Truncate(length);

        public void Dispose() => file.Dispose();
    }
}
