using System.Text.Json;
using Calibration;
using Capture.Agent.Checking;
using Capture.Agent.Encoders;
using Capture.Agent.Operator;
using Capture.Agent.Rig;
using Capture.Agent.Sources;
using Capture.Core.Time;
using Capture.Devices;
using Capture.Devices.Watching;
using Capture.Episodes.Manifest;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;

namespace Capture.Agent.Recording;

/// <summary>What the operator asked for on the command line.</summary>
/// <param name="EpisodesFolder">Instead of the rig's.</param>
/// <param name="Instruction">Instead of the rig's <c>task.instruction</c>.</param>
/// <param name="RequireCalibration">Every camera must have a calibration that is not red, or nothing is recorded.</param>
internal sealed record RecordingRequest(double? Seconds, string? EpisodesFolder, string? Instruction, bool Quiet, bool RequireCalibration = false);

/// <summary>One recording from the first device opened to the sealed episode.</summary>
internal sealed class RecordingSession(RigFile rig, RecordingRequest request, HostClock clock)
{
    private static readonly Duration DrawEvery = Duration.FromMilliseconds(250);
    private static readonly Duration SummaryEvery = Duration.FromSeconds(5);

    /// <exception cref="RigException">A required task field has no value.</exception>
    /// <exception cref="DeviceProblems">Devices cannot be had.</exception>
    /// <exception cref="CalibrationException">A calibration was required, and there is none that may be used.</exception>
    /// <exception cref="Capture.Episodes.EpisodeException">The episode cannot be written.</exception>
    public RecordingReport Run()
    {
        IReadOnlyDictionary<string, JsonElement> task = Task();
        using var sources = new SourceSet(SourceFactory.Create(rig, clock));
        IReadOnlyList<DeviceException> problems = sources.Open(source => Note($"{source.Name}: {source.Streams[0].Device.Model ?? source.Streams[0].Device.Address}"));
        if (problems.Count > 0)
        {
            throw new DeviceProblems(problems);
        }

        ManifestCalibration? calibration = CalibrationAtStart.Look(rig, [.. sources.Sources.SelectMany(s => s.Streams)], clock.ReadAll().RealtimeNanoseconds);
        foreach (string line in CalibrationAtStart.Notes(calibration, rig.Path))
        {
            Note(line);
        }

        if (request.RequireCalibration)
        {
            CalibrationAtStart.Require(calibration, rig.Path);
        }

        // From here on a signal ends the recording cleanly instead of the process.
        using var signals = new StopSignals();
        using EpisodeRecorder recorder = EpisodeRecorder.Create(new EpisodeSettings
        {
            RigName = rig.Name,
            EpisodesFolder = request.EpisodesFolder ?? rig.EpisodesFolder,
            Task = task,
            BatchEveryMs = rig.Episode.BatchEveryMs,
            DurableEveryMs = rig.Episode.DurableEveryMs,
            BufferSeconds = rig.Episode.BufferSeconds,
            BufferMb = rig.Episode.BufferMb,
            // One result may hold for several streams: a rig of cameras, an arm and its mocap body.
            CalibrationFiles = [.. rig.Calibration.Values.Distinct(StringComparer.Ordinal)],
            Calibration = calibration,
            Clock = clock,
        });
        using var encoders = new EncodingSinks(recorder, SourceFactory.Encoders(rig), clock);

        // What a camera sends is looked at before it is encoded.
        using var watch = new StreamWatch(encoders, rig.WatchOf, clock);
        sources.Attach(watch);
        IMarkSink? marks = watch.Streams.Any() ? recorder.OpenMarks() : null;
        CopyModels(recorder);
        var table = new StatusTable(Console.OpenStandardError(), recorder.Statistics.Count, redraw: !Console.IsErrorRedirected, colour: Environment.GetEnvironmentVariable("NO_COLOR") is null);
        var board = new StatusBoard(recorder.Statistics, sources.Sources, watch.Streams, encoders, table, clock, calibration is null ? "" : $"calibration {calibration.State}");
        recorder.Arm();
        if (watch.Start(marks) is { } problem)
        {
            Note(problem);
        }

        sources.Start();

        StopReason reason = Watch(recorder, sources, signals, board, watch);
        sources.End();
        watch.Stop();

        // What the encoders still hold belongs to the episode: they are emptied before its streams are closed.
        encoders.Drain();
        RecordingResult result = recorder.Stop(reason);
        IReadOnlyList<string> stuck = sources.Stop();
        foreach (string source in stuck)
        {
            Note($"{source} did not end in time; what it had delivered is kept");
        }

        EpisodeManifest manifest = recorder.Seal(request.Quiet || Console.IsErrorRedirected ? null : new SealingProgress());
        if (!request.Quiet && !Console.IsErrorRedirected)
        {
            Console.Error.Write("\r\e[K");
        }

        if (sources.Failure is { } failure)
        {
            throw failure;
        }

        return new RecordingReport(recorder.Folder, manifest, result);
    }

