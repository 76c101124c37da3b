namespace Capture.Agent.Rig;

/// <summary>One thing that is wrong with a rig file: where, what, and what was expected.</summary>
/// <param name="Line">From 1; 0 when the whole file is meant.</param>
/// <param name="Key">Path of the key, as <c>streams.front.fps</c>; empty for the whole file.</param>
public readonly record struct RigProblem(string File, int Line, string Key, string Message)
{
    public override string ToString() =>
        (Line > 0 ? $"{File}:{Line}: " : $"{File}: ") + (Key.Length > 0 ? $"{Key}: " : "") + Message;
}

/// <summary>A rig file that cannot be used. Holds everything that is wrong, not only the first.</summary>
public sealed class RigException(IReadOnlyList<RigProblem> problems)
    : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<RigProblem> Problems { get; } = problems;
}
