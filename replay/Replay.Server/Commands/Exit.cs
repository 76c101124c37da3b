namespace Replay.Server.Commands;

/// <summary>Exit codes, the same for every program of the project.</summary>
internal static class Exit
{
    public const int Good = 0;

    /// <summary>Something was examined and found wrong.</summary>
    public const int FoundWrong = 1;

    public const int Usage = 2;

    /// <summary>The machine or a file does not allow it.</summary>
    public const int Environment = 3;

    /// <summary>Says why, and returns the code.</summary>
    public static int With(int code, string why)
    {
        Console.Error.WriteLine($"replay: {why}");
        return code;
    }
}