    private StopReason Watch(EpisodeRecorder recorder, SourceSet sources, StopSignals signals, StatusBoard board, StreamWatch watch)
    {
        HostTime started = clock.Now;
        HostTime? end = request.Seconds is { } seconds ? started + new Duration((long)(seconds * 1e9)) : null;
        Duration every = Console.IsErrorRedirected ? SummaryEvery : DrawEvery;
        HostTime nextDraw = started;
        int changes = 0;
        while (true)
        {
            HostTime now = clock.Now;
            if (signals.Received)
            {
                return StopReason.Operator;
            }

            if (end <= now)
            {
                return StopReason.Seconds;
            }

            if (recorder.StopRequested is { } requested)
            {
                return requested;
            }

            if (sources.Failure is not null)
            {
                return StopReason.Operator;
            }

            if (sources.HaveEnded)
            {
                return StopReason.SourcesEnded;
            }

            // A line every five seconds would tell of a frozen camera too late.
            if (!request.Quiet && (now >= nextDraw || watch.Changes != changes))
            {
                changes = watch.Changes;
                board.Draw(started, recorder.Disk);
                nextDraw = now + every;
            }

            HostTime wake = end is { } e && e < nextDraw ? e : nextDraw;
            long leftMs = (wake - now).Nanoseconds / 1_000_000;
            signals.Wait((int)Math.Clamp(leftMs, 1, 50));
        }
    }

    private IReadOnlyDictionary<string, JsonElement> Task()
    {
        var fields = new Dictionary<string, string>(rig.Task.Fields, StringComparer.Ordinal);
        if (request.Instruction is { } instruction)
        {
            fields["instruction"] = instruction;
        }

        RigProblem[] missing = [.. rig.Task.Required.Where(field => !fields.ContainsKey(field))
            .Select(field => new RigProblem(rig.Path, 0, "task." + field, "required, and without a value" + (field == "instruction" ? ": give it here or with --task" : "")))];
        return missing.Length == 0
            ? fields.ToDictionary(f => f.Key, f => JsonSerializer.SerializeToElement(f.Value, AgentJson.Default.String), StringComparer.Ordinal)
            : throw new RigException(missing);
    }

    private void CopyModels(EpisodeRecorder recorder)
    {
        foreach (RobotEntry robot in rig.Devices.OfType<RobotEntry>().Where(r => r.Arm.Urdf is not null))
        {
            recorder.CopyIn(robot.Arm.Urdf!, "models", robot.Name + ".urdf");
        }
    }

    private void Note(string text)
    {
        if (!request.Quiet)
        {
            Console.Error.WriteLine(text);
        }
    }

    private sealed class SealingProgress : IProgress<string>
    {
        // One line drawn over itself: sealing is over in a moment as a rule, and minutes after a night.
        public void Report(string value) => Console.Error.Write($"\r sealing: {value}\e[K");
    }
}
