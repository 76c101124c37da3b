using System.Diagnostics;

namespace Capture.Episodes.Tests.Support;

/// <summary>A real, small file system for one test: a tmpfs, or ext4 in a file. The test is skipped, with the reason, where this user may not mount one.</summary>
internal sealed class Mounted : IDisposable
{
    private readonly TempFolder _folder = new();
    private string[] _what = [];

    public string Path => _folder.Path;

    public static Mounted Tmpfs(string size) => Mount(["-t", "tmpfs", "-o", $"size={size}", "tmpfs"]);

    /// <summary>ext4 in a file, through a loop device. Where the file's own disk has less room than that, what does not fit fails as on a disk with bad sectors.</summary>
    /// <param name="folder">Where the file goes.</param>
    public static Mounted Ext4(string folder, int megabytes)
    {
        string image = System.IO.Path.Combine(folder, "disk.img");
        using (var file = new FileStream(image, FileMode.CreateNew))
        {
            file.SetLength(megabytes * 1024L * 1024);
        }

        if (Run("mkfs.ext4", "-q", "-F", "-m", "0", image) != 0)
        {
            Assert.Ignore("mkfs.ext4 is missing here; tmpfs and the injected disk cover the recorder's side.");
        }

        return Mount(["-o", "loop", image]);
    }

    public void Remount(string how) => Assert.That(Run("mount", "-o", $"remount,{how}", Path), Is.Zero);

    /// <summary>Takes the disk out and puts it in again.</summary>
    public void Again()
    {
        Assert.That(Release(), Is.Zero, "the disk is still in use");
        Assert.That(Run("mount", [.. _what, Path]), Is.Zero);
    }

    public void Dispose()
    {
        if (Release() != 0)
        {
            // Whatever failed before is the better message.
            Run("umount", "--lazy", Path);
        }

        _folder.Dispose();
    }

    private int Release()
    {
        // Batches that were read hold their mapping until nobody reaches them, and a mapping keeps the disk busy.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Run("umount", Path);
    }

    private static Mounted Mount(string[] what)
    {
        var mounted = new Mounted { _what = what };
        if (Run("mount", [.. what, mounted.Path]) != 0)
        {
            mounted._folder.Dispose();
            Assert.Ignore("Mounting a disk needs root and a kernel that lets it; the injected disk covers the recorder's side.");
        }

        return mounted;
    }

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
