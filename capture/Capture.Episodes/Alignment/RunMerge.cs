using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Capture.Episodes.Alignment;

/// <summary>
/// The pass of <see cref="AsOf"/>, eight times a step and without a branch on the data: the answer is written for eight times, then as many of them as lie before the answer's end are counted. Where
/// not all do, the next step overwrites the rest with the next answer. Each step waits for the one before, so two halves of the times are walked side by side.
/// </summary>
internal static class RunMerge
{
    /// <summary>Fewer times are not worth the search for the second half's begin.</summary>
    public const int LeastTimes = 64;

    /// <summary>Until when a sample answers.</summary>
    public interface IEnd
    {
        /// <summary>The first time that the next sample answers for.</summary>
        static abstract long Of(long sample, long next);
    }

    /// <summary>Until the next sample.</summary>
    public readonly struct AtNext : IEnd
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static long Of(long sample, long next) => next;
    }

    /// <summary>Half way to the next, and there the next one: halves are rounded up.</summary>
    public readonly struct HalfWay : IEnd
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static long Of(long sample, long next)
        {
            ulong gap = (ulong)next - (ulong)sample;
            return (long)((ulong)sample + (gap >> 1) + (gap & 1));
        }
    }

    /// <summary>Walks two parts of the times as far as whole steps go.</summary>
    /// <param name="samples">Ascending.</param>
    /// <param name="times">Ascending.</param>
    /// <param name="rows">The answers, one for each time; those from where a part ended are of no use yet.</param>
    /// <param name="distances">Sample − time, likewise.</param>
    /// <param name="half">Where the second part begins.</param>
    /// <param name="first">Of the first part, the next time and its answer or one before it; on return where it ended.</param>
    /// <param name="second">Of the second part.</param>
    /// <param name="four">Whether runs are so short that steps of four do.</param>
    public static void Walk<TEnd>(ReadOnlySpan<long> samples, ReadOnlySpan<long> times, Span<int> rows, Span<long> distances, int half, bool four, ref Place first, ref Place second)
        where TEnd : struct, IEnd
    {
        if (four)
        {
            Walk<TEnd, Four>(samples, times, rows, distances, half, ref first, ref second);
        }
        else
        {
            Walk<TEnd, Eight>(samples, times, rows, distances, half, ref first, ref second);
        }
    }

    private static void Walk<TEnd, TStep>(ReadOnlySpan<long> samples, ReadOnlySpan<long> times, Span<int> rows, Span<long> distances, int half, ref Place first, ref Place second)
        where TEnd : struct, IEnd
        where TStep : struct, IStep
    {
        ref long sample = ref MemoryMarshal.GetReference(samples);
        ref long time = ref MemoryMarshal.GetReference(times);
        ref int row = ref MemoryMarshal.GetReference(rows);
        ref long distance = ref MemoryMarshal.GetReference(distances);
        int last = samples.Length - 1;
        int endOfFirst = half - TStep.Width;
        int endOfSecond = times.Length - TStep.Width;
        (nint i, nint at) = (first.Time, first.Row);
        (nint j, nint to) = (second.Time, second.Row);
        while (i <= endOfFirst && at < last && j <= endOfSecond && to < last)
        {
            Step<TEnd, TStep>(ref sample, ref time, ref row, ref distance, ref i, ref at);
            Step<TEnd, TStep>(ref sample, ref time, ref row, ref distance, ref j, ref to);
        }

        while (i <= endOfFirst && at < last)
        {
            Step<TEnd, TStep>(ref sample, ref time, ref row, ref distance, ref i, ref at);
        }

        while (j <= endOfSecond && to < last)
        {
            Step<TEnd, TStep>(ref sample, ref time, ref row, ref distance, ref j, ref to);
        }

        first = new Place((int)i, (int)at);
        second = new Place((int)j, (int)to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TEnd, TStep>(ref long sample, ref long time, ref int row, ref long distance, ref nint i, ref nint at)
        where TEnd : struct, IEnd
        where TStep : struct, IStep
    {
        long here = Unsafe.Add(ref sample, at);
        long end = TEnd.Of(here, Unsafe.Add(ref sample, at + 1));
        uint before = TStep.Write(here, end, (int)at, ref Unsafe.Add(ref time, i), ref Unsafe.Add(ref row, i), ref Unsafe.Add(ref distance, i));
        int count = BitOperations.PopCount(before);
        i += count;
        at += count < TStep.Width ? 1 : 0;
    }

    /// <summary>How many times are written at once.</summary>
    private interface IStep
    {
        static abstract int Width { get; }

        /// <summary>Writes one answer for that many times, and returns a bit for each that lies before its end: the lowest ones.</summary>
        static abstract uint Write(long sample, long end, int answer, ref long time, ref int row, ref long distance);
    }

    private readonly struct Four : IStep
    {
        public static int Width => 4;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static uint Write(long sample, long end, int answer, ref long time, ref int row, ref long distance)
        {
            var times = Vector256.LoadUnsafe(ref time);
            Vector128.Create(answer).StoreUnsafe(ref row);
            (Vector256.Create(sample) - times).StoreUnsafe(ref distance);
            return Vector256.LessThan(times, Vector256.Create(end)).ExtractMostSignificantBits();
        }
    }

    private readonly struct Eight : IStep
    {
        public static int Width => 8;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static uint Write(long sample, long end, int answer, ref long time, ref int row, ref long distance)
        {
            Vector256.Create(answer).StoreUnsafe(ref row);
            if (Vector512.IsHardwareAccelerated)
            {
                var times = Vector512.LoadUnsafe(ref time);
                (Vector512.Create(sample) - times).StoreUnsafe(ref distance);
                return (uint)Vector512.LessThan(times, Vector512.Create(end)).ExtractMostSignificantBits();
            }

            var low = Vector256.LoadUnsafe(ref time);
            var high = Vector256.LoadUnsafe(ref time, 4);
            (Vector256.Create(sample) - low).StoreUnsafe(ref distance);
            (Vector256.Create(sample) - high).StoreUnsafe(ref distance, 4);
            return Vector256.LessThan(low, Vector256.Create(end)).ExtractMostSignificantBits() | (Vector256.LessThan(high, Vector256.Create(end)).ExtractMostSignificantBits() << 4);
        }
    }

    /// <summary>How far a part has come.</summary>
    /// <param name="Time">The next time.</param>
    /// <param name="Row">The sample that answers for it, or one before that.</param>
    [StructLayout(LayoutKind.Auto)]
    public readonly record struct Place(int Time, int Row);
}
