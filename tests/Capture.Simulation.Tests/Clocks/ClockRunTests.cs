using System.Text.Json;
using Capture.Simulation.Clocks;

namespace Capture.Simulation.Tests.Clocks;

public class ClockRunTests
{
    private const long Ms = 1_000_000;

    private static IEnumerable<string> Names => ClockScenarios.All.Select(s => s.Name);

    [TestCaseSource(nameof(Names))]
    public void The_same_seed_gives_the_same_run_and_another_seed_another(string name)
    {
        SimulatedSample[] Of(ulong seed) => [.. new ClockRun(ClockScenarios.Named(name), seed, 2).Samples()];
        SimulatedSample[] again = Of(1);
        Assert.That(Of(1), Is.EqualTo(again));
        Assert.That(Of(1), Is.Not.EqualTo(Of(2)));
    }

    [TestCaseSource(nameof(Names))]
    public void Samples_arrive_in_order_after_they_were_taken_and_within_the_declared_latency(string name)
    {
        ClockRun run = new(ClockScenarios.Named(name), 3, 5);
        (long min, long max) = run.Scenario.DeclaredNs;
        long last = long.MinValue;
        foreach (SimulatedSample s in run.Samples())
        {
            Assert.That(s.ArrivalNs, Is.GreaterThanOrEqualTo(last));
            Assert.That(s.ArrivalNs - s.TrueNs, Is.InRange(min, max + (s.Again ? 50 * Ms : 0)));
            last = s.ArrivalNs;
        }
    }

    [Test]
    public void A_step_moves_the_count_and_not_the_samples()
    {
        ClockScenario scenario = ClockScenarios.Named("one-way-normal");
        ClockRun run = new(scenario with { Mishaps = [new Mishap(MishapKind.Step, 2_000 * Ms, 500 * Ms)] }, 4, 4);
        SimulatedSample[] plain = [.. new ClockRun(scenario, 4, 4).Samples()];
        SimulatedSample[] stepped = [.. run.Samples()];
        Assert.That(stepped.Select(s => s.TrueNs), Is.EqualTo(plain.Select(s => s.TrueNs)).Within(5));
        long[] differences = [.. stepped.Zip(plain, (a, b) => (long)a.Ticks!.Value - (long)b.Ticks!.Value)];
        Assert.That(differences[0], Is.Zero);
        Assert.That(differences[^1], Is.EqualTo(500_000).Within(1));
    }

    [Test]
    public void A_reboot_counts_from_nought_with_a_new_number()
    {
        ClockRun run = new(ClockScenarios.Named("one-way-normal") with { Mishaps = [new Mishap(MishapKind.Reboot, 2_000 * Ms, 300 * Ms)] }, 5, 4);
        SimulatedSample first = run.Samples().First(s => s.Boot == 1);
        Assert.That(first.Ticks, Is.LessThan(20_000UL));
        Assert.That(first.TrueNs - run.StartNs, Is.InRange(2_300 * Ms, 2_320 * Ms));
    }

    [Test]
    public void The_verb_prints_readings_and_truth_as_json_lines()
    {
        StringWriter output = new();
        int exit = ClocksCommand.Run(["--scenario", "two-way", "--seed", "7", "--seconds", "2", "--mishap", "step:at=1:size=-0.02"], output, TextWriter.Null);
        JsonElement[] lines = [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(exit, Is.Zero);
            Assert.That(lines[0].GetProperty("scenario").GetString(), Is.EqualTo("two-way"));
            Assert.That(lines.Count(l => l.TryGetProperty("break", out _)), Is.EqualTo(1));
            Assert.That(lines.Count(l => l.TryGetProperty("exchange", out _)), Is.InRange(18, 23));
            Assert.That(lines.Count(l => l.TryGetProperty("sample", out _)), Is.InRange(199, 201));
        }
    }

    [TestCase("--scenario", "nonsense", "The scenarios are two-way")]
    [TestCase("--mishap", "step", "KIND:at=SECONDS")]
    [TestCase("--seconds", "", "")]
    public void A_wrong_word_is_told(string option, string value, string expected)
    {
        StringWriter error = new();
        Assert.That(ClocksCommand.Run([option, value], TextWriter.Null, error), Is.EqualTo(2));
        Assert.That(error.ToString(), Does.StartWith("bench-rig clocks: ").And.Contain(expected));
    }
}
