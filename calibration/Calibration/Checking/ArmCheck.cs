using System.Globalization;
using Calibration.Detection;
using Calibration.Episodes;
using Calibration.HandEye;
using Calibration.Latency;
using Calibration.Results;
using Calibration.Tables;
using Calibration.Targets;
using Capture.Core.Geometry;
using Capture.Episodes;
using Capture.Episodes.Reading;

namespace Calibration.Checking;

/// <summary>
/// Does what the camera sees move as the arm says? The strongest look comes first:
/// <list type="number">
/// <item>the target of the calibration is in view: its corners against where arm and calibration put them (reprojection);</item>
/// <item>it is not: between two moments the camera moves against the scene (eye in hand), or the gripper against the camera (eye to hand), by a pose that the arm and the calibration give, so points
/// that both pictures show must lie on epipolar lines. To the hand, only points near the gripper that moved count: the scene behind it says nothing.</item>
/// </list>
/// </summary>
/// <remarks>
/// Thresholds in pixels: up to 1 green, above 3 red as for rigs; where the calibration itself left more over (its rotation RMS times the focal length) up to twice that is green and above four times red.
/// Without a target the base line's length, and so a part of the translation, stays unseen.
/// </remarks>
internal static class ArmCheck
{
    private const int Moments = 60;
    private const int MostPairs = 10;
    private const int FewestPairs = 3;
    private const int FewestSightings = 3;
    private const double LeastTurnRad = 1.5 * Math.PI / 180;
    private const double MostTurnRad = 20 * Math.PI / 180;
    private const double LeastWayM = 0.02;
    private const double GripperRadiusM = 0.12;
    private const double LeastMovedPixels = 4;

    public static CheckedMeasure Run(EpisodeReader episode, CalibrationResult result, EpisodeSource? robot, CalibrationResult[] all)
    {
        const string Name = "arm in the picture";
        if (!result.Settings.TryGetValue("camera", out string? camera))
        {
            return CheckedMeasure.CannotTell(Name, "the calibration does not say which camera it is of: make it with --camera, from pictures or an episode");
        }

        if (robot is null)
        {
            return CheckedMeasure.CannotTell(Name, "the calibration does not say which stream the arm is: make it with --robot EPISODE:STREAM");
        }

        CameraResult? lens = result.Cameras.Concat(all.SelectMany(r => r.Cameras)).FirstOrDefault(c => c.Name == camera);
        if (lens is null)
        {
            return CheckedMeasure.CannotTell(Name, $"there is no lens of {camera}: keep its calibration under `calibration:` too");
        }

        if (CameraPictures.Of(episode, camera, out string why) is not { } pictures)
        {
            return CheckedMeasure.CannotTell(Name, why);
        }

        using (GrayImage first = pictures.Read(0))
        {
            if (RigCheck.WrongSize(lens, first) is { } wrong)
            {
                return new CheckedMeasure(Name, Verdict.Red, null, null, null, "px", wrong);
            }
        }

        PoseStream arm;
        try
        {
            arm = robot.ReadPoses();
        }
        catch (Exception e) when (e is CalibrationException or EpisodeException)
        {
            return CheckedMeasure.CannotTell(Name, e.Message);
        }

        var look = new ArmLook(result, lens.ToCamera(), pictures, arm);
        return look.AtTarget(Name) ?? look.AtPoints(Name);
    }

    private sealed class ArmLook
    {
        private readonly CalibrationResult _result;
        private readonly CameraModel _camera;
        private readonly CameraPictures _pictures;
        private readonly HandEyeSetup _setup;
        private readonly HandEyePoses _poses;
        private readonly double _expectedPixels;
        private readonly List<(int Row, Pose Robot)> _moments = [];

        public ArmLook(CalibrationResult result, CameraModel camera, CameraPictures pictures, PoseStream arm)
        {
            (_result, _camera, _pictures) = (result, camera, pictures);
            _setup = result.Settings.GetValueOrDefault("setup") == "eye-to-hand" ? HandEyeSetup.EyeToHand : HandEyeSetup.EyeInHand;
            _poses = new HandEyePoses(RigPose.Of(result.Transforms[0]), RigPose.Of(result.Transforms[1]));
            double rotation = result.Quantities.FirstOrDefault(q => q.Name == "rotation left over, RMS")?.Value ?? 0;
            _expectedPixels = camera.Parameters[0] * rotation * Math.PI / 180;

            // The camera's stamps less its lag are the arm's.
            long lag = result.Lags.Count > 0 ? result.Lags[0].LagNs : 0;
            var sampler = new PoseSampler(arm with { TimesNs = [.. arm.TimesNs.Select(t => t - arm.TimesNs[0])] });
            int step = Math.Max(1, pictures.TimesNs.Length / Moments);
            for (int row = 0; row < pictures.TimesNs.Length; row += step)
            {
                if (sampler.TrySample(pictures.TimesNs[row] - lag - arm.TimesNs[0], out MovingPose pose))
                {
                    _moments.Add((row, pose.Pose));
                }
            }
        }

        /// <summary>T_camera_(what the target is fixed to, seen as the target): where the calibration puts the target.</summary>
        private Pose Predicted(Pose robot) => PoseEquation.From([new PosePair(robot, Pose.Identity, "")], _setup)[0].Predicted(_poses.X, _poses.Z);

        /// <summary>T_world_camera, the world being what the target is fixed to: the base, or the gripper.</summary>
        private Pose Camera(Pose robot) => (_setup == HandEyeSetup.EyeInHand ? robot : robot.Inverse()) * _poses.X;

