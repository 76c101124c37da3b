namespace Calibration.Solving;

/// <summary>
/// A least-squares problem made of independent blocks of residuals over a few unknowns that all blocks share. The unknowns live in a state of the problem's own kind (poses, offsets);
/// the solver only sees small changes of it.
/// </summary>
internal abstract class BlockProblem<TState>
{
    /// <summary>Numbers in a change of the state.</summary>
    public abstract int Unknowns { get; }

    public abstract int Blocks { get; }

    /// <summary>Residuals of one block.</summary>
    public abstract int BlockSize { get; }

    /// <summary>One block at a state. Residuals are in units of their deviation (whitened).</summary>
    /// <param name="residuals"><see cref="BlockSize"/> numbers.</param>
    /// <param name="jacobian">d residual / d change, row by row; empty when not wanted.</param>
    /// <returns>False where the block says nothing at this state (outside a stream's range): it is left out.</returns>
    public abstract bool Evaluate(in TState state, int block, Span<double> residuals, Span<double> jacobian);

    /// <summary>The state after a change.</summary>
    public abstract TState Moved(in TState state, ReadOnlySpan<double> change);
}
