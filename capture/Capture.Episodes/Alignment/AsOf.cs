using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Capture.Episodes.Alignment;

/// <summary>
/// Which sample of a stream answers for each of many times: one pass over both, both ascending, nothing allocated. Times are int64 nanoseconds; rows are indices into the samples, −1 for none.
/// </summary>
/// <remarks>
/// Between two boundaries one sample answers for every time; <see cref="RunMerge"/> goes through most of them, and what it leaves is filled run by run.
/// </remarks>
public static class AsOf
{
    // Equal answers in a row, on average, below which steps of four are the faster ones (measured at 1 kHz against 30, 120 and 500 Hz).
    private const int ShortRun = 4;

    /// <summary>The last sample not after each time, and of several at one time the last.</summary>
    /// <param name="samples">Ascending; equal ones may follow each other.</param>
    /// <param name="times">Ascending.</param>
    /// <param name="toleranceNs">A sample further away (not: as far away) is none; <see cref="long.MaxValue"/>: no limit.</param>
    /// <param name="rows">One for each time.</param>
    /// <param name="distancesNs">Sample − time, one for each time; 0 where there is none.</param>
    /// <param name="from">Where to begin: 0, or what the call for the times before returned.</param>
    /// <returns>Where the call for later times may begin.</returns>
    public static int Previous(ReadOnlySpan<long> samples, ReadOnlySpan<long> times, long toleranceNs, Span<int> rows, Span<long> distancesNs, int from = 0)
    {
        CheckLengths(times, rows, distancesNs);
        int lead = samples.Length > 0 && from == 0 ? FillBefore(times, 0, samples[0], -1, 0, rows, distancesNs) : 0;
        int at;
        if (Halves(samples, times, lead, from, out RunMerge.Place first, out RunMerge.Place second, out bool shortRuns))
        {
            int half = second.Time;
            RunMerge.Walk<RunMerge.AtNext>(samples, times, rows, distancesNs, half, shortRuns, ref first, ref second);
            FillPrevious(samples, times[..half], first, rows, distancesNs);
            at = FillPrevious(samples, times, second, rows, distancesNs);
        }
        else
        {
            at = FillPrevious(samples, times, new RunMerge.Place(lead, from - 1), rows, distancesNs);
        }

        Limit(toleranceNs, rows, distancesNs);
        return Math.Max(at, 0);
    }

    /// <summary>The sample nearest to each time; of two equally near ones the later, of several at one time the last. (As polars' join_asof does.)</summary>
    /// <inheritdoc cref="Previous"/>
    public static int Nearest(ReadOnlySpan<long> samples, ReadOnlySpan<long> times, long toleranceNs, Span<int> rows, Span<long> distancesNs, int from = 0)
    {
        CheckLengths(times, rows, distancesNs);
        if (samples.IsEmpty)
        {
            rows[..times.Length].Fill(-1);
            distancesNs[..times.Length].Clear();
            return 0;
        }

        int at = LastEqual(samples, from);
        if (Halves(samples, times, 0, at, out RunMerge.Place first, out RunMerge.Place second, out bool shortRuns) && !HasEqual(samples, at, second, times[^1]))
        {
            int half = second.Time;
            RunMerge.Walk<RunMerge.HalfWay>(samples, times, rows, distancesNs, half, shortRuns, ref first, ref second);
            FillNearest(samples, times[..half], first, rows, distancesNs);
            at = FillNearest(samples, times, second, rows, distancesNs);
        }
        else
        {
            at = FillNearest(samples, times, new RunMerge.Place(0, at), rows, distancesNs);
        }

        Limit(toleranceNs, rows, distancesNs);
        return at;
    }

    /// <summary>For each time the samples in (time − before, time + after]: index of the first, and how many.</summary>
    /// <inheritdoc cref="Previous"/>
    public static int Window(ReadOnlySpan<long> samples, ReadOnlySpan<long> times, long beforeNs, long afterNs, Span<int> firsts, Span<int> counts, int from = 0)
    {
        int low = from;
        int high = from;
        for (int i = 0; i < times.Length; i++)
        {
            long since = Sum(times[i], -beforeNs);
            long until = Sum(times[i], afterNs);
            while (low < samples.Length && samples[low] <= since)
            {
                low++;
            }

            high = Math.Max(high, low);
            while (high < samples.Length && samples[high] <= until)
            {
                high++;
            }

            (firsts[i], counts[i]) = (low, high - low);
        }

        return low;
    }

