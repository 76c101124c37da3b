namespace Replay.Browser.Tests.Processes;

/// <summary>The built programs, found from the tests' own folder.</summary>
internal static class Programs
{
    private static readonly Lazy<string> s_board = new(FindBoard);

    /// <summary>The repository.</summary>
    public static string Root { get; } = FindRoot();

    public static string CaptureDll => Built("capture/Capture.Agent", "capture.dll");

    public static string RigDll => Built("tests/Capture.Simulation", "bench-rig.dll");

    public static string ReplayDll => Built("replay/Replay.Server", "replay.dll");

    /// <summary>The firmware's host build: CAPTURE_BENCH_BOARD, else built where `run` builds it.</summary>
    public static string Board => s_board.Value;

    /// <summary>Runs one of our programs to its end and returns what it printed. Asserts that it ended well.</summary>
    public static string Run(string dll, params string[] arguments) => RunProgram("dotnet", [dll, .. arguments]);

    private static string RunProgram(string program, string[] arguments)
    {
        using var running = new RunningProgram(program, arguments);
        int exit = running.WaitForExit(TimeSpan.FromMinutes(2));
        Assert.That(exit, Is.Zero, $"{program} {string.Join(' ', arguments)}\n{running.Output}\n{running.Errors}");
        return running.Output;
    }

    private static string Built(string project, string file)
    {
        // .../bin/Release/net10.0/ → Release
        string configuration = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/')).Parent!.Name;
        string path = Path.Combine(Root, project, "bin", configuration, "net10.0", file);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is not built; `dotnet build tests/Replay.Browser.Tests` builds it.");
    }

    private static string FindBoard()
    {
        if (Environment.GetEnvironmentVariable("CAPTURE_BENCH_BOARD") is { Length: > 0 } given && File.Exists(given))
        {
            return given;
        }

        string folder = Path.Combine(Root, "artifacts", "firmware");
        RunProgram("make", ["-s", "-C", Path.Combine(Root, "firmware-bridge", "firmware"), "OUT=" + folder]);
        return Path.Combine(folder, "bench-board");
    }

    private static string FindRoot()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Capture.sln")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new InvalidOperationException($"no Capture.sln above {AppContext.BaseDirectory}");
    }
}
