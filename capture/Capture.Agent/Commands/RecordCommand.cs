using System.CommandLine;
using System.Globalization;
using Capture.Agent.Recording;
using Capture.Agent.Rig;
using Capture.Core.Time;
using Capture.Episodes.Manifest;

namespace Capture.Agent.Commands;

/// <summary><c>capture record RIG</c>.</summary>
internal static class RecordCommand
{
    public static Command Create()
    {
        Argument<string> rig = Options.Rig();
        var seconds = new Option<double?>("--seconds") { Description = "End after so long; without it, Ctrl+C ends the recording." };
        var outFolder = new Option<string?>("--out") { Description = "Folder for the episode, instead of the rig's `episodes`." };
        var task = new Option<string?>("--task") { Description = "The instruction, instead of the rig's `task.instruction`." };
        var require = new Option<bool>("--require-calibration") { Description = "Record nothing unless every camera has a calibration that fits it and is not red." };
        Option<bool> json = Options.Json();
        seconds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is { } value && value is not (>= 0.1 and <= 604_800))
            {
                result.AddError("--seconds takes 0.1 to 604800 (a week)");
            }
        });
        var command = new Command("record", "Records one episode. Ctrl+C ends it cleanly.") { rig, seconds, outFolder, task, require, json };
        command.SetAction(parsed => Trouble.Guard(() =>
        {
            RigFile file = RigReader.Read(parsed.GetRequiredValue(rig));
            var request = new RecordingRequest(parsed.GetValue(seconds), parsed.GetValue(outFolder), parsed.GetValue(task), Quiet: parsed.GetValue(json), parsed.GetValue(require));
            return Report(new RecordingSession(file, request, HostClock.System).Run(), parsed.GetValue(json));
        }));
        return command;
    }

    private static int Report(RecordingReport report, bool json)
    {
        string[] complaints = [.. report.OwnLosses, .. report.Silent, .. report.Unexplained];
        bool diskGaveOut = report.Result.Reason is StopReason.DiskFull or StopReason.WriteError;
        if (json)
        {
            Console.WriteLine(RecordingJson.Write(report, complaints));
        }
        else
        {
            Console.WriteLine(report.Folder);
            foreach (ManifestStream stream in report.Manifest.Streams.Where(s => s.Counts is not null))
            {
                ManifestCounts counts = stream.Counts!;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {stream.Name,-18} {counts.Stored,9} {counts.Unit,-6} stored  {counts.Dropped,6} dropped  {(counts.Produced is { } produced ? $"of {produced} produced" : "not counted by the device")}"));
            }
        }

        foreach (string mark in json ? [] : MarkLines.Of(report.Manifest))
        {
            Console.WriteLine(mark);
        }

        foreach (string complaint in complaints)
        {
            Console.Error.WriteLine($"capture: {complaint}");
        }

        if (diskGaveOut)
        {
            Console.Error.WriteLine(
                $"capture: {report.Folder}: the disk gave out ({report.Result.Detail ?? "no space left"}), and the recording was ended. What was recorded until then is whole. Free space, and record anew.");
            return ExitCode.Environment;
        }

        return complaints.Length == 0 ? ExitCode.Good : ExitCode.FoundWrong;
    }
}
