using System.Text.Json;

namespace Capture.Simulation.Tests.Rig;

public class RigEndingTests
{
    [Test]
    public void Killed_it_leaves_a_readable_truth_and_no_board()
    {
        string folder = RigProcess.NewFolder();
        string board = RigProcess.BuildBoard(Path.Combine(folder, "firmware"));
        using RigProcess rig = RigProcess.Start(folder, "--board", board, "--without", "front,wrist,mic,leader,follower");
        Thread.Sleep(900);
        int[] children = rig.Children();
        Assert.That(children, Has.Length.EqualTo(1));
        rig.Kill();
        Assert.That(rig.Truth("mocap"), Has.Length.GreaterThan(30));
        Assert.That(rig.Truth("board"), Has.Length.EqualTo(1));
        JsonElement clocks = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "truth", "rig.json"))).RootElement.GetProperty("clocks");
        Assert.That(clocks.GetArrayLength(), Is.EqualTo(19));
        Assert.That(() => Directory.Exists($"/proc/{children[0]}"), Is.False.After(3_000, 50), "the board ends when its stdin closes");
    }

    [Test]
    public void A_port_in_use_is_named()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        int port = Math.Min(65_532, ((System.Net.IPEndPoint)taken.LocalEndpoint).Port);
        string folder = RigProcess.NewFolder();
        (int exitCode, string error) = RigProcess.Run("--out", folder, "--without", "board,mic,leader,follower", "--ports", port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Directory.Delete(folder, recursive: true);
        Assert.That(error, Does.Contain($"TCP port {port}").And.Contain("--ports"));
        Assert.That(exitCode, Is.EqualTo(3));
    }

    [TestCase("--fault broken", 2, "expected camera-drop")]
    [TestCase("--fault camera-drop:attic:every=5", 2, "camera-drop:front")]
    [TestCase("--fault camera-stop:front:at=3:for=2s", 2, "seconds such as 3s")]
    [TestCase("--seeds 4", 2, "no such option")]
    [TestCase("--without kitchen", 2, "the streams are")]
    [TestCase("--board /nowhere/bench-board", 3, "no such file")]
    [TestCase("--seed 1", 3, "--board PATH")]
    public void Wrong_usage_gets_a_sentence_and_an_exit_code(string arguments, int exitCode, string message)
    {
        string folder = RigProcess.NewFolder();
        (int got, string error) = RigProcess.Run(["--out", folder, .. arguments.Split(' ')]);
        Directory.Delete(folder, recursive: true);
        Assert.That(error, Does.Contain(message));
        Assert.That(got, Is.EqualTo(exitCode));
    }
}
