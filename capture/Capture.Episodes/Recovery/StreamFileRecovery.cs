using System.Runtime.InteropServices;
using Capture.Arrow;
using Capture.Episodes.Checksums;
using Capture.Episodes.Disk;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Recovery;

/// <summary>
/// Makes one stream file whole that was not sealed: keeps every message whose checksum is right, moves all else aside, adds the footer. Where only the end is bad it is
/// cut off in place; where good messages lie behind bad bytes (a power cut keeps writes in any order) the good ones are copied, byte for byte, into a new file that takes the name.
/// </summary>
internal sealed class StreamFileRecovery
{
    private const int CopyLength = 1024 * 1024;

    private readonly IEpisodeDisk _disk;
    private readonly string _path;
    private readonly ArrowSchema _schema;
    private readonly List<ArrowBlock> _good = [];
    private readonly List<int> _rowsOf = [];
    private readonly long _head;
    private readonly long _length;
    private readonly bool _holes;
    private readonly bool _headIsRight;

    private StreamFileRecovery(IEpisodeDisk disk, string path, CheckedFile file)
    {
        _disk = disk;
        _path = path;
        _schema = file.Schema;
        _head = file.SchemaMessage?.Block.End ?? IpcEncoder.MagicLength;
        _headIsRight = file.HeadIsRight;
        _holes = !_headIsRight;
        long end = _head;
        foreach (ArrowMessage message in file.Batches)
        {
            _holes |= message.Block.Offset != end;
            _good.Add(message.Block);
            _rowsOf.Add((int)message.Rows);
            end = message.Block.End;
        }

        _length = new FileInfo(path).Length;
        Aside = Math.Max(_length - _head - _good.Sum(b => b.Length), 0);
    }

    /// <summary>Bytes that belong to no good message.</summary>
    public long Aside { get; }

    /// <summary>What is to be done, in words.</summary>
    public string What
    {
        get
        {
            string footer = $"add the footer behind {_good.Count} batches";
            return _holes ? $"move {Aside} bytes between and behind good batches aside, {footer}"
                : Aside > 0 ? $"move {Aside} bytes at its end aside, {footer}"
                : footer;
        }
    }

    /// <summary>Looks at a file; null where nothing is to be done.</summary>
    /// <param name="interrupted">
    /// Whether the episode was never closed: then a file that has its footer already may still lack batches. In a closed one, what a sealed file lost later is not recovery's to repair.
    /// </param>
    /// <exception cref="ArrowFormatException">It has no schema that can be read.</exception>
    /// <exception cref="EpisodeException">It has dictionaries: another tool made it, and to keep only its batches would lose what they mean.</exception>
    public static StreamFileRecovery? Look(IEpisodeDisk disk, string path, bool interrupted)
    {
        if (!interrupted)
        {
            using CheckedFile closed = CheckedFile.Open(path, FileTrust.Finished);
            if (closed.Footer is not null)
            {
                return null;
            }
        }

        using CheckedFile file = CheckedFile.Open(path, FileTrust.Interrupted);
        if (file is { Footer: not null, Losses.Count: 0, HeadIsRight: true, Tail.Kind: ArrowTailKind.Sealed })
        {
            return null;
        }

        return StreamFormat.HasDictionaries(file.Schema)
            ? throw new EpisodeException(EpisodeProblem.Invalid, "its columns are encoded by dictionaries, which no recorder writes, and it is not whole", path, "Move it out of the episode, or finish it with the tool that made it, and recover again; nothing was changed.")
            : new StreamFileRecovery(disk, path, file);
    }

    public void Execute()
    {
        if (Aside > 0)
        {
            MoveAside();
        }

        if (_holes)
        {
            CopyGood();
        }
        else
        {
            using IGrowingFile file = _disk.Open(_path);
            long end = _good.Count == 0 ? _head : _good[^1].End;
            try
            {
                Close(file, _good, end);
            }
            catch (IOException)
            {
                _ = file.Truncate(end);
                throw;
            }
        }
    }

    private void Close(IGrowingFile file, List<ArrowBlock> blocks, long end)
    {
        ReadOnlySpan<byte> closing = new MessageCodec(_schema).EncodeClosing(CollectionsMarshal.AsSpan(blocks), CollectionsMarshal.AsSpan(_rowsOf));
        DiskTrouble.ThrowIf(file.Truncate(end), _path);
        DiskTrouble.ThrowIf(file.Write(closing, end), _path);
        DiskTrouble.ThrowIf(file.Sync(), _path);
    }

    /// <summary>Copies what is no good message to NAME.arrow.torn and syncs the copy, before anything is cut.</summary>
    private void MoveAside()
    {
        string torn = FreeName(_path + EpisodeFolder.TornSuffix);
        using IGrowingFile to = _disk.Create(torn);
        long at = _head;
        long written = 0;
        foreach (ArrowBlock block in _good)
        {
            written += Copy(to, at, block.Offset, written);
            at = block.End;
        }

        Copy(to, at, _length, written);
        DiskTrouble.ThrowIf(to.Sync(), torn);
        _disk.SyncFolder(Path.GetDirectoryName(_path)!);
    }

    private void CopyGood()
    {
        string next = _path + ".new";
        _disk.Delete(next);
        using (IGrowingFile to = _disk.Create(next))
        {
            long written = _headIsRight ? Copy(to, 0, _head, 0) : WriteHead(to);
            var blocks = new List<ArrowBlock>(_good.Count);
            foreach (ArrowBlock block in _good)
            {
                // Messages are padded to 64 bytes, so that what is left keeps its alignment, and its checksum holds wherever it lies.
                blocks.Add(block with { Offset = written });
                written += Copy(to, block.Offset, block.End, written);
            }

            Close(to, blocks, written);
        }

        _disk.Move(next, _path, replace: true);
        _disk.SyncFolder(Path.GetDirectoryName(_path)!);
    }

    /// <summary>Writes the schema that the footer kept where the one at the start did not reach the disk; the writer made both from one.</summary>
    private long WriteHead(IGrowingFile to)
    {
        var codec = new MessageCodec(_schema);
        byte[] head = new byte[codec.MaxHeadLength];
        int length = codec.EncodeHead(head);
        DiskTrouble.ThrowIf(to.Write(head.AsSpan(0, length), 0), _path);
        return length;
    }

    private long Copy(IGrowingFile to, long from, long end, long at)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle source = File.OpenHandle(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] buffer = GC.AllocateUninitializedArray<byte>((int)Math.Clamp(end - from, 1, CopyLength));
        long copied = 0;
        while (from + copied < end)
        {
            int read = RandomAccess.Read(source, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - from - copied)), from + copied);
            if (read == 0)
            {
                throw new IOException($"{_path}: it was cut while it was read.");
            }

            DiskTrouble.ThrowIf(to.Write(buffer.AsSpan(0, read), at + copied), _path);
            copied += read;
        }

        return copied;
    }

    /// <summary>A name that no file has, made by counting.</summary>
    public static string FreeName(string path)
    {
        string free = path;
        for (int n = 2; File.Exists(free); n++)
        {
            free = $"{path}.{n}";
        }

        return free;
    }
}
