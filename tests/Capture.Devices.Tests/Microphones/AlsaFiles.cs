using System.Runtime.InteropServices;

namespace Capture.Devices.Tests.Microphones;

/// <summary>ALSA devices made of files, told to libasound by ALSA_CONFIG_PATH before it reads its configuration.</summary>
internal static partial class AlsaFiles
{
    private static readonly Lazy<string> Made = new(Make);

    /// <summary>The folder with the FIFO "paced" and the file "sound.raw".</summary>
    public static string Folder => Made.Value;

    public static string Fifo => Path.Combine(Folder, "paced");

    public static string File => Path.Combine(Folder, "sound.raw");

    private static string Make()
    {
        const string System = "/usr/share/alsa/alsa.conf";
        if (!global::System.IO.File.Exists(System) || !NativeLibrary.TryLoad("libasound.so.2", out _))
        {
            Assert.Ignore("ALSA is not installed (libasound2, libasound2-data)");
        }

        string folder = Path.Combine(Path.GetTempPath(), $"capture-alsa-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        global::System.IO.File.WriteAllText(Path.Combine(folder, "asound.conf"), $$"""
            <{{System}}>
            pcm.filemic { type file; slave.pcm null; file "/dev/null"; infile "{{folder}}/sound.raw"; format raw }
            pcm.fifomic { type file; slave.pcm null; file "/dev/null"; infile "{{folder}}/paced"; format raw }
            pcm.fixedmic { type plug; slave { pcm null; rate 44100 } }
            """.Replace("; ", "\n", StringComparison.Ordinal));

        // .NET keeps an environment of its own: the C library's is what libasound reads.
        Assert.That(SetEnv("ALSA_CONFIG_PATH", Path.Combine(folder, "asound.conf"), 1), Is.Zero);
        Assert.That(MkFifo(Path.Combine(folder, "paced"), 0x180), Is.Zero);
        return folder;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MkFifo(string path, uint mode);
}
