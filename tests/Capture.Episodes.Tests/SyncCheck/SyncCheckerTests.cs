using System.Globalization;
using Capture.Episodes.Reading;
using Capture.Episodes.SyncCheck;
using Capture.Episodes.Tests.Support;

namespace Capture.Episodes.Tests.SyncCheck;

/// <summary>
/// Injected shifts, found from what was recorded. The scene is rendered, its noise is drawn from a seed; that real cameras blur, roll and flicker is not in it, so these figures prove the method, not a rig.
/// </summary>
public sealed class SyncCheckerTests
{
    private const int Seconds = 30;

    private static readonly (double Front, double Room, double Mocap, double Imu)[] s_default = [(0, 0, 0, 0), (250, -90, 137, 250)];

    [TestCaseSource(nameof(s_default))]
    public void An_injected_shift_is_found((double Front, double Room, double Mocap, double Imu) shift) => Check(1, shift);

    [Test]
    [Explicit]
    [Category("Long")]
    public void Injected_shifts_of_0_to_250_ms_are_found_with_any_seed([Range(1, 6)] int seed)
    {
        foreach ((double, double, double, double) shift in new (double, double, double, double)[] { (0, 0, 0, 0), (7, 13, 3, -3), (-41, 59, 71, 20), (120, -180, -250, 100), (250, 250, 250, 250) })
        {
            Check((ulong)seed, shift);
        }
    }

    [Test]
    public void A_standing_scene_cannot_tell()
    {
        using var temp = new TempFolder();
        string folder = BenchEpisode.Record(temp.Path, 3, 8, new Dictionary<string, double>(), moves: false);
        using EpisodeReader episode = EpisodeReader.Open(folder);
        IReadOnlyList<SyncMeasurement> found = SyncChecker.Run(episode);
        Print(found);
        Assert.That(found, Is.Not.Empty);
        Assert.That(found.Where(m => m.Method != SyncMethod.TriggerExposure).Select(m => m.Verdict), Is.All.EqualTo(SyncVerdict.CannotTell));
        Assert.That(found.Select(m => m.Reason), Is.All.Not.Empty);
        Assert.That(found.Single(m => m.Method == SyncMethod.TriggerExposure).Verdict, Is.EqualTo(SyncVerdict.Agrees), "edges and frames come whatever stands");
    }

    [Test]
    public void A_camera_that_does_not_see_the_arm_cannot_tell()
    {
        using var temp = new TempFolder();
        using EpisodeReader episode = EpisodeReader.Open(BenchEpisode.Record(temp.Path, 4, 12, new Dictionary<string, double>(), seen: false));
        IReadOnlyList<SyncMeasurement> found = SyncChecker.Run(episode);
        Print(found);
        Assert.That(found.Single(m => m.Method == SyncMethod.ImageMotion).Verdict, Is.EqualTo(SyncVerdict.CannotTell));
        Assert.That(found.Single(m => m.Method == SyncMethod.MotorSound).Verdict, Is.EqualTo(SyncVerdict.Agrees));
    }

    private static void Check(ulong seed, (double Front, double Room, double Mocap, double Imu) shift)
    {
        var shifts = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            [BenchEpisode.Front] = shift.Front, [BenchEpisode.Room] = shift.Room, [BenchEpisode.Mocap] = shift.Mocap, [BenchEpisode.Imu] = shift.Imu,
        };
        using var temp = new TempFolder();
        using EpisodeReader episode = EpisodeReader.Open(BenchEpisode.Record(temp.Path, seed, Seconds, shifts));
        IReadOnlyList<SyncMeasurement> found = SyncChecker.Run(episode);
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}, {Seconds} s; injected ms: front {shift.Front}, room {shift.Room}, mocap {shift.Mocap}, imu {shift.Imu}"));
        Print(found);
        using (Assert.EnterMultipleScope())
        {
            foreach (SyncMeasurement m in found)
            {
                double injected = shifts.GetValueOrDefault(m.Stream) - shifts.GetValueOrDefault(m.Reference);
                if (m.Method == SyncMethod.TriggerExposure)
                {
                    // The edge is 2 ms before the middle of the exposure, and whole periods cannot be seen.
                    Assert.That(Math.IEEERemainder((m.ResidualNs!.Value / 1e6) - injected - 2, 1e3 / 30), Is.EqualTo(0).Within(2), "trigger");
                    Assert.That(m.Verdict, Is.EqualTo(SyncVerdict.Agrees).Or.EqualTo(SyncVerdict.Alarm));
                    continue;
                }

                double within = m.Method switch { SyncMethod.ImageMotion => 10, SyncMethod.MotorSound or SyncMethod.ContactClick => 5, _ => 2 };
                string what = $"{m.Method} {m.Reference} {m.Stream}";
                Assert.That(m.ResidualNs / 1e6, Is.EqualTo(injected).Within(within), what);
                Assert.That(m.Verdict, Is.EqualTo(Math.Abs(injected) < 1 ? SyncVerdict.Agrees : Math.Abs(injected) > 30 ? SyncVerdict.Alarm : m.Verdict), $"{what}: {m.Reason}");
            }

            Assert.That(found.Select(m => m.Method).Distinct(), Is.EquivalentTo([SyncMethod.ImageMotion, SyncMethod.MotorSound, SyncMethod.ContactClick, SyncMethod.Rotation, SyncMethod.TriggerExposure]));
            Assert.That(found.Count(m => m.Method == SyncMethod.Rotation), Is.EqualTo(3), "arm, motion capture and gyroscope, each with each");
        }
    }

    private static void Print(IReadOnlyList<SyncMeasurement> found)
    {
        foreach (SyncMeasurement m in found)
        {
            TestContext.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {m.Method,-15} {m.Stream,-10} against {m.Reference,-15} {m.ResidualNs / 1e6,9:0.00} ms [{m.LowNs / 1e6:0.00}, {m.HighNs / 1e6:0.00}] score {m.Score:0.000} allowed {m.AllowedNs / 1e6:0.00} {m.Verdict} {m.Reason}"));
        }
    }
}
