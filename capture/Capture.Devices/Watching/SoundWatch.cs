using System.Numerics;
using System.Runtime.InteropServices;
using Capture.Core.Streams;
using Capture.Episodes.Schema;

namespace Capture.Devices.Watching;

/// <summary>Finds silence and clipping, period by period. Counts frames, not times: what is judged is the sound. Runs in the source's thread.</summary>
internal sealed class SoundWatch
{
    private const float ClippedFrom = 0.999f;

    // Noise that lies just at the limit must not begin and end a mark all the time: 6 dB.
    private const double LoudAgain = 2;
    private const int WindowsUntilClean = 2;

    private readonly MarkEdges edges;
    private readonly AudioPeriodStream stream;
    private readonly double quiet;
    private readonly double clippedShare;
    private readonly long silentFrames;
    private readonly long windowFrames;
    private readonly float[] low;
    private readonly float[] high;
    private readonly long[] clipped;
    private SampleStamp silentSince;
    private SampleStamp windowSince;
    private SampleStamp cleanSince;
    private long quietFrames;
    private long framesInWindow;
    private int cleanWindows;
    private bool silent;
    private bool isClipped;

    public SoundWatch(AudioPeriodStream stream, WatchLimits limits, MarkEdges edges)
    {
        this.stream = stream;
        this.edges = edges;
        quiet = Math.Pow(10, limits.SilentDb / 20);
        clippedShare = limits.ClippedShare;
        silentFrames = Frames(limits.SilentAfter.TotalSeconds);
        windowFrames = Frames(limits.ClippedWithin.TotalSeconds);
        low = new float[stream.Channels];
        high = new float[stream.Channels];
        clipped = new long[stream.Channels];
    }

    public void Add(in SampleStamp stamp, ReadOnlySpan<byte> interleaved)
    {
        low.AsSpan().Fill(float.MaxValue);
        high.AsSpan().Fill(float.MinValue);
        switch (stream.Format)
        {
            case AudioSampleFormat.S16:
                Scan(MemoryMarshal.Cast<byte, short>(interleaved), 1f / (1 << 15));
                break;
            case AudioSampleFormat.S32:
                Scan(MemoryMarshal.Cast<byte, int>(interleaved), 1f / (1L << 31));
                break;
            default:
                Scan(MemoryMarshal.Cast<byte, float>(interleaved), 1);
                break;
        }

        if (silentFrames > 0)
        {
            JudgeSilence(stamp);
        }

        if (windowFrames > 0)
        {
            JudgeClipping(stamp);
        }
    }

    private void Scan<T>(ReadOnlySpan<T> samples, float scale)
        where T : INumberBase<T>
    {
        int channels = low.Length;
        for (int frame = 0; frame + channels <= samples.Length; frame += channels)
        {
            for (int c = 0; c < channels; c++)
            {
                float value = float.CreateTruncating(samples[frame + c]) * scale;
                low[c] = Math.Min(low[c], value);
                high[c] = Math.Max(high[c], value);
                clipped[c] += Math.Abs(value) >= ClippedFrom ? 1 : 0;
            }
        }
    }

    private void JudgeSilence(in SampleStamp stamp)
    {
        float loudest = 0;
        for (int c = 0; c < low.Length; c++)
        {
            loudest = Math.Max(loudest, (high[c] - low[c]) / 2);
        }

        if (loudest > (silent ? LoudAgain * quiet : quiet))
        {
            silent = silent && !edges.TryAdd(MarkEdge.Of(MarkKind.Silent, begins: false, stamp));
            quietFrames = 0;
            return;
        }

        silentSince = quietFrames == 0 ? stamp : silentSince;
        quietFrames += stream.PeriodFrames;
        if (!silent && quietFrames >= silentFrames)
        {
            silent = edges.TryAdd(MarkEdge.Of(MarkKind.Silent, begins: true, silentSince));
        }
    }

    private void JudgeClipping(in SampleStamp stamp)
    {
        windowSince = framesInWindow == 0 ? stamp : windowSince;
        framesInWindow += stream.PeriodFrames;
        if (framesInWindow < windowFrames)
        {
            return;
        }

        long most = 0;
        foreach (long count in clipped)
        {
            most = Math.Max(most, count);
        }

        bool wrong = most >= clippedShare * framesInWindow;
        framesInWindow = 0;
        clipped.AsSpan().Clear();
        if (wrong)
        {
            cleanWindows = 0;
            isClipped = isClipped || edges.TryAdd(MarkEdge.Of(MarkKind.Clipped, begins: true, windowSince));
        }
        else if (isClipped)
        {
            cleanSince = cleanWindows == 0 ? windowSince : cleanSince;
            cleanWindows++;
            isClipped = cleanWindows < WindowsUntilClean || !edges.TryAdd(MarkEdge.Of(MarkKind.Clipped, begins: false, cleanSince));
        }
    }

    private long Frames(double seconds) => (long)Math.Ceiling(seconds * stream.SampleRateHz);
}
