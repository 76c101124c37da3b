using System.Text;
using Capture.Arrow;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Recording;

/// <summary>The ledger's file, fed by the writer's thread alone. Entries that the disk does not take are kept as sums for the manifest.</summary>
internal sealed class LedgerLog : IDisposable
{
    private const int Rows = 1024;

    private readonly LedgerRows _rows;
    private readonly byte[][] _names;
    private long _sequence;

    public LedgerLog(StreamFileWriter file, IReadOnlyList<string> streams)
    {
        File = file;
        _names = [.. streams.Select(Encoding.UTF8.GetBytes)];
        _rows = new LedgerRows(new BatchBuilder(file.Schema, new BatchCapacity { Rows = Rows, VariableBytes = Rows * StreamName.MaxLength }));
        BufferLength = file.BufferFor(_rows.Builder);
        Unwritten = new List<(string, Loss)>(Rows);
        _pendingStreams = new int[Rows];
        _pending = new Loss[Rows];
    }

    private readonly int[] _pendingStreams;
    private readonly Loss[] _pending;

    public StreamFileWriter File { get; }

    public int BufferLength { get; }

    /// <summary>Entries that could not be written: the manifest's counts take them in.</summary>
    public List<(string Stream, Loss Loss)> Unwritten { get; }

    public bool IsDue(HostTime now, int everyMs) => _rows.Count > 0 && (now - _rows.Oldest).Nanoseconds >= everyMs * 900_000L;

    /// <summary>Books an entry; a full batch is written first. Returns 0 or an errno.</summary>
    public int Add(int stream, in Loss loss, Span<byte> buffer)
    {
        int errno = _rows.Builder.HasRoomForRow ? 0 : Write(buffer);
        if (_rows.Count == 0)
        {
            _rows.Oldest = loss.At;
        }

        _pendingStreams[_rows.Count] = stream;
        _pending[_rows.Count] = loss;
        _rows.Append(_sequence++, _names[stream], loss);
        return errno;
    }

    /// <summary>Writes what is booked. Returns 0 or an errno; then the entries go to <see cref="Unwritten"/>.</summary>
    public int Write(Span<byte> buffer)
    {
        if (_rows.Count == 0)
        {
            return 0;
        }

        int errno = File.Append(_rows.Builder, buffer);
        if (errno != 0)
        {
            for (int i = 0; i < _rows.Count; i++)
            {
                Unwritten.Add((Encoding.UTF8.GetString(_names[_pendingStreams[i]]), _pending[i]));
            }
        }

        _rows.Clear();
        return errno;
    }

    public void Dispose() => _rows.Dispose();
}

/// <summary>The file of the host's own clocks; every reading is written at once.</summary>
internal sealed class HostClockLog : IDisposable
{
    private readonly ClockHostRows _rows;
    private long _sequence;

    public HostClockLog(StreamFileWriter file)
    {
        File = file;
        _rows = new ClockHostRows(new BatchBuilder(file.Schema, new BatchCapacity { Rows = 4 }));
        BufferLength = file.BufferFor(_rows.Builder);
    }

    public StreamFileWriter File { get; }

    public int BufferLength { get; }

    /// <summary>Reads the clocks and writes the reading. Returns 0 or an errno.</summary>
    public int Read(HostClock clock, Span<byte> buffer) => Write(clock.ReadAll(), buffer);

    public int Write(in HostClockReading reading, Span<byte> buffer)
    {
        _rows.Append(_sequence++, reading);
        int errno = File.Append(_rows.Builder, buffer);
        _rows.Clear();
        return errno;
    }

    public void Dispose() => _rows.Dispose();
}
