using System.CommandLine;
using System.Globalization;
using System.Text;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;

namespace Capture.Agent.Commands;

/// <summary><c>capture info E</c>: what an episode holds, from its files; works on one that grows or was torn.</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        Argument<string> episode = Options.Episode();
        Option<bool> json = Options.Json();
        var command = new Command("info", "Shows what an episode holds.") { episode, json };
        command.SetAction(parsed => Trouble.Guard(() => Show(parsed.GetRequiredValue(episode), parsed.GetValue(json))));
        return command;
    }

    private static int Show(string folder, bool json)
    {
        using EpisodeReader reader = EpisodeReader.Open(folder);
        if (json)
        {
            Console.WriteLine(EpisodeJson.Write(reader));
        }
        else
        {
            Print(reader);
        }

        foreach (StreamFault fault in reader.Faults)
        {
            Console.Error.WriteLine($"capture: {fault.Reason}");
        }

        return reader.Faults.Count == 0 ? ExitCode.Good : ExitCode.FoundWrong;
    }

    private static void Print(EpisodeReader reader)
    {
        EpisodeManifest manifest = reader.Manifest;
        string state = manifest.State == EpisodeState.Recording ? (reader.IsHeld ? "recording now" : "cut off: its recorder is gone (capture recover)") : manifest.State;
        Line("episode", Path.GetFileName(Path.TrimEndingDirectorySeparator(reader.Folder)));
        Line("id", manifest.Id);
        Line("state", manifest.Stopped is { } stopped ? $"{state}, ended by {stopped}" : state);
        Line("rig", manifest.Rig);
        Line("created", manifest.CreatedUtc);
        if (manifest.DurationNs is { } duration)
        {
            Line("duration", string.Create(CultureInfo.InvariantCulture, $"{duration / 1e9:0.000} s"));
        }

        foreach (var field in manifest.Task ?? new Dictionary<string, System.Text.Json.JsonElement>(StringComparer.Ordinal))
        {
            Line(field.Key, field.Value.ToString());
        }

        Line("times", manifest.Times?.InForce is { } version ? $"{version} in force{Others(manifest.Times, version)}" : "online times only");
        if (manifest.Calibration is { } calibration)
        {
            Line("calibration", $"{calibration.State} when it began{string.Concat(calibration.Entries.Where(e => e.State != "green").Select(e => "; " + e.Sentence))}");
        }

        foreach (string note in manifest.Notes ?? [])
        {
            Line("note", note);
        }

        Console.WriteLine();
        Console.WriteLine($"  {"stream",-18} {"kind",-15} {"rows",9} {"MB",9} {"dropped",8} {"unknown",8} {"clock",-12} {"drift ppm",9} {"sigma us",9} {"bound us",9}  end");
        foreach (EpisodeStream stream in reader.Streams)
        {
            ManifestCounts? counts = manifest.Streams.FirstOrDefault(s => s.Name == stream.Info.Name)?.Counts;
            CertifiedStream? certified = manifest.Certificate?.Streams.FirstOrDefault(s => s.Stream == stream.Info.Name);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {stream.Info.Name,-18} {stream.Info.Kind,-15} {stream.Rows,9} {stream.Bytes / 1e6,9:0.00} {Or(counts?.Dropped),8} {Or(counts?.Unknown),8} {stream.Info.Clock?.Name ?? "-",-12} {Ppm(certified?.DriftPpm),9} {Micro(certified?.SigmaNs?.P50),9} {Micro(certified?.BoundNs?.P50),9}  {stream.Tail.Kind.ToString().ToLowerInvariant()}"));
        }

        foreach (string mark in MarkLines.Of(manifest))
        {
            Console.WriteLine(Printable(mark));
        }
    }

    private static void Line(string name, string value) => Console.WriteLine($"{name,-12} {Printable(value)}");

    private static string Others(ManifestTimes times, string inForce) =>
        times.Versions.Where(v => v != inForce).ToList() is { Count: > 0 } others ? $"; there is also {string.Join(", ", others)}" : "";

    // A manifest comes from elsewhere: nothing in it may steer the terminal.
    private static string Printable(string text)
    {
        var shown = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            shown.Append(char.IsControl(c) ? '·' : c);
        }

        return shown.ToString();
    }

    private static string Or(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static string Micro(long? nanoseconds) => nanoseconds is { } ns ? (ns / 1e3).ToString("0.0", CultureInfo.InvariantCulture) : "-";

    private static string Ppm(double? value) => value?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-";
}
