using System.CommandLine;
using Calibration.Episodes;
using Calibration.Latency;
using Calibration.Latency.Claps;
using Calibration.Results;
using Calibration.Tables;

namespace Calibrate.Commands;

/// <summary><c>calibrate latency A B</c>: how late B stamps what A stamps too.</summary>
internal static class LatencyCommand
{
    public static Option<double> MaxLag()
    {
        var option = new Option<double>("--max-lag") { Description = "Furthest lag to look for, either way, in seconds.", DefaultValueFactory = _ => 10 };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (> 0 and <= 600))
            {
                result.AddError("--max-lag takes more than 0 and at most 600 s");
            }
        });
        return option;
    }

    public static LagOptions Lags(ParseResult parsed, Option<double> maxLag, Option<bool> fromStart) => new((long)(parsed.GetValue(maxLag) * 1e9), parsed.GetValue(fromStart));

    public static Option<bool> FromStart() => new("--from-start") { Description = "Count both streams from their first stamp: for clocks that have nothing to do with each other." };

    public static Command Create()
    {
        var a = new Argument<string?>("A") { Arity = ArgumentArity.ZeroOrOne, Description = "The reference: " + StreamArgument.Notation + "." };
        var b = new Argument<string?>("B") { Arity = ArgumentArity.ZeroOrOne, Description = "The stream whose lag is sought, of the same motion: poses with poses, joints with joints." };
        var episode = new EpisodeOptions();
        episode.Robot.Description = "With --episode: the arm's stream in it, as follower.state; its stamps are taken as true.";
        var target = new Option<string?>("--target") { Description = "With --episode: the target that the arm moves before the camera, as chessboard:9x6:25mm." };
        var fixedRate = new Option<bool>("--fixed-rate") { Description = "Both clocks count at the same rate: do not estimate it." };
        var clap = new Option<bool>("--clap") { Description = "A is a microphone and B a camera of one episode: compare the claps that both took (hands, or a click with a lamp)." };
        var distance = new Option<double>("--distance") { Description = "With --clap: metres from the clap to the microphone.", DefaultValueFactory = _ => 0.5 };
        Option<double> maxLag = MaxLag();
        Option<bool> fromStart = FromStart();
        Option<string> order = StreamArgument.Order();
        Option<string> angles = StreamArgument.Angles();
        Option<string?> unit = StreamArgument.TimeUnit();
        Option<string?> output = Options.Out();
        Option<string?> report = Options.Report();
        Option<string?> previous = Options.Previous();
        Option<bool> json = Options.Json();
        var command = new Command("latency", "How late B stamps the same motion as A: lag, rate, interval.")
        {
            a, b, clap, distance, episode.Episode, episode.Camera, episode.Live, episode.Lens, episode.Robot, target, maxLag, fromStart, fixedRate, order, angles, unit, output, report, previous, json,
        };
        command.Validators.Add(result =>
        {
            bool pictures = result.GetValue(episode.Episode) is not null;
            bool whole = result.GetValue(episode.Camera) is not null && result.GetValue(episode.Robot) is not null && result.GetValue(target) is not null;
            if (pictures == (result.GetValue(a) is not null) || (pictures ? !whole : result.GetValue(b) is null))
            {
                result.AddError("give two streams A and B, or --episode EPISODE --camera NAME --robot STREAM --target TARGET");
            }
        });
        command.SetAction(parsed => Trouble.Guard(() =>
        {
            if (parsed.GetValue(episode.Episode) is not null)
            {
                using EpisodeCamera camera = episode.Open(parsed);
                using Following following = episode.Follow(parsed);
                CalibrationResult seen = episode.ArmAndCamera(parsed, camera, parsed.GetValue(target)!, following).Latency(Lags(parsed, maxLag, fromStart), [StreamArgument.Input(episode.Arm(parsed).ToString())]);
                return Outcome.Finish(seen, parsed.GetValue(output), parsed.GetValue(report), parsed.GetValue(previous), parsed.GetValue(json), camera.Pictures);
            }

            string nameA = parsed.GetValue(a)!;
            string nameB = parsed.GetValue(b)!;
            PoseFileOptions file = StreamArgument.Options(parsed.GetValue(order)!, parsed.GetValue(angles)!, parsed.GetValue(unit));
            if (parsed.GetValue(clap))
            {
                CalibrationResult claps = ClapCalibration.Run(StreamArgument.Episode(nameA), StreamArgument.Episode(nameB), (long)(parsed.GetValue(maxLag) * 1e9), parsed.GetValue(distance), [StreamArgument.Input(nameA), StreamArgument.Input(nameB)]);
                return Outcome.Finish(claps, parsed.GetValue(output), parsed.GetValue(report), parsed.GetValue(previous), parsed.GetValue(json), []);
            }

            LagOptions options = Lags(parsed, maxLag, fromStart) with { EstimateRate = !parsed.GetValue(fixedRate) };

            // Two arms are compared joint by joint; an arm and a tracked body by their poses.
            CalibrationResult result = StreamArgument.IsChannels(nameA) && StreamArgument.IsChannels(nameB)
                ? LatencyCalibration.Run(StreamArgument.Channels(nameA, file), StreamArgument.Channels(nameB, file), options, [StreamArgument.Input(nameA), StreamArgument.Input(nameB)])
                : LatencyCalibration.Run(StreamArgument.Poses(nameA, file), StreamArgument.Poses(nameB, file), options, [StreamArgument.Input(nameA), StreamArgument.Input(nameB)]);
            return Outcome.Finish(result, parsed.GetValue(output), parsed.GetValue(report), parsed.GetValue(previous), parsed.GetValue(json), []);
        }));
        return command;
    }
}
