namespace EndToEnd.Processes;

/// <summary>The built programs, found from the tests' own folder, and other programs that tests call.</summary>
internal static class Programs
{
    private static readonly Lazy<string> s_board = new(FindBoard);

    /// <summary>The repository.</summary>
    public static string Root { get; } = FindRoot();

    public static string CaptureDll { get; } = Built("capture/Capture.Agent", "capture.dll");

    public static string ReplayDll { get; } = Built("replay/Replay.Server", "replay.dll");

    public static string CalibrateDll { get; } = Built("calibration/Calibrate", "calibrate.dll");

    public static string RigDll { get; } = Built("tests/Capture.Simulation", "bench-rig.dll");

    /// <summary>The firmware's host build: CAPTURE_BENCH_BOARD, else built where `run` builds it.</summary>
    public static string Board => s_board.Value;

    /// <summary>Runs a program to its end. Its whole tree is killed when it takes longer than <paramref name="patience"/>.</summary>
    public static Finished Run(string program, IEnumerable<string> arguments, TimeSpan? patience = null, IReadOnlyDictionary<string, string>? environment = null, byte[]? input = null)
    {
        using var running = new RunningProgram(program, arguments, environment, input);
        return running.WaitForExit(patience ?? TimeSpan.FromSeconds(60));
    }

    /// <summary>Whether the user may mount and change users.</summary>
    public static bool IsRoot => Environment.UserName == "root";

    /// <summary>The first folder of PATH that has the program, or null.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/sbin").Select(p => Path.Combine(p, program)).FirstOrDefault(File.Exists);

    private static string Built(string project, string file)
    {
        // .../bin/Release/net10.0/ → Release
        string configuration = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/')).Parent!.Name;
        string path = Path.Combine(Root, project, "bin", configuration, "net10.0", file);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is not built; `dotnet build tests/EndToEnd` builds it.");
    }

    private static string FindBoard()
    {
        if (Environment.GetEnvironmentVariable("CAPTURE_BENCH_BOARD") is { Length: > 0 } given && File.Exists(given))
        {
            return given;
        }

        string folder = Path.Combine(Root, "artifacts", "firmware");
        Finished made = Run("make", ["-s", "-C", Path.Combine(Root, "firmware-bridge", "firmware"), "OUT=" + folder], TimeSpan.FromMinutes(2));
        return made.Exit == 0 ? Path.Combine(folder, "bench-board") : throw new InvalidOperationException("make of the firmware: " + made.Errors);
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

/// <summary>What a program left when it ended.</summary>
internal sealed record Finished(int Exit, byte[] OutputBytes, string Errors, TimeSpan Took)
{
    public string Output => System.Text.Encoding.UTF8.GetString(OutputBytes);

    public override string ToString() => $"exit {Exit} after {Took.TotalSeconds:0.0} s\n{Output}\n{Errors}";
}
