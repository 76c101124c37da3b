namespace Capture.Episodes;

/// <summary>What kind of trouble an episode is in, so that a program can choose its exit code.</summary>
public enum EpisodeProblem
{
    /// <summary>The folder or file is not an episode, or not a part of one.</summary>
    NotAnEpisode,

    /// <summary>It is an episode, and something in it is damaged.</summary>
    Damaged,

    /// <summary>It was written by a later version.</summary>
    TooNew,

    /// <summary>A recorder holds it.</summary>
    Held,

    /// <summary>What was asked for does not fit the rules of the format (a name used twice …).</summary>
    Invalid,

    /// <summary>The disk is full, or refuses to be written.</summary>
    Disk,
}

/// <summary>Trouble with an episode: what, where, and what to do.</summary>
public sealed class EpisodeException : IOException
{
    public EpisodeException(EpisodeProblem problem, string what, string where, string remedy, Exception? inner = null)
        : base($"{where}: {what}. {remedy}", inner)
    {
        Problem = problem;
        What = what;
        Where = where;
        Remedy = remedy;
    }

    public EpisodeProblem Problem { get; }

    /// <summary>What is wrong, as half a sentence.</summary>
    public string What { get; }

    /// <summary>File or folder, with the member or offset where there is one.</summary>
    public string Where { get; }

    /// <summary>What to do about it, as a whole sentence.</summary>
    public string Remedy { get; }
}