    /// <summary>Copies the value of each answering sample; <paramref name="missing"/> where there is none.</summary>
    /// <typeparam name="T">A number.</typeparam>
    public static void Gather<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> rows, Span<T> target, T missing)
        where T : unmanaged
    {
        target = target[..rows.Length];
        ref T value = ref MemoryMarshal.GetReference(values);
        ref T to = ref MemoryMarshal.GetReference(target);
        ref int from = ref MemoryMarshal.GetReference(rows);
        var length = Vector256.Create((uint)values.Length);
        int i = 0;
        for (; i + 8 <= rows.Length; i += 8)
        {
            // One check for eight rows; −1 is a large number here.
            if (Vector256.GreaterThanOrEqualAny(Vector256.LoadUnsafe(ref from, (nuint)i).AsUInt32(), length))
            {
                GatherSome(values, rows.Slice(i, 8), target.Slice(i, 8), missing);
                continue;
            }

            Unsafe.Add(ref to, i) = Unsafe.Add(ref value, Unsafe.Add(ref from, i));
            Unsafe.Add(ref to, i + 1) = Unsafe.Add(ref value, Unsafe.Add(ref from, i + 1));
            Unsafe.Add(ref to, i + 2) = Unsafe.Add(ref value, Unsafe.Add(ref from, i + 2));
            Unsafe.Add(ref to, i + 3) = Unsafe.Add(ref value, Unsafe.Add(ref from, i + 3));
            Unsafe.Add(ref to, i + 4) = Unsafe.Add(ref value, Unsafe.Add(ref from, i + 4));
            Unsafe.Add(ref to, i + 5) = Unsafe.Add(ref value, Unsafe.Add(ref from, i + 5));
            Unsafe.Add(ref to, i + 6) = Unsafe.Add(ref value, Unsafe.Add(ref from, i + 6));
            Unsafe.Add(ref to, i + 7) = Unsafe.Add(ref value, Unsafe.Add(ref from, i + 7));
        }

        GatherSome(values, rows[i..], target[i..], missing);
    }

    /// <summary>a + b, held at the ends of int64.</summary>
    internal static long Sum(long a, long b)
    {
        long sum = unchecked(a + b);
        return ((a ^ sum) & (b ^ sum)) < 0 ? (a < 0 ? long.MinValue : long.MaxValue) : sum;
    }

    /// <summary>Cuts the times in two for <see cref="RunMerge"/>; false where they are too few, or so far apart that most samples answer for none.</summary>
    /// <param name="start">The first time to answer.</param>
    /// <param name="from">A sample not after it.</param>
    private static bool Halves(ReadOnlySpan<long> samples, ReadOnlySpan<long> times, int start, int from, out RunMerge.Place first, out RunMerge.Place second, out bool shortRuns)
    {
        (first, second, shortRuns) = (default, default, false);
        if (times.Length - start < RunMerge.LeastTimes || from + 1 >= samples.Length)
        {
            return false;
        }

        int half = start + ((times.Length - start) / 2);
        first = new RunMerge.Place(start, from);
        second = new RunMerge.Place(half, LastBefore(samples, times[half], from));
        int answers = LastBefore(samples, times[^1], second.Row) - from;
        shortRuns = answers > (times.Length - start) / ShortRun;
        return answers <= times.Length - start;
    }

    /// <summary>Whether samples at one time are among those that may answer until a last time.</summary>
    private static bool HasEqual(ReadOnlySpan<long> samples, int from, RunMerge.Place second, long lastTime)
    {
        // The answer may be one behind the last that is not later, and equal to the one behind that.
        int end = Math.Min(LastBefore(samples, lastTime, second.Row) + 3, samples.Length);
        ref long sample = ref MemoryMarshal.GetReference(samples);
        int i = from;
        for (; i + 5 <= end; i += 4)
        {
            if (Vector256.EqualsAny(Vector256.LoadUnsafe(ref sample, (nuint)i), Vector256.LoadUnsafe(ref sample, (nuint)i + 1)))
            {
                return true;
            }
        }

        for (; i + 1 < end; i++)
        {
            if (samples[i] == samples[i + 1])
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The last sample not after a time, looked for in growing strides; <paramref name="from"/> where that is after it.</summary>
    private static int LastBefore(ReadOnlySpan<long> samples, long time, int from)
    {
        int low = from;
        int stride = 1;
        while (low + stride < samples.Length && samples[low + stride] <= time)
        {
            low += stride;
            stride *= 2;
        }

        int high = (int)Math.Min((long)low + stride, samples.Length);
        while (high - low > 1)
        {
            int middle = (low + high) >>> 1;
            (low, high) = samples[middle] <= time ? (middle, high) : (low, middle);
        }

        return low;
    }

    private static int FillPrevious(ReadOnlySpan<long> samples, ReadOnlySpan<long> times, RunMerge.Place begin, Span<int> rows, Span<long> distances)
    {
        int next = begin.Row + 1;
        int i = begin.Time;
        while (i < times.Length)
        {
            long t = times[i];
            while (next < samples.Length && samples[next] <= t)
            {
                next++;
            }

            i = FillBefore(times, i, next < samples.Length ? samples[next] : null, next - 1, next > 0 ? samples[next - 1] : 0, rows, distances);
        }

        return next - 1;
    }

    private static int FillNearest(ReadOnlySpan<long> samples, ReadOnlySpan<long> times, RunMerge.Place begin, Span<int> rows, Span<long> distances)
    {
        int current = begin.Row;
        int i = begin.Time;
        while (i < times.Length)
        {
            long? boundary = null;
            int following = current;
            if (current + 1 < samples.Length)
            {
                following = LastEqual(samples, current + 1);
                boundary = RunMerge.HalfWay.Of(samples[current], samples[following]);
            }

            i = FillBefore(times, i, boundary, current, samples[current], rows, distances);
            current = i < times.Length ? following : current;
        }

        return current;
    }

    private static void GatherSome<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> rows, Span<T> target, T missing)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            uint row = (uint)rows[i];
            target[i] = row < (uint)values.Length ? values[(int)row] : missing;
        }
    }

    /// <summary>Writes one answer for all times before a boundary (null: for all that are left), and returns the index of the first time that is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FillBefore(ReadOnlySpan<long> times, int start, long? boundary, int row, long sample, Span<int> rows, Span<long> distances)
    {
        ref long time = ref MemoryMarshal.GetReference(times);
        ref int to = ref MemoryMarshal.GetReference(rows);
        ref long distance = ref MemoryMarshal.GetReference(distances);
        int count = times.Length;
        int i = start;
        long until = boundary.GetValueOrDefault();
        bool bounded = boundary.HasValue;
        if (row < 0)
        {
            for (; i < count && (!bounded || Unsafe.Add(ref time, i) < until); i++)
            {
                Unsafe.Add(ref to, i) = -1;
                Unsafe.Add(ref distance, i) = 0;
            }

            return i;
        }

        if (i + 8 <= count && (!bounded || Unsafe.Add(ref time, i + 7) < until))
        {
            Vector256<int> answer = Vector256.Create(row);
            Vector256<long> at = Vector256.Create(sample);
            do
            {
                answer.StoreUnsafe(ref to, (nuint)i);
                (at - Vector256.LoadUnsafe(ref time, (nuint)i)).StoreUnsafe(ref distance, (nuint)i);
                (at - Vector256.LoadUnsafe(ref time, (nuint)i + 4)).StoreUnsafe(ref distance, (nuint)i + 4);
                i += 8;
            }
            while (i + 8 <= count && (!bounded || Unsafe.Add(ref time, i + 7) < until));
        }

        for (; i < count; i++)
        {
            long t = Unsafe.Add(ref time, i);
            if (bounded && t >= until)
            {
                break;
            }

            Unsafe.Add(ref to, i) = row;
            Unsafe.Add(ref distance, i) = sample - t;
        }

        return i;
    }

    private static void Limit(long tolerance, Span<int> rows, Span<long> distances)
    {
        if (tolerance == long.MaxValue)
        {
            return;
        }

        for (int i = 0; i < rows.Length; i++)
        {
            if (distances[i] > tolerance || distances[i] < -tolerance)
            {
                (rows[i], distances[i]) = (-1, 0);
            }
        }
    }

    private static int LastEqual(ReadOnlySpan<long> samples, int index)
    {
        while (index + 1 < samples.Length && samples[index + 1] == samples[index])
        {
            index++;
        }

        return index;
    }

    private static void CheckLengths(ReadOnlySpan<long> times, Span<int> rows, Span<long> distances)
    {
        if (rows.Length != times.Length || distances.Length != times.Length)
        {
            throw new ArgumentException($"There are {times.Length} times, and room for {rows.Length} rows and {distances.Length} distances. Give one of each a time.", nameof(rows));
        }
    }
}
