using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EndToEnd.Processes;

namespace EndToEnd;

/// <summary>What `./run demo` does once everything is built. Not shown here: the installing and building before it.</summary>
internal sealed class DemoTests
{
    private static readonly string s_script = Path.Combine(Programs.Root, "tests", "demo.sh");

    private Scratch _scratch = null!;

    [SetUp]
    public void MakeFolder()
    {
        _scratch = new Scratch("demo");
        Directory.CreateDirectory(_scratch["tmp"]);
    }

    [TearDown]
    public void RemoveFolder() => _scratch.Dispose();

    [Test]
    public void Without_the_page_it_records_verifies_and_leaves_nothing_behind()
    {
        Finished demo = Programs.Run("bash", Arguments("--record-only", "--seconds", "2"), environment: Environment());

        Assert.That(demo.Exit, Is.Zero, demo.ToString());
        Assert.That(demo.Output, Does.Contain("good: every checksum"));
        Assert.That(CaptureProgram.Run("verify", CaptureProgram.EpisodeOf(_scratch["out"])).Exit, Is.Zero);
        AssertNothingIsLeft();
    }

    [Test]
    public async Task Ctrl_c_at_the_page_ends_everything()
    {
        int port = FreePort();
        using var demo = new RunningProgram("setsid", ["bash", .. Arguments("--seconds", "1", "--port", port.ToString(CultureInfo.InvariantCulture))], Environment());
        using var http = new HttpClient();
        string? episodes = null;
        for (int i = 0; i < 300 && episodes is null && !demo.HasExited; i++)
        {
            try
            {
                episodes = await http.GetStringAsync($"http://127.0.0.1:{port}/api/episodes");
            }
            catch (HttpRequestException)
            {
                await Task.Delay(200);
            }
        }

        Assert.That(episodes, Does.Contain("\"rig\":\"bench\""));

        // As a terminal does it: to the whole group.
        Assert.That(Programs.Run("kill", ["-INT", "--", $"-{demo.Id}"]).Exit, Is.Zero);
        Assert.That(demo.WaitForExit(TimeSpan.FromSeconds(15)).Exit, Is.AnyOf(0, 130));
        AssertNothingIsLeft();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string[] Arguments(params string[] more) =>
        [s_script, Programs.RigDll, Programs.CaptureDll, Programs.Board, Programs.ReplayDll, "--out", _scratch["out"], .. more];

    // Its own folder for temporary files, so that what is left can be told from what other tests have.
    private Dictionary<string, string> Environment() => new() { ["TMPDIR"] = _scratch["tmp"] };

    private void AssertNothingIsLeft()
    {
        Finished left = Programs.Run("pgrep", ["-f", _scratch.Folder]);
        Assert.That(left.Output, Is.Empty, "processes that the demo left running");
        Assert.That(Directory.GetDirectories(_scratch["tmp"], "tmp.*"), Is.Empty, "folders that the demo left");
    }
}
