using System.Diagnostics;

namespace Capture.Agent.Tests.Commands;

/// <summary>Asks the real firmware, built for this host, on a pseudo-terminal.</summary>
public sealed class McuCommandTests
{
    [Test]
    public void A_board_says_who_it_is()
    {
        string folder = Directory.CreateTempSubdirectory("capture-mcu-").FullName;
        string board = Environment.GetEnvironmentVariable("CAPTURE_BENCH_BOARD") ?? Build(folder);
        string link = Path.Combine(folder, "board.tty");
        var start = new ProcessStartInfo(board, ["--link", link, "--until-stdin-closes"]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        TextWriter console = Console.Out;
        using var output = new StringWriter();
        try
        {
            Assert.That(process.StandardOutput.ReadLine(), Does.StartWith("port "));
            Console.SetOut(output);
            int exit = CommandLine.Run(["mcu", "info", link]);
            Console.SetOut(console);

            Assert.That(exit, Is.Zero);
            Assert.That(output.ToString(), Does.Contain("capture-fw").And.Contain("1000000 Hz").And.Contain("imu 0").And.Contain("trigger 1"));
        }
        finally
        {
            Console.SetOut(console);
            process.StandardInput.Close();
            process.WaitForExit();
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void A_port_that_is_not_there_is_the_environments_fault() =>
        Assert.That(CommandLine.Run(["mcu", "info", "/dev/there-is-no-such-port"]), Is.EqualTo(ExitCode.Environment));

    private static string Build(string folder)
    {
        DirectoryInfo root = new(TestContext.CurrentContext.TestDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Capture.sln")))
        {
            root = root.Parent!;
        }

        using Process make = Process.Start(new ProcessStartInfo("make", ["-s", "-C", Path.Combine(root.FullName, "firmware-bridge/firmware"), $"OUT={folder}/board"]) { UseShellExecute = false })!;
        make.WaitForExit();
        Assert.That(make.ExitCode, Is.Zero, "make failed: is a C compiler there?");
        return Path.Combine(folder, "board/bench-board");
    }
}
