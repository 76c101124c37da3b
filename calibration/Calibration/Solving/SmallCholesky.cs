namespace Calibration.Solving;

/// <summary>Cholesky on 6 × 6 matrices in place: the block of one pose.</summary>
internal static class SmallCholesky
{
    /// <summary>Overwrites <paramref name="m"/> (row after row, symmetric) by its factor and the right side by the answer.</summary>
    /// <returns>False when the matrix is not positive definite.</returns>
    public static bool Solve6(Span<double> m, Span<double> side)
    {
        if (!Factor6(m))
        {
            return false;
        }

        Substitute6(m, side);
        return true;
    }

    public static bool Factor6(Span<double> m)
    {
        for (int r = 0; r < 6; r++)
        {
            for (int c = 0; c <= r; c++)
            {
                double sum = m[(r * 6) + c];
                for (int k = 0; k < c; k++)
                {
                    sum -= m[(r * 6) + k] * m[(c * 6) + k];
                }

                if (r == c)
                {
                    if (!(sum > 0) || !double.IsFinite(sum))
                    {
                        return false;
                    }

                    m[(r * 6) + r] = Math.Sqrt(sum);
                }
                else
                {
                    m[(r * 6) + c] = sum / m[(c * 6) + c];
                }
            }
        }

        return true;
    }

    public static void Substitute6(ReadOnlySpan<double> factor, Span<double> side)
    {
        for (int r = 0; r < 6; r++)
        {
            for (int k = 0; k < r; k++)
            {
                side[r] -= factor[(r * 6) + k] * side[k];
            }

            side[r] /= factor[(r * 6) + r];
        }

        for (int r = 5; r >= 0; r--)
        {
            for (int k = r + 1; k < 6; k++)
            {
                side[r] -= factor[(k * 6) + r] * side[k];
            }

            side[r] /= factor[(r * 6) + r];
        }
    }
}
