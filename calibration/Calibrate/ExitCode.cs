namespace Calibrate;

/// <summary>What every command of `calibrate` returns.</summary>
internal static class ExitCode
{
    /// <summary>Done, and nothing wrong.</summary>
    public const int Good = 0;

    /// <summary>The data were found wrong, or not enough for an answer; also a result whose verdict is red.</summary>
    public const int FoundWrong = 1;

    /// <summary>The command line cannot be understood.</summary>
    public const int Usage = 2;

    /// <summary>The environment does not allow it: a file, a library, a permission.</summary>
    public const int Environment = 3;
}
