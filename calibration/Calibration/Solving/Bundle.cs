using Capture.Core.Geometry;

namespace Calibration.Solving;

/// <summary>Cameras, places of a board, and what each camera saw: everything that one adjustment varies.</summary>
internal sealed class Bundle
{
    public required BundleCamera[] Cameras { get; init; }

    /// <summary>T_rig_board per place; a place is one board at one moment.</summary>
    public required Pose[] Places { get; init; }

    /// <summary>T_first_board of boards that are fixed to each other, the first one's the identity; the places are then the first one's. Null: each board has places of its own.</summary>
    public Pose[]? Boards { get; set; }

    /// <summary>How each place moves (per second); null when nothing moves or stamps play no part.</summary>
    public PlaceMotion[]? Motions { get; set; }

    public required Sighting[] Sightings { get; init; }

    /// <summary>Whether lens parameters vary; off while a rig's first guess is improved.</summary>
    public bool VaryLenses { get; set; } = true;

    /// <summary>Whether every camera but the first may stamp late by an unknown lag.</summary>
    public bool VaryLags { get; set; }

    public int LensOffset(int camera) => Cameras.Take(camera).Sum(c => VaryLenses ? c.Lens.Count : 0);

    /// <summary>Where a camera's six numbers stand among the global unknowns; −1 for the first camera, which is the rig's frame.</summary>
    public int PoseOffset(int camera) => camera == 0 ? -1 : LensOffset(Cameras.Length) + (6 * (camera - 1));

    public int LagOffset(int camera) => camera == 0 || !VaryLags ? -1 : LensOffset(Cameras.Length) + (6 * (Cameras.Length - 1)) + camera - 1;

    /// <summary>Where a board's six numbers stand among the global unknowns; −1 for the first board, and where boards are not tied.</summary>
    public int BoardOffset(int board) => board == 0 || Boards is null ? -1 : Globals - (6 * (Boards.Length - board));

    public int Globals => LensOffset(Cameras.Length) + ((VaryLags ? 7 : 6) * (Cameras.Length - 1)) + (6 * ((Boards?.Length ?? 1) - 1));

    public int UsedCorners => Sightings.Sum(s => s.Use.Count(u => u));

    /// <summary>The pose of a sighting's board in the rig at the moment of exposure.</summary>
    public Pose PlaceAt(Sighting sighting)
    {
        Pose place = Places[sighting.Place];
        if (Motions is null)
        {
            return place;
        }

        double t = sighting.SecondsAfterPlace - Cameras[sighting.Camera].LagSeconds;
        PlaceMotion motion = Motions[sighting.Place];
        return new(
            Rotation.FromRotationVector((motion.Turn * t) + (motion.TurnChange * (t * t / 2))) * place.Rotation,
            place.Translation + (motion.Velocity * t) + (motion.Acceleration * (t * t / 2)));
    }

    /// <summary>T_place_board of a sighting.</summary>
    public Pose BoardOf(Sighting sighting) => Boards is null ? Pose.Identity : Boards[sighting.Board];

    /// <summary>Observed minus predicted, two per corner; false where a corner cannot be seen by the model.</summary>
    public bool Residuals(Sighting s, Span<double> residuals)
    {
        BundleCamera camera = Cameras[s.Camera];
        Pose toCamera = camera.FromRig * PlaceAt(s) * BoardOf(s);
        bool all = true;
        for (int i = 0; i < s.Points.Length; i++)
        {
            if (!camera.Lens.Project(camera.Intrinsics, toCamera * s.Points[i], out double u, out double v, [], []))
            {
                all = false;
                u = v = double.NaN;
            }

            residuals[2 * i] = s.Uv[2 * i] - u;
            residuals[(2 * i) + 1] = s.Uv[(2 * i) + 1] - v;
        }

        return all;
    }

    public Bundle Copy() => new()
    {
        Cameras = [.. Cameras.Select(c => new BundleCamera(c.Lens, [.. c.Intrinsics]) { FromRig = c.FromRig, LagSeconds = c.LagSeconds })],
        Places = [.. Places],
        Boards = Boards is null ? null : [.. Boards],
        Motions = Motions is null ? null : [.. Motions],
        Sightings = Sightings,
        VaryLenses = VaryLenses,
        VaryLags = VaryLags,
    };
}

/// <summary>A camera of an adjustment.</summary>
internal sealed class BundleCamera(LensModel lens, double[] intrinsics)
{
    public LensModel Lens { get; } = lens;

    public double[] Intrinsics { get; set; } = intrinsics;

    /// <summary>T_camera_rig.</summary>
    public Pose FromRig { get; set; }

    /// <summary>How late this camera stamps, behind the first one.</summary>
    public double LagSeconds { get; set; }
}

/// <summary>What one camera saw of one place.</summary>
internal sealed class Sighting(int camera, int place, Vector3d[] points, double[] uv)
{
    public int Camera { get; } = camera;

    public int Place { get; } = place;

    /// <summary>Which of the boards that are tied it shows.</summary>
    public int Board { get; init; }

    public Vector3d[] Points { get; } = points;

    /// <summary>u, v per point, pixels.</summary>
    public double[] Uv { get; } = uv;

    /// <summary>Corners that take part.</summary>
    public bool[] Use { get; } = [.. points.Select(_ => true)];

    /// <summary>This camera's stamp minus the place's moment.</summary>
    public double SecondsAfterPlace { get; init; }
}

/// <summary>How a board moves around a place, in the rig's frame: m/s, m/s², rad/s, rad/s².</summary>
internal readonly record struct PlaceMotion(Vector3d Velocity, Vector3d Acceleration, Vector3d Turn, Vector3d TurnChange);
