namespace Replay.Labels.Tests;

/// <summary>A folder of this test's own, gone at its end.</summary>
internal sealed class Folder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("replay-labels-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
