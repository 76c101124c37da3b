namespace Calibration;

/// <summary>Why a calibration stopped, so that a program can choose its exit code.</summary>
public enum CalibrationProblem
{
    /// <summary>What was asked for cannot be understood: a target, a pattern of file names, a column.</summary>
    Asked,

    /// <summary>The data are there and cannot give the answer, or are wrong.</summary>
    Data,

    /// <summary>A file, a library or a permission is missing.</summary>
    Environment,
}

/// <summary>Trouble with a calibration: what, where, and what to do.</summary>
public sealed class CalibrationException : Exception
{
    /// <param name="what">What is wrong, as half a sentence without a full stop.</param>
    /// <param name="where">The file, option or stream.</param>
    /// <param name="remedy">What to do about it, as a whole sentence.</param>
    public CalibrationException(CalibrationProblem problem, string what, string where, string remedy, Exception? inner = null)
        : base($"{where}: {what}. {remedy}", inner)
    {
        Problem = problem;
    }

    /// <summary>The same trouble, carried over from another thread.</summary>
    public CalibrationException(CalibrationException other)
        : base(other.Message, other)
    {
        Problem = other.Problem;
    }

    public CalibrationProblem Problem { get; }
}
