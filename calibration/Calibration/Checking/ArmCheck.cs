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
/// Without a target an error of the turn shows as its product with the arm's own turns only (2 degrees over turns of 14 are half a degree in the picture): the turn that the points ask for is fitted over all
/// motions, and where it is sure (5 σ) it is judged by what it is in the picture. An error of the place is hardly seen: keep a tag in view where that is too little.
/// </remarks>
internal static class ArmCheck
{
    private const int Moments = 60;
    private const int MostPairs = 10;
    private const int FewestPairs = 3;
    private const int FewestSightings = 3;
    private const double LeastTurnRad = 1.5 * Math.PI / 180;
    private const double MostTurnRad = 25 * Math.PI / 180;
    private const double BestTurnRad = 14 * Math.PI / 180;
    private const double LeastWayM = 0.02;
    private const double GripperRadiusM = 0.12;
    private const double LeastMovedPixels = 4;
    private const double SureTurn = 5;
    private const int LeastPart = 40;
    private const int FewestOfPair = 8;

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
        private Pose Camera(Pose robot) => Hand(robot) * _poses.X;

        private Pose Hand(Pose robot) => _setup == HandEyeSetup.EyeInHand ? robot : robot.Inverse();

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
            var motions = new List<(MatchedViews Views, Pose Motion)>();
            int step = Math.Max(1, _moments.Count / MostPairs);
            for (int i = 0; i < _moments.Count && views.Count < MostPairs; i += step)
            {
                int[] far = [.. Enumerable.Range(0, _moments.Count).Where(k => k != i && FarEnough(Motion(i, k)))];
                if (far.Length == 0)
                {
                    continue;
                }

                // An error of the calibration shows as its product with the arm's turn; beyond some degrees points are no longer found again.
                int j = far.MinBy(k => Math.Abs(Motion(i, k).Rotation.Angle - BestTurnRad));
                using GrayImage a = _pictures.Read(_moments[i].Row), b = _pictures.Read(_moments[j].Row);
                IEnumerable<PointMatch> matches = _setup == HandEyeSetup.EyeInHand ? PointMatches.Find(a, b) : OnGripper(a, b, _moments[i].Robot, _moments[j].Robot);
                MatchedViews agreeing = MatchedViews.Agreeing(_camera, _camera, Motion(i, j), matches);
                if (agreeing.Pairs.Count >= FewestOfPair)
                {
                    views.Add(agreeing);
                    motions.Add((agreeing, Hand(_moments[i].Robot).Inverse() * Hand(_moments[j].Robot)));
                }
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
            CheckedMeasure measure = Measure(name, error.MedianPixels, error.ExcessPixels, error.Low95, error.High95, Text($"{what} lie {error.MedianPixels:0.00} px off where the arm lets them ({error.Low95:0.00} to {error.High95:0.00}; epipolar error, median of {error.Matches} points over {views.Count} motions; {error.FloorPixels:0.00} px is what the points explain)"));
            if (HandTurnFit.Find(_poses.X, motions) is not { } turn)
            {
                return measure;
            }

            // What the turn is in the picture; a turn that is not known better than itself says nothing.
            double pixels = turn.Turn.Length * _camera.Parameters[0];
            bool sure = turn.Turn.Length > SureTurn * turn.Sigma;
            string byTurn = sure ? Judge(pixels) : Verdict.Green;
            return CheckedMeasure.Worst([measure.State, byTurn]) == measure.State && byTurn != measure.State
                ? measure
                : measure with
                {
                    State = byTurn,
                    Sentence = sure && byTurn != Verdict.Green
                        ? Text($"{measure.Sentence} The camera seems turned by {turn.Turn.Length * 180 / Math.PI:0.00} ± {turn.Sigma * 180 / Math.PI:0.00} degrees against the calibration: {pixels:0.0} px in the picture.")
                        : measure.Sentence,
                };
        }

        private CheckedMeasure Measure(string name, double value, double judged, double low, double high, string sentence)
        {
            string state = Judge(judged);
            string advice = state == Verdict.Green ? "." : ". Camera or arm has moved against what was calibrated, or a joint's zero has: calibrate anew.";
            return new CheckedMeasure(name, state, value, low, high, "px", char.ToUpperInvariant(sentence[0]) + sentence[1..] + advice);
        }

        private string Judge(double pixels) => RigCheck.State(pixels, Math.Max(RigCheck.AmberPixels, 2 * _expectedPixels), Math.Max(RigCheck.RedPixels, 4 * _expectedPixels));

        // T_a_b of the camera between two moments, in what it sees.
        private Pose Motion(int i, int j) => Camera(_moments[i].Robot).Inverse() * Camera(_moments[j].Robot);

        private static bool FarEnough(Pose motion) => motion.Translation.Length >= LeastWayM && motion.Rotation.Angle is >= LeastTurnRad and <= MostTurnRad;

        // Only what lies around the gripper and moved: the scene behind it stands still.
        private PointMatch[] OnGripper(GrayImage a, GrayImage b, Pose robotA, Pose robotB)
        {
            if (Around(robotA) is not { } partA || Around(robotB) is not { } partB)
            {
                return [];
            }

            using GrayImage cutA = a.Cut(partA.Left, partA.Top, partA.Width, partA.Height), cutB = b.Cut(partB.Left, partB.Top, partB.Width, partB.Height);
            return [.. PointMatches.Find(cutA, cutB)
                .Select(m => new PointMatch(m.Ua + partA.Left, m.Va + partA.Top, m.Ub + partB.Left, m.Vb + partB.Top))
                .Where(m => Math.Abs(m.Ua - m.Ub) + Math.Abs(m.Va - m.Vb) > LeastMovedPixels)];
        }

        private (int Left, int Top, int Width, int Height)? Around(Pose robot)
        {
            Vector3d origin = Camera(robot).Inverse().Translation;
            if (!_camera.Project(origin, out double u, out double v))
            {
                return null;
            }

            double reach = _camera.Parameters[0] * GripperRadiusM / origin.Length;
            int left = (int)Math.Clamp(u - reach, 0, _camera.Width), top = (int)Math.Clamp(v - reach, 0, _camera.Height);
            int width = (int)Math.Clamp(u + reach, 0, _camera.Width) - left, height = (int)Math.Clamp(v + reach, 0, _camera.Height) - top;
            return width > LeastPart && height > LeastPart ? (left, top, width, height) : null;
        }

        private double Off(Vector3d point, Corner corner) => _camera.Project(point, out double u, out double v)
            ? Math.Sqrt(((u - corner.U) * (u - corner.U)) + ((v - corner.V) * (v - corner.V)))
            : Math.Max(_camera.Width, _camera.Height);

        private ImageSource Source(int row) => new($"{_pictures.Name}, row {row}", () => _pictures.Bytes(row));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
