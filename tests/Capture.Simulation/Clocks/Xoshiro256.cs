namespace Capture.Simulation.Clocks;

/// <summary>
/// The simulator's own random numbers: xoshiro256** seeded by splitmix64 (Blackman and Vigna, public domain). Written out here so that a seed gives the
/// same run on every runtime for ever; System.Random promises no such thing.
/// </summary>
public sealed class Xoshiro256
{
    private ulong _s0, _s1, _s2, _s3;

    public Xoshiro256(ulong seed)
    {
        _s0 = SplitMix64(ref seed);
        _s1 = SplitMix64(ref seed);
        _s2 = SplitMix64(ref seed);
        _s3 = SplitMix64(ref seed);
    }

    /// <summary>A generator of its own for one subject, so that drawing more numbers in one place changes nothing in another.</summary>
    public static Xoshiro256 For(ulong seed, string subject) => new(Derive(seed, subject));

    /// <summary>FNV-1a of the subject mixed with the seed.</summary>
    public static ulong Derive(ulong seed, string subject)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in subject)
        {
            hash = (hash ^ c) * 1099511628211;
        }

        ulong mixed = seed ^ hash;
        return SplitMix64(ref mixed);
    }

    /// <summary>A number in [0, 1) that depends on nothing but seed and index: noise of sample n without drawing n numbers before it.</summary>
    public static double UnitAt(ulong seed, long index)
    {
        ulong state = seed + ((ulong)index * 0x9E3779B97F4A7C15);
        return ToUnit(SplitMix64(ref state));
    }

    public ulong Next()
    {
        ulong result = ulong.RotateLeft(_s1 * 5, 7) * 9;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = ulong.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double Unit() => ToUnit(Next());

    /// <summary>Uniform in [low, high).</summary>
    public double Between(double low, double high) => low + ((high - low) * Unit());

    /// <summary>Normal with mean 0 and deviation 1 (Box and Muller; the second value is thrown away to keep one draw one value).</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - Unit())) * Math.Cos(2 * Math.PI * Unit());

    /// <summary>Exponential with mean 1.</summary>
    public double Exponential() => -Math.Log(1 - Unit());

    private static double ToUnit(ulong bits) => (bits >> 11) * (1.0 / (1UL << 53));

    private static ulong SplitMix64(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
