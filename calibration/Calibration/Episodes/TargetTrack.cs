using Calibration.Detection;
using Calibration.Results;
using Calibration.Solving;
using Calibration.Tables;
using Calibration.Targets;
using Capture.Core.Geometry;

namespace Calibration.Episodes;

/// <summary>The target's pose in one picture.</summary>
/// <param name="Pose">T_camera_target.</param>
/// <param name="Covariance">Of the pose, for corners of σ 1 pixel and a lens that is known exactly: 6 × 6, translation then rotation, along the camera's axes.</param>
internal sealed record TargetSighting(DetectedImage Image, Pose Pose, double Rms, double[] Covariance)
{
    public long StampNs => Image.Source.StampNs!.Value;
}

/// <summary>Poses of a target over time, from the pictures of one camera whose lens is known.</summary>
internal sealed class TargetTrack
{
    /// <summary>Poses that no lens explains: more than this many times the median picture's RMS.</summary>
    private const double WildFactor = 4;
    private const double WildPixels = 0.5;
    private const int FewestCorners = 8;

    private readonly CameraResult _lens;
    private readonly Target _target;
    private readonly int _index;

    /// <param name="index">Which of the pictures' targets it is.</param>
    /// <exception cref="CalibrationException">The target looks the same when it is turned: its poses would jump.</exception>
    public TargetTrack(CameraResult lens, Target target, int index, IReadOnlyList<DetectedImage> images)
    {
        if (target.Renumberings.Count > 1)
        {
            throw new CalibrationException(
                CalibrationProblem.Asked, "looks the same when it is turned, so a pose cannot be told from its opposite", target.Text, "Use a chessboard with an odd and an even number of corners (9x6), charuco, or apriltag.");
        }

        (_lens, _target, _index) = (lens, target, index);
        TargetSighting[] all = [.. images.Where(i => i.Source.StampNs is not null && i.Sightings[index].Corners.Count >= FewestCorners).Select(i => See(i, lens.Parameters)).OfType<TargetSighting>()];
        double[] rms = [.. all.Select(s => s.Rms).Order()];
        double most = rms.Length == 0 ? 0 : Math.Max(WildPixels, WildFactor * rms[rms.Length / 2]);
        Sightings = [.. all.Where(s => s.Rms <= most)];
        Wild = all.Length - Sightings.Count;

        // Two numbers a corner, six of them spent on the pose.
        double squares = Sightings.Sum(s => s.Rms * s.Rms * Corners(s)), freedom = Sightings.Sum(s => (2.0 * Corners(s)) - 6);
        CornerSigma = freedom > 0 ? Math.Sqrt(squares / freedom) : double.NaN;
    }

    public IReadOnlyList<TargetSighting> Sightings { get; }

    /// <summary>Pictures left out because no pose explains their corners.</summary>
    public int Wild { get; }

    /// <summary>σ of a corner per coordinate as the residuals show it, pixels.</summary>
    public double CornerSigma { get; }

    /// <exception cref="CalibrationException">Too few pictures show the target.</exception>
    public PoseStream ToStream(string name)
    {
        var notes = new List<string>();
        (long[] times, Pose[] poses) = Timeline.InOrder([.. Sightings.Select(s => s.StampNs)], [.. Sightings.Select(s => s.Pose)], notes);
        if (Wild > 0)
        {
            notes.Add($"{Wild} pictures were left out: no pose of the target explains what they show");
        }

        return times.Length >= 10
            ? new PoseStream(name, times, poses, notes)
            : throw new CalibrationException(CalibrationProblem.Data, $"{times.Length} pictures show {_target.Text}", name, "Record longer with the target in view, and check --target.");
    }

    /// <summary>The pose by another lens of the same model; null where it has none.</summary>
    public Pose? PoseBy(TargetSighting sighting, double[] parameters)
    {
        (Vector3d[] points, double[] uv) = Seen(sighting.Image);
        (Pose pose, double rms) = PlanarPose.Refine(LensModel.Named(_lens.Model), parameters, points, uv, sighting.Pose);
        return double.IsFinite(rms) ? pose : null;
    }

    /// <summary>For the result: what was seen, with residuals.</summary>
    public ViewResult ToView(TargetSighting s, string state)
    {
        CameraModel camera = _lens.ToCamera();
        Rotation r = s.Pose.Rotation.Canonical();
        Vector3d t = s.Pose.Translation;
        return new ViewResult(
            _lens.Name, s.Image.Source.Name, state,
            [.. s.Image.Sightings[_index].Corners.Select(c => camera.Project(s.Pose * _target.Points[c.Id], out double u, out double v) ? new[] { c.Id, c.U, c.V, c.U - u, c.V - v } : [c.Id, c.U, c.V, 0, 0])],
            [])
        {
            BoardPose = [t.X, t.Y, t.Z, r.X, r.Y, r.Z, r.W],
            RmsPixels = s.Rms,
            EdgeWidthPixels = s.Image.Sightings[_index].EdgeWidth,
            StampNs = s.StampNs,
        };
    }

    private int Corners(TargetSighting s) => s.Image.Sightings[_index].Corners.Count;

    private (Vector3d[] Points, double[] Uv) Seen(DetectedImage image)
    {
        IReadOnlyList<Corner> corners = image.Sightings[_index].Corners;
        return ([.. corners.Select(c => _target.Points[c.Id])], [.. corners.SelectMany(c => new[] { c.U, c.V })]);
    }

    private TargetSighting? See(DetectedImage image, double[] parameters)
    {
        (Vector3d[] points, double[] uv) = Seen(image);
        var lens = LensModel.Named(_lens.Model);
        return PlanarPose.Solve(lens, parameters, points, uv) is { } solved && PlanarPose.Covariance(lens, parameters, points, solved.Pose) is { } covariance
            ? new TargetSighting(image, solved.Pose, solved.Rms, covariance)
            : null;
    }
}
