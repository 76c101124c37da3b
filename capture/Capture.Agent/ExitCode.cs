namespace Capture.Agent;

/// <summary>What every command of `capture` returns.</summary>
internal static class ExitCode
{
    /// <summary>Done, and nothing wrong.</summary>
    public const int Good = 0;

    /// <summary>Done, and something wrong was found in what was looked at.</summary>
    public const int FoundWrong = 1;

    /// <summary>The command line or the rig file cannot be understood.</summary>
    public const int Usage = 2;

    /// <summary>The environment does not allow it: a device, a file, a permission, the disk.</summary>
    public const int Environment = 3;
}
