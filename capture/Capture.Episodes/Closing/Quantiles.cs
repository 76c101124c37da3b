using System.Numerics;
using Capture.Episodes.Manifest;

namespace Capture.Episodes.Closing;

/// <summary>Quantiles of non-negative nanoseconds in fixed memory: each is exact to 1/64 of its value, the largest exact.</summary>
internal sealed class Quantiles
{
    private const int SubBits = 6;
    private readonly long[] _counts = new long[(64 - SubBits + 1) << SubBits];
    private long _max;

    public long Count { get; private set; }

    public void Add(long value)
    {
        value = Math.Max(value, 0);
        _counts[Bucket(value)]++;
        _max = Math.Max(_max, value);
        Count++;
    }

    /// <summary>The value below which this share of all lies.</summary>
    public long At(double share)
    {
        long rank = (long)Math.Ceiling(share * Count);
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank && seen > 0)
            {
                return Math.Min(UpperEnd(i), _max);
            }
        }

        return _max;
    }

    public ManifestSpread? Spread() => Count == 0 ? null : new ManifestSpread(At(0.5), At(0.99), _max);

    private static int Bucket(long value)
    {
        int exponent = Math.Max(BitOperations.Log2((ulong)value | 1) - SubBits, 0);
        return (exponent << SubBits) + (int)(value >> exponent);
    }

    private static long UpperEnd(int bucket)
    {
        if (bucket < 2 << SubBits)
        {
            return bucket;
        }

        int exponent = (bucket >> SubBits) - 1;
        long mantissa = bucket - ((long)exponent << SubBits);
        return ((mantissa + 1) << exponent) - 1;
    }
}