        /// <summary>Reprojection of the calibration's own target; null where it is not in view.</summary>
        public CheckedMeasure? AtTarget(string name)
        {
            if (!_result.Settings.TryGetValue("board", out string? text) || _moments.Count == 0)
            {
                return null;
            }

            Target target = TargetText.Read(text);
            int step = Math.Max(1, _moments.Count / 12);
            var detector = new BoardDetector([target]);
            var clusters = new List<double[]>();
            DetectedImage[] seen = [.. detector.Detect([.. _moments.Where((_, i) => i % step == 0).Select(m => Source(m.Row))])];
            (int Row, Pose Robot)[] at = [.. _moments.Where((_, i) => i % step == 0)];
            for (int i = 0; i < seen.Length; i++)
            {
                Pose pose = Predicted(at[i].Robot);
                IReadOnlyList<Corner> corners = seen[i].Sightings[0].Corners;
                if (corners.Count < 4)
                {
                    continue;
                }

                // A board that looks the same turned by half is numbered as it fits better.
                clusters.Add(target.Renumberings.Select(number => corners.Select(c => Off(pose * target.Points[number[c.Id]], c)).ToArray()).MinBy(d => d.Sum())!);
            }

            if (clusters.Count < FewestSightings)
            {
                return null;
            }

            (double low, double high) = EpipolarError.Interval([.. clusters]);
            double median = HandEyeStart.Median([.. clusters.SelectMany(c => c)]);
            return Measure(name, median, median, low, high, Text($"the target is {median:0.00} px from where the arm puts it ({low:0.00} to {high:0.00}; median of {clusters.Sum(c => c.Length)} corners in {clusters.Count} pictures)"));
        }

        /// <summary>Points of the scene, or of the gripper, between two moments.</summary>
        public CheckedMeasure AtPoints(string name)
        {
            var views = new List<MatchedViews>();
            int i = 0;
            while (i < _moments.Count && views.Count < MostPairs)
            {
                int j = i + 1;
                while (j < _moments.Count && !FarEnough(Motion(i, j)))
                {
                    j++;
                }

                if (j == _moments.Count)
                {
                    i++;
                    continue;
                }

                using GrayImage a = _pictures.Read(_moments[i].Row), b = _pictures.Read(_moments[j].Row);
                IEnumerable<PointMatch> matches = PointMatches.Find(a, b);
                if (_setup == HandEyeSetup.EyeToHand)
                {
                    matches = matches.Where(m => OnGripper(m.Ua, m.Va, _moments[i].Robot) && OnGripper(m.Ub, m.Vb, _moments[j].Robot) && Math.Abs(m.Ua - m.Ub) + Math.Abs(m.Va - m.Vb) > LeastMovedPixels);
                }

                MatchedViews agreeing = MatchedViews.Agreeing(_camera, _camera, Motion(i, j), matches);
                if (agreeing.Pairs.Count >= 8)
                {
                    views.Add(agreeing);
                }

                i = Math.Max(j, i + (_moments.Count / (2 * MostPairs)));
            }

            if (views.Count < FewestPairs)
            {
                return CheckedMeasure.CannotTell(name, _setup == HandEyeSetup.EyeToHand
                    ? "the target is not in view, and too few points of the gripper were found again after it moved: put a tag on it, or look closer"
                    : "the target is not in view, and too few points of the scene were found again after the arm moved by 2 cm and 1.5 degrees: it hardly moved, or the scene has too little texture");
            }

            if (EpipolarError.Of(views, out string why) is not { } error)
            {
                return CheckedMeasure.CannotTell(name, why);
            }

            string what = _setup == HandEyeSetup.EyeToHand ? "points of the gripper" : "points of the scene";
            return Measure(name, error.MedianPixels, error.ExcessPixels, error.Low95, error.High95, Text($"{what} move {error.MedianPixels:0.00} px past where the arm lets them ({error.Low95:0.00} to {error.High95:0.00}; epipolar error, median of {error.Matches} points over {views.Count} motions; {error.FloorPixels:0.00} px is what the points explain)"));
        }

        private CheckedMeasure Measure(string name, double value, double judged, double low, double high, string sentence)
        {
            string state = RigCheck.State(judged, Math.Max(RigCheck.AmberPixels, 2 * _expectedPixels), Math.Max(RigCheck.RedPixels, 4 * _expectedPixels));
            string advice = state == Verdict.Green ? "." : ". Camera or arm has moved against what was calibrated, or a joint's zero has: calibrate anew.";
            return new CheckedMeasure(name, state, value, low, high, "px", char.ToUpperInvariant(sentence[0]) + sentence[1..] + advice);
        }

        // T_a_b of the camera between two moments, in what it sees.
        private Pose Motion(int i, int j) => Camera(_moments[i].Robot).Inverse() * Camera(_moments[j].Robot);

        private static bool FarEnough(Pose motion) => motion.Translation.Length >= LeastWayM && motion.Rotation.Angle is >= LeastTurnRad and <= MostTurnRad;

        private bool OnGripper(double u, double v, Pose robot)
        {
            Vector3d origin = Camera(robot).Inverse().Translation;
            return _camera.Project(origin, out double cu, out double cv) && Math.Sqrt(((u - cu) * (u - cu)) + ((v - cv) * (v - cv))) < _camera.Parameters[0] * GripperRadiusM / origin.Length;
        }

        private double Off(Vector3d point, Corner corner) => _camera.Project(point, out double u, out double v)
            ? Math.Sqrt(((u - corner.U) * (u - corner.U)) + ((v - corner.V) * (v - corner.V)))
            : Math.Max(_camera.Width, _camera.Height);

        private ImageSource Source(int row) => new($"{_pictures.Name}, row {row}", () => _pictures.Bytes(row));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
