using Calibration;
using Calibration.Results;
using Capture.Agent.Checking;
using Capture.Agent.Rig;
using Capture.Core.Streams;
using Capture.Episodes.Manifest;
using Capture.Episodes.Schema;

namespace Capture.Agent.Tests.Checking;

/// <summary>What `capture record` says of the calibrations before it starts. Whether a camera was moved is not looked at here.</summary>
internal sealed class CalibrationAtStartTests
{
    private const long Now = 1_790_000_000_000_000_000;

    private string _folder = "";

    [SetUp]
    public void Make() => _folder = Directory.CreateTempSubdirectory("at-start").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void A_calibration_of_this_camera_and_size_is_green()
    {
        ManifestCalibration found = Look(Lens("front"), [Camera("front")])!;
        Assert.That(found.State, Is.EqualTo("green"), found.Entries[0].Sentence);
        Assert.That(found.Entries[0].File, Is.EqualTo("front.json"));
        Assert.That(() => CalibrationAtStart.Require(found, "rig.yaml"), Throws.Nothing);
    }

    [Test]
    public void Without_a_device_in_the_file_it_says_that_only_the_name_matched()
    {
        CalibrationResult lens = Lens("front");
        ManifestCalibration found = Look(lens with { Cameras = [lens.Cameras[0] with { Device = null }] }, [Camera("front")])!;
        Assert.That(found.State, Is.EqualTo("green"));
        Assert.That(found.Entries[0].Sentence, Does.Contain("matched by name only"));
    }

    [Test]
    public void A_camera_without_one_is_amber_and_stops_a_recording_only_where_asked()
    {
        ManifestCalibration found = Look(Lens("front"), [Camera("front"), Camera("wrist")])!;
        Assert.That(found.State, Is.EqualTo("amber"));
        ManifestCalibrationEntry entry = found.Entries.Single(e => e.Stream == "wrist");
        Assert.That(entry.File, Is.Null);
        Assert.That(entry.Sentence, Does.StartWith("wrist has no calibration"));
        Assert.That(() => CalibrationAtStart.Require(found, "rig.yaml"), Throws.TypeOf<CalibrationException>().With.Message.Contains("wrist has no calibration"));
    }

    private static IEnumerable<TestCaseData> Wrong()
    {
        yield return new TestCaseData((Func<CalibrationResult, CalibrationResult>)(r => r with { Cameras = [r.Cameras[0] with { Device = "serial-9" }] }), "red", "was made with camera serial-9, and front is serial-front: cameras may be swapped").SetName("Another_camera_in_its_place_is_red");
        yield return new TestCaseData((Func<CalibrationResult, CalibrationResult>)(r => r with { Cameras = [r.Cameras[0] with { Width = 1280, Height = 720 }] }), "red", "holds for 1280 × 720 pixels, and front gives 640 × 480").SetName("Another_picture_size_is_red");
        yield return new TestCaseData((Func<CalibrationResult, CalibrationResult>)(r => r with { Verdict = new Verdict("red", ["Do not use this."]) }), "red", "not to be used").SetName("One_that_calls_itself_bad_is_red");
        yield return new TestCaseData((Func<CalibrationResult, CalibrationResult>)(r => r with { Verdict = new Verdict("amber", ["Usable with care."]) }), "amber", "Usable with care").SetName("One_that_calls_itself_doubtful_is_amber");
        yield return new TestCaseData((Func<CalibrationResult, CalibrationResult>)(r => r with { CreatedUtc = "2026-05-01T00:00:00.000Z" }), "amber", "days old").SetName("An_old_one_is_amber");
    }

    [TestCaseSource(nameof(Wrong))]
    public void Is_named(Func<CalibrationResult, CalibrationResult> spoil, string state, string said)
    {
        ManifestCalibration found = Look(spoil(Lens("front")), [Camera("front")])!;
        Assert.That(found.State, Is.EqualTo(state), found.Entries[0].Sentence);
        Assert.That(found.Entries[0].Sentence, Does.Contain(said));
        Assert.That(() => CalibrationAtStart.Require(found, "rig.yaml"), state == "red" ? Throws.TypeOf<CalibrationException>() : Throws.Nothing);
    }

    [Test]
    public void A_file_that_is_no_calibration_is_red_and_no_cameras_say_nothing()
    {
        string file = Path.Combine(_folder, "front.json");
        File.WriteAllText(file, "{}");
        Assert.That(CalibrationAtStart.Look(Rig(file), [Camera("front")], Now)!.State, Is.EqualTo("red"));
        Assert.That(CalibrationAtStart.Look(Rig(null), [], Now), Is.Null);
    }

    [Test]
    public void The_result_of_a_rig_holds_for_all_of_its_cameras()
    {
        CalibrationResult front = Lens("front");
        CalibrationResult both = front with { Kind = "rig", Cameras = [front.Cameras[0], front.Cameras[0] with { Name = "wrist", Device = "serial-front" }] };
        ManifestCalibration found = Look(both, [Camera("front"), Camera("wrist")])!;
        Assert.That(found.Entries.Single(e => e.Stream == "front").State, Is.EqualTo("green"));
        Assert.That(found.Entries.Single(e => e.Stream == "wrist").Sentence, Does.Contain("cameras may be swapped"));
    }

    private ManifestCalibration? Look(CalibrationResult result, CameraFrameStream[] streams)
    {
        string file = Path.Combine(_folder, "front.json");
        ResultFile.Write(file, result);
        return CalibrationAtStart.Look(Rig(file), streams, Now);
    }

    private static CalibrationResult Lens(string name) => new()
    {
        Kind = "intrinsics",
        CreatedUtc = "2026-09-01T00:00:00.000Z",
        Verdict = new Verdict("green", ["Good to use."]),
        Cameras = [new CameraResult(name, 640, 480, "pinhole", ["fx", "fy", "cx", "cy"], [600, 600, 320, 240], null) { Device = "serial-" + name }],
    };

    private static CameraFrameStream Camera(string name) => new()
    {
        Name = name, Device = new DeviceIdentity("usb:" + name, "test", "serial-" + name), StampSource = StampSource.ReadReturn, StampInstant = StampInstant.MidExposure, RateHz = 30, Counted = false,
        MaxRowBytes = 1000, BytesPerSecond = 30_000, WidthPx = 640, HeightPx = 480, Encoding = "mjpeg",
    };

    private RigFile Rig(string? file) => new()
    {
        Path = Path.Combine(_folder, "rig.yaml"),
        Name = "bench",
        EpisodesFolder = _folder,
        Episode = new EpisodeOptions(),
        Devices = [],
        Task = new TaskOptions([], new Dictionary<string, string>(StringComparer.Ordinal)),
        Calibration = file is null ? new Dictionary<string, string>(StringComparer.Ordinal) : new Dictionary<string, string>(StringComparer.Ordinal) { ["front"] = file },
    };
}
