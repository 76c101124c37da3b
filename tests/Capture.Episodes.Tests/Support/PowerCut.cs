namespace Capture.Episodes.Tests.Support;

/// <summary>
/// What a disk may hold after a power cut. What was synced is there. Of what was not, anything may be: of each file none, all, the first few writes and a part of the next, or
/// any sectors in any order, with zeros or old bytes where a later sector made the file longer; of each folder's names any.
/// </summary>
/// <remarks>
/// What this does not prove: that a real disk keeps what it said was synced. The model is POSIX's, harder than what ext4 or XFS do; a single sector is written whole or not at all.
/// </remarks>
internal sealed class PowerCut
{
    private const int Sector = 512;

    private readonly Random _random;
    private readonly Dictionary<int, Inode> _files = [];
    private readonly Dictionary<string, Dictionary<string, Entry>> _folders = new(StringComparer.Ordinal);
    private readonly List<(int At, LoggedOperation Operation)> _names = [];

    private PowerCut(Random random) => _random = random;

    /// <summary>A name's target: a file's number, or −1 for a folder.</summary>
    private readonly record struct Entry(int File);

    /// <summary>Makes the folder <paramref name="to"/> what a cut before operation <paramref name="cut"/> leaves of <paramref name="from"/>.</summary>
    public static void Make(IReadOnlyList<LoggedOperation> operations, int cut, Random random, string from, string to)
    {
        var state = new PowerCut(random);
        for (int i = 0; i < cut; i++)
        {
            state.Take(i, operations[i]);
        }

        // The operation that was under way may have been done in part.
        if (cut < operations.Count && operations[cut].Kind is not (DiskOperation.Sync or DiskOperation.SyncFolder))
        {
            state.Take(cut, operations[cut]);
        }

        state.LoseNames();
        Directory.CreateDirectory(to);
        state.Write(from, to);
    }

    private void Take(int at, LoggedOperation operation)
    {
        switch (operation.Kind)
        {
            case DiskOperation.Create:
                _files[operation.File] = new Inode();
                _names.Add((at, operation));
                break;
            case DiskOperation.Write or DiskOperation.Truncate:
                _files[operation.File].Pending.Add((at, operation));
                break;
            case DiskOperation.Sync:
                _files[operation.File].Sync(operation.Covers);
                break;
            case DiskOperation.CreateFolder or DiskOperation.Move or DiskOperation.Delete:
                _names.Add((at, operation));
                break;
            case DiskOperation.SyncFolder:
                foreach ((int _, LoggedOperation named) in _names.Where(n => n.At < operation.Covers && Path.GetDirectoryName(n.Operation.Path) == operation.Path).ToList())
                {
                    Apply(named);
                }

                _names.RemoveAll(n => n.At < operation.Covers && Path.GetDirectoryName(n.Operation.Path) == operation.Path);
                break;
        }
    }

    private void LoseNames()
    {
        int mode = _random.Next(4);
        int first = _random.Next(_names.Count + 1);
        for (int i = 0; i < _names.Count; i++)
        {
            if (mode switch { 0 => false, 1 => true, 2 => i < first, _ => _random.Next(2) == 0 })
            {
                Apply(_names[i].Operation);
            }
        }
    }

    private void Apply(LoggedOperation operation)
    {
        Dictionary<string, Entry> folder = Folder(Path.GetDirectoryName(operation.Path)!);
        string name = Path.GetFileName(operation.Path);
        switch (operation.Kind)
        {
            case DiskOperation.Create:
                folder[name] = new Entry(operation.File);
                break;
            case DiskOperation.CreateFolder:
                folder[name] = new Entry(-1);
                break;
            case DiskOperation.Delete:
                folder.Remove(name);
                break;
            case DiskOperation.Move:
                folder.Remove(name);
                Folder(Path.GetDirectoryName(operation.Other)!)[Path.GetFileName(operation.Other)] = new Entry(operation.File);
                break;
        }
    }

