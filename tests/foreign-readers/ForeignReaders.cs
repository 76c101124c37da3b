using System.Diagnostics;
using System.Text.Json;

namespace Capture.Tests.Foreign;

/// <summary>
/// Runs other implementations of Arrow (see package.json beside this file) on files. Test projects compile this file in.
/// The packages are installed when they are not there; a reader that cannot be had fails the test that wants it.
/// </summary>
internal static class ForeignReaders
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private static readonly string[] s_needed = ["apache-arrow", "nodejs-polars", "nodejs-polars-linux-x64-gnu", "parquet-wasm"];

    /// <summary>The folder of the scripts, found from the tests' own folder upwards.</summary>
    public static string Folder { get; } = FindFolder();

    /// <summary>Installs the packages unless they are there. Several test processes may call at once: one installs, the others wait.</summary>
    public static void Install()
    {
        using FileStream guard = Lock();
        if (s_needed.All(p => File.Exists(Path.Combine(Folder, "node_modules", p, "package.json"))))
        {
            return;
        }

        (int exit, string output, string errors) = Run("npm", "ci", "--no-audit", "--no-fund");
        if (exit != 0)
        {
            throw new InvalidOperationException($"'npm ci' in {Folder} ended with {exit}. Node 20 and npm are needed to read our files with other implementations.\n{output}\n{errors}");
        }
    }

    /// <summary>What apache-arrow (JavaScript) reads in each file: one JSON object a file, as read-arrow-js.mjs prints it.</summary>
    public static IReadOnlyList<JsonElement> ReadWithArrowJs(params string[] files) => Lines("read-arrow-js.mjs", allowErrors: false, files);

    /// <summary>What polars reads in each file: one JSON object a file, as read-polars.mjs prints it.</summary>
    public static IReadOnlyList<JsonElement> ReadWithPolars(params string[] files) => Lines("read-polars.mjs", allowErrors: false, files);

    /// <summary>The same, where a file that a reader refuses is an answer too: its line has <c>error</c>.</summary>
    public static IReadOnlyList<JsonElement> TryRead(string script, params string[] files) => Lines(script, allowErrors: true, files);

    /// <summary>Lets a script of the folder write its sample files; one JSON object a file.</summary>
    public static IReadOnlyList<JsonElement> Write(string script, string folder) => Lines(script, allowErrors: false, [folder]);

    /// <summary>
    /// Lets a peer (arrow-js, polars, arrow-rs) read files and write them again into a folder, as peer.mjs has it: one JSON object a file, with <c>out</c> or <c>error</c>.
    /// </summary>
    public static IReadOnlyList<JsonElement> ThroughPeer(string peer, string folder, params string[] files) => Lines("peer.mjs", allowErrors: false, [peer, folder, .. files]);

    private static JsonElement[] Lines(string script, bool allowErrors, string[] arguments)
    {
        (int exit, string output, string errors) = Run("node", [Path.Combine(Folder, script), .. arguments]);
        if (exit != 0 && !(allowErrors && exit == 1))
        {
            throw new InvalidOperationException($"{script} ended with {exit}:\n{output}\n{errors}");
        }

        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static (int Exit, string Output, string Errors) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"'{program}' did not start.");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"'{program} {string.Join(' ', arguments)}' did not end within {s_patience}.");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }

    private static FileStream Lock()
    {
        string path = Path.Combine(Folder, ".install-lock");
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (waited.Elapsed < s_patience)
            {
                Thread.Sleep(100);
            }
        }
    }

    private static string FindFolder()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string folder = Path.Combine(at.FullName, "tests", "foreign-readers");
            if (File.Exists(Path.Combine(folder, "package.json")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException($"No tests/foreign-readers above {AppContext.BaseDirectory}.");
    }
}
