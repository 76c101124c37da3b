using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Capture.Episodes.Alignment;
using Capture.Episodes.Reading;

namespace Capture.Agent.Commands;

/// <summary><c>capture align E</c>: all streams on one grid, or on one stream's times, as one Arrow table.</summary>
internal static class AlignCommand
{
    private static readonly string[] Methods = ["nearest", "previous", "linear", "slerp", "mean", "window", "none"];

    public static Command Create()
    {
        Argument<string> episode = Options.Episode();
        var rate = new Option<double?>("--rate") { Description = "Rows a second of a grid." };
        var to = new Option<string?>("--to") { Description = "Instead of a grid: one row for each row of this stream." };
        var file = new Option<string>("--out") { Description = "The table's file.", Required = true };
        var method = new Option<string>("--method") { Description = "For streams not named by --stream: " + string.Join(", ", Methods), DefaultValueFactory = _ => "nearest" };
        method.AcceptOnlyFromAmong(Methods);
        var tolerance = new Option<double?>("--tolerance-ms") { Description = "A sample further away gives null; default: one and a half periods of the stream." };
        var streams = new Option<string[]>("--stream") 
        {
            Description = "NAME=METHOD or NAME=METHOD:TOLERANCE_MS, as mocap=slerp:20; mean takes its window's width around the time (imu=mean:33), window how far back and on it reaches (imu=window:100+0). May be repeated.",
            DefaultValueFactory = _ => [],
        };
        var only = new Option<string[]>("--only") { Description = "Only these streams, separated by commas.", DefaultValueFactory = _ => [] };
        var from = new Option<double?>("--from") { Description = "First time, s of episode time; default: when every stream has begun." };
        var until = new Option<double?>("--until") { Description = "Last time, s of episode time; default: when the first stream ends." };
        var times = new Option<string?>("--times") { Description = "A version of the times, as v1, or online; default: those in force." };
        Option<bool> json = Options.Json();
        var command = new Command("align", "Aligns all streams to a grid or to one stream's times; writes an Arrow table with the distance to each source sample.") { episode, rate, to, file, method, tolerance, streams, only, from, until, times, json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(rate) is null == result.GetValue(to) is null)
            {
                result.AddError("give --rate HZ or --to STREAM, one of them");
            }

            foreach (Option<double?> seconds in new[] { from, until })
            {
                if (result.GetValue(seconds) is { } value && value is not (>= -1e6 and <= 1e6))
                {
                    result.AddError($"{seconds.Name} takes seconds of episode time");
                }
            }

            if (result.GetValue(rate) is { } hz && hz is not (>= 0.001 and <= 100_000))
            {
                result.AddError("--rate takes 0.001 to 100000 Hz");
            }
        });
        command.SetAction(parsed => Trouble.Guard(() =>
        {
            var named = new List<StreamAlignment>();
            foreach (string text in parsed.GetValue(streams)!)
            {
                if (Stream(text) is not { } stream)
                {
                    Console.Error.WriteLine($"capture: --stream {text}: expected NAME=METHOD or NAME=METHOD:MS, with a method of {string.Join(", ", Methods)} (window: MS or MS+MS)");
                    return ExitCode.Usage;
                }

                named.Add(stream);
            }

            return Align(
                parsed.GetRequiredValue(episode),
                new AlignmentOptions
                {
                    RateHz = parsed.GetValue(rate),
                    ReferenceStream = parsed.GetValue(to),
                    Default = Method(parsed.GetValue(method)!),
                    DefaultToleranceNs = Nanoseconds(parsed.GetValue(tolerance), 1e6),
                    Streams = named,
                    Only = parsed.GetValue(only) is { Length: > 0 } names ? [.. names.SelectMany(n => n.Split(',', StringSplitOptions.RemoveEmptyEntries))] : null,
                    FromNs = Nanoseconds(parsed.GetValue(from), 1e9),
                    ToNs = Nanoseconds(parsed.GetValue(until), 1e9),
                    Times = parsed.GetValue(times),
                },
                parsed.GetRequiredValue(file),
                parsed.GetValue(json));
        }));
        return command;
    }

    private static int Align(string folder, AlignmentOptions options, string file, bool json)
    {
        using EpisodeReader episode = EpisodeReader.Open(folder);
        AlignmentResult result = Aligner.Write(episode, options, file);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                file = result.File,
                rows = result.Rows,
                streams = result.Streams.Select(s => new { stream = s.Stream, method = Word(s.Method), tolerance_ns = s.ToleranceNs == long.MaxValue ? (long?)null : s.ToleranceNs, nulls = s.Nulls, max_distance_ns = s.MaxDistanceNs, late = s.Late }),
            }));
            return ExitCode.Good;
        }

        Console.WriteLine($"{result.File}: {result.Rows} rows");
        foreach (AlignedStream s in result.Streams)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {s.Stream,-18} {Word(s.Method),-9} {(s.ToleranceNs == long.MaxValue ? "" : string.Create(CultureInfo.InvariantCulture, $"within {s.ToleranceNs / 1e6:0.0} ms")),-18} {s.Nulls,8} without a sample  {(s.MaxDistanceNs is { } ns ? $"furthest {ns / 1e6:0.000} ms" : "")}{(s.Late > 0 ? $"  {s.Late} rows left out: far behind the row above" : "")}"));
        }

        return ExitCode.Good;
    }

    private static StreamAlignment? Stream(string text)
    {
        string[] parts = text.Split('=', 2);
        if (parts.Length != 2)
        {
            return null;
        }

        string[] how = parts[1].Split(':', 2);
        if (!Methods.Contains(how[0]))
        {
            return null;
        }

        if (how.Length == 1)
        {
            return new StreamAlignment(parts[0], Method(how[0]));
        }

        AlignmentMethod method = Method(how[0]);
        string[] reach = how[1].Split('+');
        if (reach.Length > (method == AlignmentMethod.Window ? 2 : 1) || !Milliseconds(reach[0], out long first) || !Milliseconds(reach[^1], out long last))
        {
            return null;
        }

        return method switch
        {
            AlignmentMethod.Mean => new StreamAlignment(parts[0], method) { BeforeNs = first / 2, AfterNs = first - (first / 2) },
            AlignmentMethod.Window => new StreamAlignment(parts[0], method) { BeforeNs = first, AfterNs = reach.Length == 2 ? last : 0 },
            _ => new StreamAlignment(parts[0], method, first),
        };
    }

    private static bool Milliseconds(string text, out long ns)
    {
        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double ms) && ms is >= 0 and <= 1e9;
        ns = isNumber ? (long)(ms * 1e6) : 0;
        return isNumber;
    }

    private static long? Nanoseconds(double? value, double unit) => value is { } v ? (long)(v * unit) : null;

    private static AlignmentMethod Method(string word) => (AlignmentMethod)Array.IndexOf(Methods, word);

    private static string Word(AlignmentMethod method) => Methods[(int)method];
}
