using System.Globalization;
using System.Text.Json;
using Capture.Episodes.Reading;
using Replay.Browser.Tests.Pages;
using Replay.Browser.Tests.Processes;
using Replay.Browser.Tests.Recorded;

namespace Replay.Browser.Tests;

internal sealed class GripperTests
{
    private const double MaxMetres = 0.001;
    private const double MaxDegrees = 0.1;

    [Test]
    public async Task The_drawn_gripper_stands_where_the_recorded_joints_put_it()
    {
        using var server = new ReplayProcess(Bench.Recording.Folder);
        await using Tab tab = await Bench.Chromium.Open(server.Address);
        await tab.OpenEpisode(Bench.Recording.Name);
        (long from, long to) = Bench.Recording.Pictures;
        await tab.Seek(from);
        string arm = (await Gripper(tab)).GetProperty("stream").GetString()!;

        using EpisodeReader episode = EpisodeReader.Open(Bench.Recording.Episode);
        var joints = new JointRows(episode.Stream(arm));
        UrdfChain chain = UrdfChain.Read(Path.Combine(Bench.Recording.Episode, "models", arm.Split('.')[0] + ".urdf"));
        var places = new List<RigidTransform>();
        foreach (double part in new[] { 0.2, 0.5, 0.8 })
        {
            // The instant of a recorded row: nothing is interpolated on either side.
            int row = joints.RowAt(from + (long)((to - from) * part));
            await tab.Seek(joints.TimesNs[row]);
            JsonElement drawn = await Gripper(tab);
            Assert.That(drawn.GetProperty("time_ns").GetInt64(), Is.EqualTo(joints.TimesNs[row]));
            RigidTransform expected = chain.Forward("tool", joints.Positions(row));
            var shown = RigidTransform.FromPose(Numbers(drawn, "position"), Numbers(drawn, "orientation"));
            double metres = expected.DistanceTo(shown);
            double degrees = expected.AngleTo(shown) * 180 / Math.PI;
            TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{arm} at {joints.TimesNs[row] / 1e9:0.000} s: tool at {expected}, drawn {metres * 1000:0.000000} mm and {degrees:0.000000}° from it"));
            Assert.That(metres, Is.LessThanOrEqualTo(MaxMetres));
            Assert.That(degrees, Is.LessThanOrEqualTo(MaxDegrees));
            places.Add(expected);
        }

        Assert.That(places.Max(p => p.DistanceTo(places[0])), Is.GreaterThan(0.01), "an arm that stands still shows nothing");
    }

    private static async Task<JsonElement> Gripper(Tab tab) => await tab.Ask("() => JSON.stringify(window.__replay.gripper())");

    private static double[] Numbers(JsonElement gripper, string name) => [.. gripper.GetProperty("link").GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];
}
