using Capture.Episodes.SyncCheck;

namespace Capture.Episodes.Tests.SyncCheck;

public sealed class ContactsTests
{
    private const double CountM = 0.02 * 2 * Math.PI / 4096;

    // How a closing of 30 mm in 350 ms comes to its end: hard, braked evenly, and by least jerk.
    [TestCase("hard")]
    [TestCase("braked")]
    [TestCase("least jerk")]
    public void The_end_of_a_closing_is_found_to_5_ms_at_200_Hz_and_whole_counts(string how)
    {
        const double Close = 0.35;
        double Way(double u) => how switch
        {
            "hard" => u,
            "braked" => 1 - ((1 - u) * (1 - u)),
            _ => u * u * u * (10 + (u * (-15 + (6 * u)))),
        };
        var ends = new List<double>();
        for (int phase = 0; phase < 5; phase++)
        {
            double begin = 1 + (phase * 0.001);
            long[] times = [.. Enumerable.Range(0, 600).Select(i => i * 5_000_000L)];
            double[] opening = [.. times.Select(t => Math.Round((0.07 - (0.03 * Way(Math.Clamp(((t / 1e9) - begin) / Close, 0, 1)))) / CountM) * CountM)];
            ends.AddRange(Contacts.Find(times, opening).Select(e => (e / 1e6) - ((begin + Close) * 1e3)));
        }

        TestContext.Out.WriteLine($"{how}: {string.Join(", ", ends.Select(e => $"{e:0.00}"))} ms");
        Assert.That(ends, Has.Count.EqualTo(5));
        Assert.That(ends, Is.All.InRange(-5, 5));
    }

    [Test]
    public void Opening_and_standing_are_no_contacts()
    {
        long[] times = [.. Enumerable.Range(0, 600).Select(i => i * 5_000_000L)];
        Assert.That(Contacts.Find(times, [.. times.Select(t => Math.Clamp(t / 1e9 * 0.03, 0.01, 0.06))]), Is.Empty);
        Assert.That(Contacts.Find(times, [.. times.Select(_ => 0.05)]), Is.Empty);
    }
}
