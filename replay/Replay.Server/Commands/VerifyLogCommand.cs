using System.CommandLine;
using System.Text.Json;
using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes;
using Replay.Labels;
using Replay.Labels.Log;
using Replay.Labels.Release;
using Replay.Server.Hosting;

namespace Replay.Server.Commands;

/// <summary><c>replay verify-log DIR</c>: every hash of every chain anew, and every release against the chain that it was made from.</summary>
internal static class VerifyLogCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("DIR") { Description = "folder of episodes" };
        var json = new Option<bool>("--json") { Description = "as JSON" };
        var command = new Command("verify-log", "check that no label operation was changed since it was written") { folder, json };
        command.SetAction(parsed => Verify(parsed.GetValue(folder)!, parsed.GetValue(json)));
        return command;
    }

    private static int Verify(string folder, bool json)
    {
        if (ServedFolder.Problem(folder) is { } problem)
        {
            return Exit.With(Exit.Environment, problem);
        }

        LogVerification found;
        try
        {
            using LabelLog? log = LabelLog.OpenExisting(folder, HostClock.System);
            found = log?.Verify() ?? new LogVerification(0, 0, [], new Dictionary<string, IReadOnlySet<string>>(StringComparer.Ordinal));
        }
        catch (LabelLogException e)
        {
            return Exit.With(Exit.FoundWrong, e.Message);
        }

        string[] faults = [.. found.Faults, .. ReleaseFaults(folder, found)];
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { found.Episodes, found.Entries, Faults = faults }, Answers.Json));
        }
        else
        {
            foreach (string fault in faults)
            {
                Console.WriteLine(fault);
            }

            Console.WriteLine(FormattableString.Invariant($"{found.Entries} operations on {found.Episodes} episodes: {(faults.Length == 0 ? "every hash agrees" : $"{faults.Length} faults")}."));
        }

        return faults.Length == 0 ? Exit.Good : Exit.FoundWrong;
    }

    private static IEnumerable<string> ReleaseFaults(string folder, LogVerification found)
    {
        foreach (string release in Directory.EnumerateDirectories(folder, "*" + EpisodeFolder.Suffix).Order(StringComparer.Ordinal).SelectMany(ReleaseFile.List))
        {
            string? fault = null;
            try
            {
                using ArrowReader reader = ArrowReader.Open(release);
                ArrowMetadata metadata = reader.Schema.Metadata;
                string? head = metadata.Find(ReleaseSchema.HeadKey);
                string? episode = metadata.Find(ReleaseSchema.EpisodeKey);
                bool known = head == LogEntry.EmptyHead
                    || (episode is not null && head is not null && found.Hashes.TryGetValue(episode, out IReadOnlySet<string>? hashes) && hashes.Contains(head));
                fault = known ? null : $"its log head {head} is none that the log had";
            }
            catch (Exception e) when (e is ArrowFormatException or IOException or UnauthorizedAccessException)
            {
                fault = $"it cannot be read ({e.Message.TrimEnd('.')})";
            }

            if (fault is not null)
            {
                yield return $"{Path.GetRelativePath(folder, release)}: {fault}.";
            }
        }
    }
}
