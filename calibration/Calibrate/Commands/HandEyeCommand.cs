using System.CommandLine;
using Calibration;
using Calibration.Detection;
using Calibration.Episodes;
using Calibration.HandEye;
using Calibration.Latency;
using Calibration.Results;
using Calibration.Tables;
using Calibration.Targets;
using Capture.Core.Geometry;

namespace Calibrate.Commands;

/// <summary><c>calibrate hand-eye</c>: where the camera is on the hand, or where it stands beside the robot.</summary>
internal static class HandEyeCommand
{
    public static Command Create()
    {
        var pairs = new Option<string?>("--pairs") { Description = "A table with the columns robot_x … robot_qw (T_base_gripper) and target_x … target_qw (T_camera_target), one moment a row." };
        var episode = new EpisodeOptions();
        Option<string?> robot = episode.Robot;
        robot.Description = "Instead of pairs: the robot's poses over time, " + StreamArgument.Notation + "; with --episode the arm's stream in it, as follower.state.";
        var target = new Option<string?>("--target") { Description = "With --robot: the target's poses in the camera (or a body's in the mocap) over time; with --episode or pictures the target itself, as chessboard:9x6:25mm." };
        var images = new Option<string[]>("--images") { Description = "With --pairs (robot_x … robot_qw, and a column `image` or one picture a row): pictures of the --target instead of its poses. The refinement then runs on their pixels.", AllowMultipleArgumentsPerToken = true };
        var detections = new Option<string?>("--detections") { Description = "Instead of --images: what `calibrate detect --json` printed." };
        episode.Lens.Description = "With --images or --detections: a result of `calibrate intrinsics`. With --episode: a result that holds the camera's lens; else the episode's own is taken, else one from this recording.";
        var setup = new Option<string>("--setup") { Description = "eye-in-hand (the camera is on the gripper) or eye-to-hand (the target is).", Required = true };
        setup.AcceptOnlyFromAmong("eye-in-hand", "eye-to-hand");
        Option<double> maxLag = LatencyCommand.MaxLag();
        Option<bool> fromStart = LatencyCommand.FromStart();
        Option<string> order = StreamArgument.Order();
        Option<string> angles = StreamArgument.Angles();
        Option<string?> unit = StreamArgument.TimeUnit();
        Option<string?> output = Options.Out();
        Option<string?> report = Options.Report();
        Option<string?> previous = Options.Previous();
        Option<bool> json = Options.Json();
        var command = new Command("hand-eye", "Where the camera is on the hand (or beside the robot), with its covariance.")
        {
            pairs, images, detections, episode.Episode, episode.Camera, episode.Live, episode.Lens, robot, target, setup, maxLag, fromStart, order, angles, unit, output, report, previous, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(pairs) is null == (result.GetValue(robot) is null || result.GetValue(target) is null))
            {
                result.AddError("give --pairs FILE, or --robot STREAM and --target STREAM, or --episode EPISODE --camera NAME --robot STREAM --target TARGET");
            }
            else if (result.GetValue(episode.Episode) is null != result.GetValue(episode.Camera) is null || (result.GetValue(pairs) is not null && result.GetValue(episode.Episode) is not null))
            {
                result.AddError("--episode and --camera go together, without --pairs");
            }
        });
        command.SetAction(parsed => Trouble.Guard(() =>
        {
            PoseFileOptions file = StreamArgument.Options(parsed.GetValue(order)!, parsed.GetValue(angles)!, parsed.GetValue(unit));
            HandEyeSetup arrangement = parsed.GetValue(setup) == "eye-in-hand" ? HandEyeSetup.EyeInHand : HandEyeSetup.EyeToHand;
            CalibrationResult result;
            if (parsed.GetValue(episode.Episode) is not null)
            {
                using EpisodeCamera camera = episode.Open(parsed);
                using Following following = episode.Follow(parsed);
                result = episode.ArmAndCamera(parsed, camera, parsed.GetValue(target)!, following).HandEye(arrangement, LatencyCommand.Lags(parsed, maxLag, fromStart), [StreamArgument.Input(episode.Arm(parsed).ToString())]);
                return Outcome.Finish(result, parsed.GetValue(output), parsed.GetValue(report), parsed.GetValue(previous), parsed.GetValue(json), camera.Pictures);
            }

            bool pictures = parsed.GetValue(images) is { Length: > 0 } || parsed.GetValue(detections) is not null;
            if (parsed.GetValue(pairs) is { } robots && pictures)
            {
                result = OnPictures(robots, file, parsed.GetValue(images) ?? [], parsed.GetValue(detections), parsed.GetValue(target), parsed.GetValue(episode.Lens), arrangement);
            }
            else if (parsed.GetValue(pairs) is { } path)
            {
                (IReadOnlyList<PosePair> read, IReadOnlyList<string> notes) = PairFile.Read(path, file);
                result = HandEyeCalibration.Run(read, arrangement, [StreamArgument.Input(path)], notes.Select(n => new Finding(Finding.Note, "reading", path, n + ".")));
            }
            else
            {
                string a = parsed.GetValue(robot)!;
                string b = parsed.GetValue(target)!;
                LagOptions options = LatencyCommand.Lags(parsed, maxLag, fromStart);
                result = HandEyeCalibration.Run(StreamArgument.Poses(a, file), StreamArgument.Poses(b, file), arrangement, options, [StreamArgument.Input(a), StreamArgument.Input(b)]);
            }

            return Outcome.Finish(result, parsed.GetValue(output), parsed.GetValue(report), parsed.GetValue(previous), parsed.GetValue(json), []);
        }));
        return command;
    }

    private static CalibrationResult OnPictures(string robots, PoseFileOptions file, string[] images, string? detections, string? target, string? lens, HandEyeSetup setup)
    {
        if (target is null || lens is null)
        {
            throw new CalibrationException(CalibrationProblem.Asked, "pictures need the target in them and the camera's lens", "hand-eye", "Give --target chessboard:9x6:25mm (or what it is) and --lens LENS.json.");
        }

        Target board = TargetText.Read(target);
        CalibrationResult lenses = ResultFile.Read(lens);
        CameraResult camera = lenses.Cameras.Count == 1
            ? lenses.Cameras[0]
            : throw new CalibrationException(CalibrationProblem.Data, $"holds {lenses.Cameras.Count} cameras, and one is needed", lens, "Give a result of `calibrate intrinsics`.");
        IReadOnlyList<ImageSource> sources = detections is null ? ImageSet.Find(images) : [];
        IReadOnlyList<SeenPicture> seen = detections is null ? PicturePairs.Detect(sources, board) : PicturePairs.ReadDetections(detections);
        (IReadOnlyList<(Pose Robot, string? Image, string Label)> poses, IReadOnlyList<string> notes) = PairFile.ReadRobot(robots, file);
        InputFile[] inputs = [StreamArgument.Input(robots), StreamArgument.Input(lens), .. detections is null ? sources.Select(s => InputFile.Of(s.Name, s.Read())) : [StreamArgument.Input(detections)]];
        CalibrationResult result = HandEyeCalibration.Run(PicturePairs.Make(poses, seen, board, camera), setup, inputs, notes.Select(n => new Finding(Finding.Note, "reading", robots, n + ".")), new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["camera"] = camera.Name, ["board"] = board.Text, ["lens"] = lens, ["refinement"] = "on pixels",
        });
        return result with { Cameras = [camera] };
    }
}
