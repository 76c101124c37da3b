using Capture.Core.Time;

namespace Capture.Core.Tests.Time;

/// <summary>
/// A device's oscillator with a known truth: dx/dt = 1 + δ(t), δ a random walk around a fixed deviation. Device time counts from an arbitrary value.
/// Shares nothing with the estimators.
/// </summary>
internal sealed class SimulatedOscillator
{
    private const double Grid = 0.1;
    private readonly double[] _device;
    private readonly long _hostStart;
    private readonly long _firstTick;
    private readonly double _tickRate;

    /// <param name="wanderPpmPerRootMinute">Standard deviation of the rate's walk after a minute.</param>
    public SimulatedOscillator(Random random, double seconds, double tickRate, double ppm, double wanderPpmPerRootMinute, long firstTick = 0)
    {
        _tickRate = tickRate;
        _firstTick = firstTick;
        _hostStart = random.NextInt64(1_000_000_000L, 40_000_000_000_000L);
        int n = (int)(seconds / Grid) + 3;
        _device = new double[n];
        double delta = ppm * 1e-6;
        for (int i = 1; i < n; i++)
        {
            _device[i] = _device[i - 1] + (Grid * (1 + delta));
            delta += Noise.Normal(random) * wanderPpmPerRootMinute * 1e-6 * Math.Sqrt(Grid / 60);
        }
    }

    /// <summary>Host instant at true second <paramref name="t"/> of the run.</summary>
    public HostTime Host(double t) => new(_hostStart + (long)Math.Round(t * 1e9));

    /// <summary>What the device's counter shows at true second <paramref name="t"/>.</summary>
    public DeviceTicks TicksAt(double t)
    {
        int i = Math.Clamp((int)(t / Grid), 0, _device.Length - 2);
        double x = _device[i] + ((t - (i * Grid)) / Grid * (_device[i + 1] - _device[i]));
        return new DeviceTicks(_firstTick + (long)Math.Floor(x * _tickRate));
    }

    /// <summary>The true host instant at which the counter became <paramref name="ticks"/>.</summary>
    public HostTime Truth(DeviceTicks ticks)
    {
        double x = (ticks.Value - _firstTick) / _tickRate;
        int i = Array.BinarySearch(_device, x);
        i = Math.Clamp(i < 0 ? ~i - 1 : i, 0, _device.Length - 2);
        return Host((i * Grid) + ((x - _device[i]) / (_device[i + 1] - _device[i]) * Grid));
    }
}

internal static class Noise
{
    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Least delay plus a Lomax (Pareto II) tail, cut at a largest delay; seconds.</summary>
    public static double HeavyTail(Random random, double least, double scale, double shape, double most)
    {
        double d;
        do
        {
            d = least + (scale * (Math.Pow(1 - random.NextDouble(), -1 / shape) - 1));
        }
        while (d > most);

        return d;
    }

    public static double Exponential(Random random, double mean) => -mean * Math.Log(1 - random.NextDouble());
}

/// <summary>Collects errors (ns) against truth and what the bound said.</summary>
internal sealed class Score
{
    private readonly List<double> _errors = [];
    private readonly List<double> _bounds = [];
    private readonly List<double> _sigmas = [];
    private int _inside;

    public int Count => _errors.Count;

    public double Inside => _inside / (double)_errors.Count;

    public void Add(in TimeEstimate e, HostTime truth)
    {
        double error = Math.Abs((e.Instant - truth).Nanoseconds);
        _errors.Add(error);
        _sigmas.Add(e.Sigma.Nanoseconds);
        if (e.Bound is { } b)
        {
            _bounds.Add(b.Nanoseconds);
            _inside += error <= b.Nanoseconds ? 1 : 0;
        }
    }

    public double ErrorMs(double quantile) => Quantile(_errors, quantile) / 1e6;

    public double BoundMs(double quantile) => Quantile(_bounds, quantile) / 1e6;

    public string Line(string name) =>
        $"{name}: n {Count}, error p50 {ErrorMs(0.5):0.0000} p99 {ErrorMs(0.99):0.0000} max {ErrorMs(1):0.0000} ms; " +
        $"sigma p50 {Quantile(_sigmas, 0.5) / 1e6:0.0000} ms; bound p50 {BoundMs(0.5):0.0000} ms, inside {Inside:P3}";

    private static double Quantile(List<double> values, double q)
    {
        if (values.Count == 0)
        {
            return double.NaN;
        }

        double[] sorted = [.. values];
        Array.Sort(sorted);
        return sorted[Math.Min(sorted.Length - 1, (int)(q * sorted.Length))];
    }
}
