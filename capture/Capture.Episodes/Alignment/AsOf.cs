using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Capture.Episodes.Alignment;

/// <summary>
/// Which sample of a stream answers for each of many times: one pass over both, both ascending, nothing allocated. Times are int64 nanoseconds; rows are indices into the samples, −1 for none.
/// </summary>
/// <remarks>
/// Between two boundaries one sample answers for every time, so a boundary is looked for eight times at once: the last of eight lies before it, or it does not. That is what a 30 Hz stream on a
/// 1 kHz one needs (33 equal answers in a row); a branch-free merge was measured slower than both.
/// </remarks>
public static class AsOf
{
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
        int next = from;
        int i = 0;
        while (i < times.Length)
        {
            long t = times[i];
            while (next < samples.Length && samples[next] <= t)
            {
                next++;
            }

            i = FillBefore(times, i, next < samples.Length ? samples[next] : null, next - 1, next > 0 ? samples[next - 1] : 0, rows, distancesNs);
        }

        Limit(toleranceNs, rows, distancesNs);
        return Math.Max(next - 1, 0);
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

        int current = LastEqual(samples, from);
        int i = 0;
        while (i < times.Length)
        {
            // The sample answers until half way to the next one; there, the next one does.
            long? boundary = null;
            int following = current;
            if (current + 1 < samples.Length)
            {
                following = current + 1;
                long sample = samples[following];
                if (following + 1 < samples.Length && samples[following + 1] == sample)
                {
                    following = LastEqual(samples, following);
                }

                ulong gap = (ulong)sample - (ulong)samples[current];
                boundary = (long)((ulong)samples[current] + (gap >> 1) + (gap & 1));
            }

            i = FillBefore(times, i, boundary, current, samples[current], rows, distancesNs);
            current = i < times.Length ? following : current;
        }

        Limit(toleranceNs, rows, distancesNs);
        return current;
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
        for (int i = 0; i < target.Length; i++)
        {
            uint row = (uint)rows[i];
            target[i] = row < (uint)values.Length ? values[(int)row] : missing;
        }
    }

    /// <summary>a + b, held at the ends of int64.</summary>
    internal static long Sum(long a, long b)
    {
        long sum = unchecked(a + b);
        return ((a ^ sum) & (b ^ sum)) < 0 ? (a < 0 ? long.MinValue : long.MaxValue) : sum;
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