    private Dictionary<string, Entry> Folder(string path)
    {
        if (!_folders.TryGetValue(path, out Dictionary<string, Entry>? folder))
        {
            _folders[path] = folder = new(StringComparer.Ordinal);
        }

        return folder;
    }

    private void Write(string from, string to)
    {
        foreach ((string name, Entry entry) in Folder(from))
        {
            string target = Path.Combine(to, name);
            if (entry.File < 0)
            {
                Directory.CreateDirectory(target);
                Write(Path.Combine(from, name), target);
            }
            else
            {
                File.WriteAllBytes(target, _files[entry.File].AfterCut(_random));
            }
        }
    }

    private sealed class Inode
    {
        private byte[] _durable = [];

        public List<(int At, LoggedOperation Operation)> Pending { get; } = [];

        public void Sync(int covers)
        {
            foreach ((int _, LoggedOperation operation) in Pending.Where(p => p.At < covers))
            {
                _durable = Whole(_durable, operation);
            }

            Pending.RemoveAll(p => p.At < covers);
        }

        public byte[] AfterCut(Random random)
        {
            byte[] bytes = _durable;
            int whole = random.Next(Pending.Count + 1);
            switch (random.Next(5))
            {
                case 0:
                    break;
                case 1:
                    foreach ((int _, LoggedOperation operation) in Pending)
                    {
                        bytes = Whole(bytes, operation);
                    }

                    break;
                case 2:
                    foreach ((int _, LoggedOperation operation) in Pending.Take(whole))
                    {
                        bytes = Whole(bytes, operation);
                    }

                    if (whole < Pending.Count && Pending[whole].Operation is { Kind: DiskOperation.Write } torn)
                    {
                        bytes = Whole(bytes, torn with { Bytes = torn.Bytes[..random.Next(torn.Bytes.Length + 1)] });
                    }

                    break;
                case 3:
                    // Whole writes in any order.
                    foreach ((int _, LoggedOperation operation) in Pending.Where(_ => random.Next(2) == 0).ToArray())
                    {
                        bytes = Whole(bytes, operation);
                    }

                    break;
                default:
                    bool stale = random.Next(2) == 0;
                    double kept = random.NextDouble();
                    foreach ((int _, LoggedOperation operation) in Pending)
                    {
                        bytes = operation.Kind == DiskOperation.Write ? Sectors(bytes, operation, random, kept, stale) : Whole(bytes, operation);
                    }

                    break;
            }

            return bytes;
        }

        private static byte[] Whole(byte[] bytes, LoggedOperation operation)
        {
            if (operation.Kind == DiskOperation.Truncate)
            {
                byte[] cut = new byte[operation.Offset];
                bytes.AsSpan(0, Math.Min(bytes.Length, cut.Length)).CopyTo(cut);
                return cut;
            }

            byte[] next = new byte[Math.Max(bytes.Length, operation.Offset + operation.Bytes.Length)];
            bytes.CopyTo(next, 0);
            operation.Bytes.CopyTo(next, operation.Offset);
            return next;
        }

        private static byte[] Sectors(byte[] bytes, LoggedOperation operation, Random random, double kept, bool stale)
        {
            long end = operation.Offset + operation.Bytes.Length;
            byte[] next = new byte[Math.Max(bytes.Length, end)];
            if (stale)
            {
                random.NextBytes(next.AsSpan(bytes.Length));
            }

            bytes.CopyTo(next, 0);
            long last = bytes.Length;
            for (long at = operation.Offset; at < end;)
            {
                long sectorEnd = Math.Min((at / Sector + 1) * Sector, end);
                if (random.NextDouble() < kept)
                {
                    operation.Bytes.AsSpan((int)(at - operation.Offset), (int)(sectorEnd - at)).CopyTo(next.AsSpan((int)at));
                    last = Math.Max(last, sectorEnd);
                }

                at = sectorEnd;
            }

            // The length reaches as far as the last sector that was kept, or as far as the write did: a file system may have noted it first.
            return next[..(int)(random.Next(2) == 0 ? last : next.Length)];
        }
    }
}
