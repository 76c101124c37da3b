namespace Replay.Labels;

/// <summary>The log or a release cannot be opened or written: what, where, what to do.</summary>
public sealed class LabelLogException(string what, string where, string remedy, Exception? inner = null)
    : IOException($"{where}: {what}. {remedy}", inner)
{
    public string What { get; } = what;

    public string Where { get; } = where;

    public string Remedy { get; } = remedy;
}
