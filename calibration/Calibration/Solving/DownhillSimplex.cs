namespace Calibration.Solving;

/// <summary>A function of a few unknowns, made small without derivatives.</summary>
/// <remarks>Source: J. Nelder, R. Mead, "A simplex method for function minimization" (1965), with the usual coefficients 1, 2, ½, ½.</remarks>
internal static class DownhillSimplex
{
    public delegate double Function(ReadOnlySpan<double> at);

    public static double[] Minimize(Function function, double[] start, double size, int maxEvaluations, double tolerance = 1e-4)
    {
        int n = start.Length;
        var points = new (double[] At, double Value)[n + 1];
        for (int i = 0; i <= n; i++)
        {
            double[] at = [.. start];
            if (i > 0)
            {
                at[i - 1] += size;
            }

            points[i] = (at, function(at));
        }

        double[] centre = new double[n];
        double[] Along(double factor) => [.. centre.Select((c, i) => c + (factor * (points[n].At[i] - c)))];
        for (int evaluations = n + 1; evaluations < maxEvaluations;)
        {
            Array.Sort(points, static (a, b) => a.Value.CompareTo(b.Value));
            if (points[n].Value - points[0].Value < tolerance && double.IsFinite(points[n].Value))
            {
                break;
            }

            for (int i = 0; i < n; i++)
            {
                centre[i] = points.Take(n).Average(p => p.At[i]);
            }

            double[] reflected = Along(-1);
            double value = function(reflected);
            evaluations++;
            if (value < points[0].Value)
            {
                double[] further = Along(-2);
                double furtherValue = function(further);
                evaluations++;
                points[n] = furtherValue < value ? (further, furtherValue) : (reflected, value);
            }
            else if (value < points[n - 1].Value)
            {
                points[n] = (reflected, value);
            }
            else
            {
                double[] inner = Along(value < points[n].Value ? -0.5 : 0.5);
                double innerValue = function(inner);
                evaluations++;
                if (innerValue < Math.Min(value, points[n].Value))
                {
                    points[n] = (inner, innerValue);
                }
                else
                {
                    for (int i = 1; i <= n; i++)
                    {
                        double[] at = [.. points[i].At.Select((v, k) => points[0].At[k] + (0.5 * (v - points[0].At[k])))];
                        points[i] = (at, function(at));
                        evaluations++;
                    }
                }
            }
        }

        return points.MinBy(p => p.Value).At;
    }
}
