using System.CommandLine;
using System.Text.Json;
using Capture.Core.Time;
using Replay.Labels;
using Replay.Labels.Log;
using Replay.Server.Episodes;
using Replay.Server.Hosting;
using Replay.Server.Labelling;

namespace Replay.Server.Commands;

/// <summary><c>replay labels E</c> prints an episode's segments; <c>replay release E --name NAME</c> publishes them into it.</summary>
internal static class LabelCommands
{
    public static Command Labels()
    {
        var episode = new Argument<string>("E") { Description = "folder of an episode (NAME.episode)" };
        var json = new Option<bool>("--json") { Description = "as JSON" };
        var command = new Command("labels", "print an episode's labels") { episode, json };
        command.SetAction((parsed, cancel) => Task.FromResult(With(parsed.GetValue(episode)!, write: false, (desk, open) => Print(desk, open, parsed.GetValue(json), cancel))));
        return command;
    }

    public static Command Release()
    {
        var episode = new Argument<string>("E") { Description = "folder of an episode (NAME.episode)" };
        var name = new Option<string>("--name") { Description = "the release's name: lower-case letters, digits, '_' or '-'", Required = true };
        var json = new Option<bool>("--json") { Description = "as JSON" };
        var command = new Command("release", "publish an episode's labels into it, as labels/NAME@N.arrow") { episode, name, json };
        command.SetAction((parsed, cancel) => Task.FromResult(With(parsed.GetValue(episode)!, write: true, (desk, open) =>
        {
            (string file, int segments, string head) = desk.Release(open, parsed.GetValue(name), cancel);
            Console.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(new { File = file, Segments = segments, Head = head }, Answers.Json)
                : $"{file}: {segments} segments, times {open.TimeVersion}, log {head[..12]}…");
            return Exit.Good;
        })));
        return command;
    }

    private static int With(string episode, bool write, Func<LabelDesk, OpenEpisode, int> run)
    {
        (string folder, string name) = ServedFolder.Split(episode);
        if (!Directory.Exists(folder))
        {
            return Exit.With(Exit.Environment, $"there is no episode '{episode}'.");
        }

        try
        {
            using var library = new EpisodeLibrary(folder, HostClock.System);
            using EpisodeLease lease = library.Open(name);

            // Printing must not make a database where nobody has labelled yet.
            using LabelDesk desk = write || File.Exists(Path.Combine(folder, LabelLog.RelativePath)) ? new LabelDesk(folder, HostClock.System) : LabelDesk.Empty();
            return desk.Problem is { } problem ? Exit.With(Exit.Environment, problem.Message) : run(desk, lease.Episode);
        }
        catch (ApiException e)
        {
            return Exit.With(e.Status == StatusCodes.Status400BadRequest ? Exit.Usage : Exit.Environment, e.Message);
        }
        catch (IOException e)
        {
            return Exit.With(Exit.Environment, e.Message);
        }
    }

    private static int Print(LabelDesk desk, OpenEpisode episode, bool json, CancellationToken cancel)
    {
        (string head, LabelSegment[] segments) = desk.View(episode, cancel);
        if (json)
        {
            var all = new { Episode = episode.Id, Head = head, Segments = segments.Select(LabelEndpoints.Shown).ToArray() };
            Console.WriteLine(JsonSerializer.Serialize(all, new JsonSerializerOptions(Answers.Json) { WriteIndented = true }));
            return Exit.Good;
        }

        Console.WriteLine($"{episode.Name}: {segments.Length} segments, log {head[..12]}…");
        foreach (LabelSegment s in segments)
        {
            FormattableString line = $"{s.Start.TimeNs / 1e9,12:F6} {s.End.TimeNs / 1e9,12:F6} s  {s.Verb,-16} {s.Note.ReplaceLineEndings(" "),-24} from {s.Start.Stream} {s.Start.Sequence}{Offset(s.Start)} to {s.End.Stream} {s.End.Sequence}{Offset(s.End)} ({s.Start.TimeVersion}), {s.Author} {s.EditedUtc}";
            Console.WriteLine(FormattableString.Invariant(line));
        }

        return Exit.Good;
    }

    private static string Offset(Anchor anchor) => anchor.OffsetNs == 0 ? "" : FormattableString.Invariant($"{anchor.OffsetNs:+0;-0} ns");
}
