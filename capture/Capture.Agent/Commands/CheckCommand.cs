using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Calibration.Checking;
using Calibration.Results;
using Capture.Agent.Checking;
using Capture.Agent.Recording;
using Capture.Agent.Rig;
using Capture.Core.Time;
using Capture.Devices;

namespace Capture.Agent.Commands;

/// <summary><c>capture check RIG</c>: would this rig record?</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        Argument<string> rig = Options.Rig();
        Option<bool> json = Options.Json();
        var seconds = new Option<double>("--seconds") { Description = "How long to read the devices; 0 only checks the file.", DefaultValueFactory = _ => 3 };
        seconds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0 and <= 3600))
            {
                result.AddError("--seconds takes 0 to 3600");
            }
        });
        var command = new Command("check", "Checks a rig file, opens its devices and reads them for a while; writes nothing.") { rig, seconds, json };
        command.SetAction(parsed => Trouble.Guard(() => Check(parsed.GetRequiredValue(rig), parsed.GetValue(seconds), parsed.GetValue(json))));
        return command;
    }

    private static int Check(string path, double seconds, bool json)
    {
        RigFile rig = RigReader.Read(path);
        if (seconds == 0)
        {
            Console.WriteLine($"{path}: {rig.Devices.Count} devices, nothing wrong with the file");
            return ExitCode.Good;
        }

        using var signals = new StopSignals();
        IReadOnlyList<CheckedCalibration> calibrations = CalibrationLook.Run(rig);
        RigCheckResult result = RigCheck.Run(rig, new Duration((long)(seconds * 1e9)), HostClock.System, signals.Token);
        if (json)
        {
            Console.WriteLine(Json(result, calibrations));
        }
        else
        {
            Print(rig, result);
            Print(calibrations);
        }

        foreach (DeviceException problem in result.Problems)
        {
            Console.Error.WriteLine($"capture: {problem.Message}");
        }

        return result.Problems.Count > 0 ? ExitCode.Environment : result.IsGood && calibrations.All(c => c.State != Verdict.Red) ? ExitCode.Good : ExitCode.FoundWrong;
    }

    private static void Print(RigFile rig, RigCheckResult result)
    {
        Console.WriteLine($"  {"stream",-18} {"kind",-15} {"declared",9} {"measured",9} {"kB/s",9} {"lost",6} {"sigma us",9}  remarks");
        foreach (StreamCheck s in result.Streams)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {s.Name,-18} {s.Kind,-15} {(s.NominalHz is { } n ? n.ToString("0.0", CultureInfo.InvariantCulture) : "-"),9} {(double.IsNaN(s.RateHz) ? "-" : s.RateHz.ToString("0.0", CultureInfo.InvariantCulture)),9} {s.BytesPerSecond / 1e3,9:0.0} {s.Lost,6} {(s.Sigma is { } sigma ? (sigma.Nanoseconds / 1e3).ToString("0.0", CultureInfo.InvariantCulture) : "-"),9}  {s.Complaint ?? ""}"));
        }

        foreach (BusLoad bus in result.Buses)
        {
            Console.WriteLine($"  {bus}");
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"An hour of this rig is {result.BytesPerSecond * 3600 / 1e9:0.0} GB; episodes go to {rig.EpisodesFolder}{Room(rig, result)}"));
    }

    private static void Print(IReadOnlyList<CheckedCalibration> calibrations)
    {
        foreach (CheckedCalibration c in calibrations)
        {
            Console.WriteLine($"  calibration {c.File} ({c.Kind}): {c.State}{(c.Deviations is { } d ? string.Create(CultureInfo.InvariantCulture, $", {d:0.0} sigma") : "")}. {c.Sentence}");
        }
    }

    private static string Room(RigFile rig, RigCheckResult result)
    {
        string? existing = rig.EpisodesFolder;
        while (existing is not null && !Directory.Exists(existing))
        {
            existing = Path.GetDirectoryName(existing);
        }

        if (existing is null || result.BytesPerSecond <= 0)
        {
            return "";
        }

        long free = new DriveInfo(existing).AvailableFreeSpace;
        return string.Create(CultureInfo.InvariantCulture, $", {free / 1e9:0.0} GB free: room for {free / result.BytesPerSecond / 3600:0.0} h");
    }

    private static string Json(RigCheckResult result, IReadOnlyList<CheckedCalibration> calibrations) => JsonSerializer.Serialize(new
    {
        good = result.IsGood,
        calibrations = calibrations.Select(c => new { file = c.File, kind = c.Kind, state = c.State, deviations = c.Deviations, sentence = c.Sentence }),
        bytes_per_second = result.BytesPerSecond,
        problems = result.Problems.Select(p => new { where = p.Where, what = p.What, remedy = p.Remedy }),
        buses = result.Buses.Select(b => new { bus = b.Bus, sources = b.Sources, bytes_per_second = b.BytesPerSecond, capacity_bytes_per_second = b.CapacityBytesPerSecond, too_much = b.IsTooMuch }),
        streams = result.Streams.Select(s => new
        {
            name = s.Name,
            kind = s.Kind,
            device = s.Device,
            declared_hz = s.NominalHz,
            measured_hz = double.IsNaN(s.RateHz) ? (double?)null : s.RateHz,
            rows = s.Rows,
            bytes_per_second = s.BytesPerSecond,
            lost = s.Lost,
            sigma_ns = s.Sigma?.Nanoseconds,
            complaint = s.Complaint,
        }),
    });
}
