using System.Globalization;
using System.Text.Json;

namespace Capture.Simulation.Clocks;

/// <summary><c>bench-rig clocks</c>: a scenario's readings and truth as JSON lines.</summary>
public static class ClocksCommand
{
    public const string Usage =
        """
        bench-rig clocks: readings of a simulated clock, and the truth, as JSON lines in simulated time

          --scenario NAME   which one (--list shows them)
          --seed N          everything follows from it (default 1)
          --seconds S       length of the run, 1 to 864000 (default 60)
          --mishap KIND:at=S:size=S   may be repeated: step, reboot, suspend, swap, silentloss; seconds, a step's may be negative
          --list            names and descriptions

        First line: the scenario. Then `exchange` and `sample` lines, each in the order in which the host gets them, and one `break` line per mishap. Times are ns of the host's CLOCK_MONOTONIC.
        """;

    /// <returns>0 good, 2 usage.</returns>
    public static int Run(ReadOnlySpan<string> arguments, TextWriter output, TextWriter error)
    {
        string? name = null;
        ulong seed = 1;
        double seconds = 60;
        List<Mishap> mishaps = [];
        try
        {
            for (int i = 0; i < arguments.Length; i++)
            {
                switch (arguments[i])
                {
                    case "--help":
                        output.WriteLine(Usage);
                        return 0;
                    case "--list":
                        foreach (ClockScenario s in ClockScenarios.All)
                        {
                            output.WriteLine($"{s.Name,-18} {s.About}");
                        }

                        return 0;
                    case "--scenario":
                        name = Value(arguments, ref i);
                        break;
                    case "--seed":
                        seed = ulong.Parse(Value(arguments, ref i), NumberStyles.None, CultureInfo.InvariantCulture);
                        break;
                    case "--seconds":
                        seconds = double.Parse(Value(arguments, ref i), NumberStyles.Float, CultureInfo.InvariantCulture);
                        break;
                    case "--mishap":
                        mishaps.Add(MishapOf(Value(arguments, ref i)));
                        break;
                    default:
                        throw new FormatException($"{arguments[i]} is not an option. See bench-rig clocks --help.");
                }
            }

            ClockScenario scenario = ClockScenarios.Named(name ?? throw new FormatException("--scenario NAME is needed; --list shows the names."));
            Write(new ClockRun(scenario with { Mishaps = mishaps }, seed, seconds), output);
            return 0;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
        {
            error.WriteLine("bench-rig clocks: " + e.Message);
            return 2;
        }
    }

    private static string Value(ReadOnlySpan<string> arguments, ref int i) =>
        ++i < arguments.Length ? arguments[i] : throw new FormatException($"{arguments[i - 1]} needs a value.");

    private static Mishap MishapOf(string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length != 3 || !parts[1].StartsWith("at=", StringComparison.Ordinal) || !parts[2].StartsWith("size=", StringComparison.Ordinal)
            || !Enum.TryParse(parts[0], ignoreCase: true, out MishapKind kind))
        {
            throw new FormatException($"--mishap is KIND:at=SECONDS:size=SECONDS with KIND one of {string.Join(", ", Enum.GetNames<MishapKind>()).ToLowerInvariant()}, but is '{text}'.");
        }

        long Ns(string number) => checked((long)(double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture) * 1e9));
        return new Mishap(kind, Ns(parts[1][3..]), Ns(parts[2][5..]));
    }

    private static void Write(ClockRun run, TextWriter output)
    {
        ClockScenario s = run.Scenario;
        output.WriteLine(JsonSerializer.Serialize(new
        {
            scenario = s.Name,
            about = s.About,
            seconds = run.DurationNs / 1e9,
            start_ns = run.StartNs,
            tick_hz = s.TickHz,
            width_bits = s.WidthBits,
            rate_hz = s.RateHz,
            probe_hz = s.Feed == ScenarioFeed.TwoWay ? s.ProbeHz : 0,
            declared_min_ns = s.DeclaredNs.MinNs,
            declared_max_ns = s.DeclaredNs.MaxNs,
            systematic_ns = run.SystematicNs,
        }));
        foreach ((long at, Mishap what) in run.Breaks)
        {
            output.WriteLine(JsonSerializer.Serialize(new { @break = what.Kind.ToString(), true_ns = at, size_ns = what.SizeNs }));
        }

        foreach (SimulatedExchange e in run.Exchanges())
        {
            output.WriteLine(JsonSerializer.Serialize(new
            {
                exchange = new { send_ns = e.SendNs, received_ticks = e.ReceivedTicks, answered_ticks = e.AnsweredTicks, back_ns = e.BackNs, boot = e.Boot, lost = e.Lost },
                true_received_ns = e.TrueNs,
                true_answered_ns = e.AnsweredNs,
            }));
        }

        foreach (SimulatedSample m in run.Samples())
        {
            output.WriteLine(JsonSerializer.Serialize(new
            {
                sample = new { ticks = m.Ticks, arrival_ns = m.ArrivalNs, boot = m.Boot },
                number = m.Number,
                again = m.Again,
                life = m.Life,
                true_ns = m.TrueNs,
            }));
        }
    }
}
