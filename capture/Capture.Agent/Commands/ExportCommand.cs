using System.CommandLine;
using Capture.Episodes.Reading;
using Capture.Exchange.Mp4;

namespace Capture.Agent.Commands;

/// <summary><c>capture export E --as mp4</c>: one video a camera, with a table of frame times.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        Argument<string> episode = Options.Episode();
        var format = new Option<string>("--as") { Description = "mp4: one video for each camera, and a table of its frames' times.", Required = true };
        format.AcceptOnlyFromAmong("mp4");
        var folder = new Option<string>("--out") { Description = "Folder for the files; made if missing.", Required = true };
        var command = new Command("export", "Writes an episode in other formats.") { episode, format, folder };
        command.SetAction(parsed => Trouble.Guard(() => Export(parsed.GetRequiredValue(episode), parsed.GetRequiredValue(folder))));
        return command;
    }

    private static int Export(string folder, string target)
    {
        using EpisodeReader episode = EpisodeReader.Open(folder);
        using var signals = new Recording.StopSignals();
        IReadOnlyList<ExportedVideo> videos = Mp4Export.Write(episode, target, new LineProgress(), cancel: signals.Token);
        long undecodable = 0;
        foreach (ExportedVideo video in videos)
        {
            Console.WriteLine($"{video.Video}: {video.Frames} frames; times in {video.Table}");
            if (video.Undecodable > 0)
            {
                Console.Error.WriteLine($"capture: {video.Stream}: {video.Undecodable} pictures cannot be decoded and have no frame; the table names their rows");
            }

            undecodable += video.Undecodable;
        }

        return undecodable == 0 ? ExitCode.Good : ExitCode.FoundWrong;
    }

    /// <summary>One line that counts up on a terminal; silent elsewhere.</summary>
    private sealed class LineProgress : IProgress<ExportProgress>
    {
        private const int Every = 100;

        public void Report(ExportProgress value)
        {
            if (!Console.IsErrorRedirected && (value.Row % Every == 0 || value.Row == value.Rows))
            {
                Console.Error.Write($"\r{value.Stream}: {value.Row} of {value.Rows}{(value.Row == value.Rows ? "\n" : "")}");
            }
        }
    }
}
