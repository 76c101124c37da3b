namespace Calibration.Solving;

/// <param name="Robust">Where the influence of a block begins to fall, in deviations of the whole block (Cauchy's weight 1 / (1 + s/c²)); null: least squares.</param>
internal sealed record SolveOptions(double? Robust = null, int MaxIterations = 60);

/// <param name="Normal">JᵀWJ at the end, row-major.</param>
/// <param name="SquaredSum">Σ |r|² of the blocks that took part, without robust weights.</param>
internal sealed record Solved<TState>(TState State, double[] Normal, double SquaredSum, int BlocksUsed, int Iterations, bool Converged);

/// <summary>Levenberg–Marquardt on dense normal equations, for problems of up to some tens of unknowns.</summary>
/// <remarks>Source: Madsen, Nielsen, Tingleff, "Methods for non-linear least squares problems" (2004): damping by the gain ratio, scaled by the diagonal.</remarks>
internal static class LevenbergMarquardt
{
    private const double Done = 1e-12;

    public static Solved<TState> Solve<TState>(BlockProblem<TState> problem, TState start, SolveOptions? options = null)
    {
        options ??= new SolveOptions();
        int n = problem.Unknowns;
        double[] normal = new double[n * n];
        double[] gradient = new double[n];
        double[] trial = new double[n * n];
        double[] step = new double[n];
        TState state = start;
        double cost = Linearize(problem, state, options, normal, gradient, out double squares, out int used);
        double damping = 1e-4;
        double growth = 2;
        int iteration = 0;
        bool converged = false;
        for (; iteration < options.MaxIterations && !converged; iteration++)
        {
            normal.CopyTo(trial, 0);
            for (int i = 0; i < n; i++)
            {
                trial[(i * n) + i] += damping * Math.Max(normal[(i * n) + i], 1e-300);
                step[i] = -gradient[i];
            }

            if (!SymmetricSystem.Factor(trial, n))
            {
                damping *= 10;
                if (damping > 1e12)
                {
                    break;
                }

                continue;
            }

            SymmetricSystem.Solve(trial, n, step);
            double expected = 0;
            for (int i = 0; i < n; i++)
            {
                expected += step[i] * ((damping * normal[(i * n) + i] * step[i]) - gradient[i]);
            }

            TState moved = problem.Moved(state, step);
            double movedCost = Cost(problem, moved, options, out int movedUsed);

            // Fewer blocks cost less: compare by block, so that a state that leaves the data behind does not win.
            double better = movedUsed == 0 ? double.NegativeInfinity : cost - (movedCost * used / movedUsed);
            if (better >= 0)
            {
                double gain = expected > 0 ? 2 * better / expected : 1;
                converged = expected <= Done * (cost + 1e-30) || better <= Done * cost;
                state = moved;
                cost = Linearize(problem, state, options, normal, gradient, out squares, out used);
                damping = Math.Max(1e-12, damping * Math.Max(1.0 / 3, 1 - Math.Pow(gain - 1, 3)));
                growth = 2;
            }
            else
            {
                converged = expected <= Done * cost;
                damping *= growth;
                growth *= 2;
                if (!double.IsFinite(damping) || damping > 1e15)
                {
                    break;
                }
            }
        }

        return new Solved<TState>(state, normal, squares, used, iteration, converged);
    }

    private static double Linearize<TState>(BlockProblem<TState> problem, in TState state, SolveOptions options, double[] normal, double[] gradient, out double squares, out int used)
    {
        int n = problem.Unknowns;
        int rows = problem.BlockSize;
        double[] residuals = new double[rows];
        double[] jacobian = new double[rows * n];
        Array.Clear(normal);
        Array.Clear(gradient);
        double cost = 0;
        squares = 0;
        used = 0;
        for (int block = 0; block < problem.Blocks; block++)
        {
            if (!problem.Evaluate(state, block, residuals, jacobian))
            {
                continue;
            }

            used++;
            double s = Square(residuals);
            squares += s;
            cost += Loss(s, options, out double weight);
            for (int r = 0; r < rows; r++)
            {
                ReadOnlySpan<double> row = jacobian.AsSpan(r * n, n);
                for (int i = 0; i < n; i++)
                {
                    double wi = weight * row[i];
                    if (wi == 0)
                    {
                        continue;
                    }

                    gradient[i] += wi * residuals[r];
                    for (int j = 0; j <= i; j++)
                    {
                        normal[(i * n) + j] += wi * row[j];
                    }
                }
            }
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = i + 1; j < n; j++)
            {
                normal[(i * n) + j] = normal[(j * n) + i];
            }
        }

        return cost;
    }

    private static double Cost<TState>(BlockProblem<TState> problem, in TState state, SolveOptions options, out int used)
    {
        double[] residuals = new double[problem.BlockSize];
        double cost = 0;
        used = 0;
        for (int block = 0; block < problem.Blocks; block++)
        {
            if (problem.Evaluate(state, block, residuals, []))
            {
                used++;
                cost += Loss(Square(residuals), options, out _);
            }
        }

        return double.IsFinite(cost) ? cost : double.PositiveInfinity;
    }

    private static double Loss(double square, SolveOptions options, out double weight)
    {
        if (options.Robust is not { } c)
        {
            weight = 1;
            return square / 2;
        }

        double ratio = square / (c * c);
        weight = 1 / (1 + ratio);
        return c * c / 2 * Math.Log(1 + ratio);
    }

    private static double Square(ReadOnlySpan<double> residuals)
    {
        double sum = 0;
        foreach (double r in residuals)
        {
            sum += r * r;
        }

        return sum;
    }
}
