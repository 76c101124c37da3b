using Capture.Core.Streams;
using Capture.Episodes.Schema;

namespace Capture.Devices.Watching;

/// <summary>How a watched stream stands. Written by the watch's thread, read from any; allocates nothing.</summary>
public sealed class StreamMarks
{
    private static readonly string[] Words = [.. Enum.GetValues<MarkKind>().Select(FormatText<MarkKind>.Of)];
    private int active;
    private int seen;

    internal StreamMarks(string stream)
    {
        Stream = stream;
        Utf8 = System.Text.Encoding.UTF8.GetBytes(stream);
    }

    public string Stream { get; }

    internal byte[] Utf8 { get; }

    /// <summary>What is wrong now, in one word; null where nothing is. Black goes before frozen: a black picture may well repeat.</summary>
    public string? Now => Word(Volatile.Read(ref active));

    /// <summary>What was wrong at any time since the start; null where nothing was.</summary>
    public string? Ever => Word(Volatile.Read(ref seen));

    internal void Set(MarkKind kind, bool on)
    {
        int bit = 1 << (int)kind;
        Volatile.Write(ref active, on ? active | bit : active & ~bit);
        Volatile.Write(ref seen, seen | bit);
    }

    private static string? Word(int bits)
    {
        const int Frozen = 1 << (int)MarkKind.Frozen;
        bits = (bits & ~Frozen) != 0 ? bits & ~Frozen : bits;
        return bits == 0 ? null : Words[int.TrailingZeroCount(bits)];
    }
}
