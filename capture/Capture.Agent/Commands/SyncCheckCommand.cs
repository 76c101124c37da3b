using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Capture.Episodes.Reading;
using Capture.Episodes.SyncCheck;
using Capture.Episodes.SyncPage;

namespace Capture.Agent.Commands;

/// <summary><c>capture sync-check E</c>: do the streams agree in time, by what they saw? Exit code 1 on an alarm.</summary>
internal static class SyncCheckCommand
{
    public static Command Create()
    {
        Argument<string> episode = Options.Episode();
        Option<bool> json = Options.Json();
        var html = new Option<string?>("--html") { Description = "Also draw the certificate and what was measured into this file: one page that needs nothing else." };
        var command = new Command(
            "sync-check",
            "Measures from the data how far streams are apart (arm against picture, sound, motion capture and gyroscope; contact against click; trigger against exposure) and holds it against the certificate. Exit code 1 on an alarm.") { episode, html, json };
        command.SetAction(parsed => Trouble.Guard(() => Check(parsed.GetRequiredValue(episode), parsed.GetValue(html), parsed.GetValue(json))));
        return command;
    }

    private static int Check(string folder, string? html, bool json)
    {
        using EpisodeReader episode = EpisodeReader.Open(folder);
        IReadOnlyList<SyncMeasurement> found = SyncChecker.Run(episode);
        if (html is not null)
        {
            SyncPageFile.Write(episode, found, html);
        }

        bool alarm = found.Any(m => m.Verdict == SyncVerdict.Alarm);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                alarm,
                times = episode.Manifest.Times?.InForce,
                measurements = found.Select(m => new
                {
                    method = Word(m.Method),
                    reference = m.Reference,
                    stream = m.Stream,
                    verdict = Word(m.Verdict),
                    residual_ns = m.ResidualNs,
                    low_ns = m.LowNs,
                    high_ns = m.HighNs,
                    score = m.Score,
                    allowed_ns = m.AllowedNs,
                    reason = m.Reason,
                }),
            }));
        }
        else
        {
            Print(found);
            Console.WriteLine(
                alarm ? "alarm: streams are further apart than their certificate allows"
                : found.Any(m => m.Verdict == SyncVerdict.Agrees) ? "no alarm"
                : "cannot tell: nothing in this episode is seen by two streams alike");
        }

        return alarm ? ExitCode.FoundWrong : ExitCode.Good;
    }

    private static void Print(IReadOnlyList<SyncMeasurement> found)
    {
        if (found.Count == 0)
        {
            return;
        }

        Console.WriteLine($"  {"stream",-16} {"against",-16} {"by",-16} {"late by ms",10} {"99 % interval",19} {"score",6} {"allowed ms",11}  verdict");
        foreach (SyncMeasurement m in found)
        {
            string interval = m.LowNs is { } low && m.HighNs is { } high ? string.Create(CultureInfo.InvariantCulture, $"{low / 1e6:0.0} to {high / 1e6:0.0}") : "-";
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {m.Stream,-16} {m.Reference,-16} {Word(m.Method),-16} {Milliseconds(m.ResidualNs),10} {interval,19} {m.Score,6:0.00} {Milliseconds(m.AllowedNs),11}  {Word(m.Verdict)}{(m.Reason.Length > 0 ? $": {m.Reason}" : "")}"));
        }
    }

    private static string Milliseconds(long? ns) => ns is { } value ? (value / 1e6).ToString("0.00", CultureInfo.InvariantCulture) : "-";

    private static string Word(SyncVerdict verdict) => verdict switch { SyncVerdict.Agrees => "agrees", SyncVerdict.Alarm => "alarm", _ => "cannot-tell" };

    private static string Word(SyncMethod method) => method switch
    {
        SyncMethod.Rotation => "rotation",
        SyncMethod.ImageMotion => "image-motion",
        SyncMethod.MotorSound => "motor-sound",
        SyncMethod.ContactClick => "contact-click",
        _ => "trigger-exposure",
    };
}
