namespace Calibration.Solving;

/// <summary>Small symmetric positive definite matrices, row-major in a flat array: factor, solve, invert.</summary>
internal static class SymmetricSystem
{
    /// <summary>Replaces the lower triangle by L with A = L Lᵀ. False where A is not positive definite.</summary>
    public static bool Factor(Span<double> a, int n)
    {
        for (int j = 0; j < n; j++)
        {
            for (int i = j; i < n; i++)
            {
                double sum = a[(i * n) + j];
                for (int k = 0; k < j; k++)
                {
                    sum -= a[(i * n) + k] * a[(j * n) + k];
                }

                if (i == j)
                {
                    if (!(sum > 0) || !double.IsFinite(sum))
                    {
                        return false;
                    }

                    a[(j * n) + j] = Math.Sqrt(sum);
                }
                else
                {
                    a[(i * n) + j] = sum / a[(j * n) + j];
                }
            }
        }

        return true;
    }

    /// <summary>x ← L⁻¹ x.</summary>
    public static void SolveLower(ReadOnlySpan<double> l, int n, Span<double> x, int stride = 1, int offset = 0)
    {
        for (int i = 0; i < n; i++)
        {
            double sum = x[(i * stride) + offset];
            for (int k = 0; k < i; k++)
            {
                sum -= l[(i * n) + k] * x[(k * stride) + offset];
            }

            x[(i * stride) + offset] = sum / l[(i * n) + i];
        }
    }

    /// <summary>x ← A⁻¹ x, A = L Lᵀ.</summary>
    public static void Solve(ReadOnlySpan<double> l, int n, Span<double> x)
    {
        SolveLower(l, n, x);
        for (int i = n - 1; i >= 0; i--)
        {
            double sum = x[i];
            for (int k = i + 1; k < n; k++)
            {
                sum -= l[(k * n) + i] * x[k];
            }

            x[i] = sum / l[(i * n) + i];
        }
    }

    /// <summary>A⁻¹, or null where A is not positive definite. Rows and columns are scaled to a unit diagonal first, so that metres and radians do not spoil it.</summary>
    public static double[]? Inverse(ReadOnlySpan<double> a, int n)
    {
        double[] scale = new double[n];
        double[] factor = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            double d = a[(i * n) + i];
            if (!(d > 0) || !double.IsFinite(d))
            {
                return null;
            }

            scale[i] = 1 / Math.Sqrt(d);
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                factor[(i * n) + j] = a[(i * n) + j] * scale[i] * scale[j];
            }
        }

        if (!Factor(factor, n))
        {
            return null;
        }

        double[] inverse = new double[n * n];
        double[] column = new double[n];
        for (int j = 0; j < n; j++)
        {
            Array.Clear(column);
            column[j] = 1;
            Solve(factor, n, column);
            for (int i = 0; i < n; i++)
            {
                inverse[(i * n) + j] = column[i] * scale[i] * scale[j];
            }
        }

        return inverse;
    }

    /// <summary>log det A of a factored matrix.</summary>
    public static double LogDeterminant(ReadOnlySpan<double> l, int n)
    {
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            sum += 2 * Math.Log(l[(i * n) + i]);
        }

        return sum;
    }
}
