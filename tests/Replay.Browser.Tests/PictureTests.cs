using System.Globalization;
using Replay.Browser.Tests.Pages;
using Replay.Browser.Tests.Processes;
using Replay.Browser.Tests.Recorded;

namespace Replay.Browser.Tests;

/// <summary>The pictures on the screen against the recorded times: numbers are read out of the canvases' pixels and out of the stored pictures.</summary>
internal sealed class PictureTests
{
    private const int Seeks = 20;
    private const int Steps = 50;
    private ReplayProcess _server = null!;
    private Tab _tab = null!;

    private static Recording Recording => Bench.Recording;

    [OneTimeSetUp]
    public async Task Open()
    {
        _server = new ReplayProcess(Recording.Folder);
        _tab = await Bench.Chromium.Open(_server.Address);
        await _tab.OpenEpisode(Recording.Name);
    }

    [OneTimeTearDown]
    public async Task Close()
    {
        if (_tab is not null)
        {
            await _tab.DisposeAsync();
        }

        _server?.Dispose();
    }

    [Test]
    public async Task Every_sought_instant_shows_the_latest_picture_that_is_not_after_it()
    {
        var random = new Random(3);
        (long from, long to) = Recording.Pictures;
        var seen = new List<Shown>();
        for (int i = 0; i < Seeks; i++)
        {
            long time = random.NextInt64(from, to + 1);
            Shown shown = await _tab.Seek(time);
            Assert.That((shown.TimeNs, shown.DrawnTimeNs), Is.EqualTo((time, time)));
            seen.Add(shown);
        }

        ExpectRecorded(seen);
    }

    [Test]
    public async Task A_picture_appears_at_exactly_its_own_time_and_not_a_nanosecond_before()
    {
        var seen = new List<Shown>();
        foreach (CameraRows camera in Recording.Cameras)
        {
            long time = camera.TimesNs[camera.TimesNs.Length / 3];
            Shown at = await _tab.Seek(time);
            Shown before = await _tab.Seek(time - 1);
            Assert.That(before.Frames[camera.Name], Is.Not.EqualTo(at.Frames[camera.Name]));
            seen.AddRange([at, before]);
        }

        ExpectRecorded(seen);
    }

    [TestCase("ArrowRight", 0.3)]
    [TestCase("ArrowLeft", 0.7)]
    public async Task Every_step_moves_the_chosen_camera_by_one_picture(string key, double startAt)
    {
        CameraRows chosen = Recording.Cameras[0];
        await _tab.Page.Keyboard.PressAsync("1");
        (long from, long to) = Recording.Pictures;
        long start = from + (long)((to - from) * startAt);
        int row = chosen.RowAt(start);

        // At a picture, not between two: then a step back is a picture back too.
        List<Shown> seen = [await _tab.Seek(chosen.TimesNs[row])];
        int by = string.Equals(key, "ArrowRight", StringComparison.Ordinal) ? 1 : -1;
        for (int i = 1; i <= Steps / 2; i++)
        {
            Shown shown = await _tab.Step(key);
            Assert.That(shown.TimeNs, Is.EqualTo(chosen.TimesNs[row + (by * i)]), $"step {i}");
            Assert.That(shown.Frames[chosen.Name], Is.EqualTo(chosen.Frames[row + (by * i)]), $"step {i}");
            seen.Add(shown);
        }

        ExpectRecorded(seen);
    }

    /// <summary>0 wrong pictures, and the cameras never more than one frame apart.</summary>
    private static void ExpectRecorded(IReadOnlyCollection<Shown> seen)
    {
        var wrong = new List<string>();
        var apart = new List<double>();
        foreach (Shown shown in seen)
        {
            var truth = new List<long>();
            long recordedFrom = long.MaxValue, recordedTo = long.MinValue, period = 0;
            foreach (CameraRows camera in Recording.Cameras)
            {
                int row = camera.RowAt(shown.DrawnTimeNs);
                if (shown.Frames[camera.Name] != camera.Frames[row])
                {
                    wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{camera.Name} at {shown.DrawnTimeNs} ns: {shown.Frames[camera.Name]} instead of {camera.Frames[row]}"));
                    continue;
                }

                int drawn = Array.IndexOf(camera.Frames, shown.Frames[camera.Name]);
                recordedFrom = Math.Min(recordedFrom, camera.TimesNs[drawn]);
                recordedTo = Math.Max(recordedTo, camera.TimesNs[drawn]);
                period = Math.Max(period, camera.PeriodAround(shown.DrawnTimeNs));
                truth.Add(camera.Exposures[shown.Frames[camera.Name]]);
            }

            if (truth.Count == Recording.Cameras.Count)
            {
                Assert.That(recordedTo - recordedFrom, Is.LessThanOrEqualTo(period), $"the cameras' pictures at {shown.DrawnTimeNs} ns are more than a frame apart");
                apart.Add((truth.Max() - truth.Min()) / 1e6);
            }
        }

        TestContext.Out.WriteLine($"{seen.Count} instants, {seen.Count * Recording.Cameras.Count} pictures, {wrong.Count} wrong");
        Assert.That(wrong, Is.Empty);
        apart.Sort();
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"true exposures of the pictures shown together: apart by p50 {apart[apart.Count / 2]:0.0} ms, at most {apart[^1]:0.0} ms"));
    }
}
