namespace Benchmarks.Measuring;

/// <summary>A folder for files of a run; gone afterwards.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public ScratchFolder(string? under)
    {
        Path = under is null
            ? Directory.CreateTempSubdirectory("capture-bench-").FullName
            : Directory.CreateDirectory(System.IO.Path.Combine(under, $"capture-bench-{Environment.ProcessId}")).FullName;
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
