namespace EndToEnd.Processes;

/// <summary>The program under test, as an operator starts it.</summary>
internal static class CaptureProgram
{
    public static Finished Run(params string[] arguments) => Programs.Run("dotnet", [Programs.CaptureDll, .. arguments]);

    public static Finished RunWith(RigProcess rig, params string[] arguments) => Programs.Run("dotnet", [Programs.CaptureDll, .. arguments], environment: rig.Environment);

    public static Finished RunWithInput(byte[] input, params string[] arguments) => Programs.Run("dotnet", [Programs.CaptureDll, .. arguments], input: input);

    /// <summary>Starts a recording and returns as soon as rows of the named stream are on disk.</summary>
    public static (RunningProgram Program, string Episode) StartRecording(RigProcess rig, string folder, string stream, params string[] more)
    {
        var running = new RunningProgram("dotnet", [Programs.CaptureDll, "record", rig.RigFile, "--out", folder, "--json", .. more], rig.Environment);
        try
        {
            return (running, WaitForRows(running, folder, stream));
        }
        catch
        {
            running.Dispose();
            throw;
        }
    }

    /// <summary>The only episode of a folder.</summary>
    public static string EpisodeOf(string folder) => Directory.GetDirectories(folder, "*.episode").Single();

    private static string WaitForRows(RunningProgram running, string folder, string stream)
    {
        // A file longer than its schema has rows.
        const int SchemaBytes = 8 * 1024;
        for (int i = 0; i < 6000; i++)
        {
            string? file = Directory.Exists(folder) ? Directory.GetFiles(folder, stream + ".arrow", SearchOption.AllDirectories).SingleOrDefault() : null;
            if (file is not null && new FileInfo(file).Length > SchemaBytes)
            {
                return EpisodeOf(folder);
            }

            if (running.HasExited)
            {
                throw new InvalidOperationException("capture ended before it recorded: " + running.WaitForExit(TimeSpan.FromSeconds(1)));
            }

            Thread.Sleep(5);
        }

        throw new TimeoutException("capture recorded nothing within 30 s");
    }
}
