namespace EndToEnd.Processes;

/// <summary>A folder that is gone when the test is over.</summary>
internal sealed class Scratch : IDisposable
{
    public Scratch(string name)
    {
        Folder = Directory.CreateTempSubdirectory("capture-e2e-" + name + "-").FullName;
    }

    public string Folder { get; }

    public string this[string name] => Path.Combine(Folder, name);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
