using Capture.Simulation.Clocks;

namespace Capture.Simulation.Scene;

public enum ContactKind
{
    /// <summary>The fingers meet the cube.</summary>
    Grasp,

    /// <summary>The cube meets the table.</summary>
    Place,

    /// <summary>The fingers leave the cube.</summary>
    Release,
}

/// <summary>One contact at a time since the start of the scene.</summary>
public readonly record struct Contact(long SceneNs, ContactKind Kind);

/// <summary>
/// One pick and place of exactly 6 s: home, above the cube, down, grasp, lift, across, down, release, up, home, rest. Every leg is a minimum-jerk move in joint
/// space that starts and ends at rest, so position, velocity and acceleration are continuous. Cycle k starts from where cycle k − 1 left the cube.
/// </summary>
internal sealed class PickCycle
{
    public const long LengthNs = 6_000_000_000;
    public const double CubeM = 0.04;

    private const double AboveM = 0.10;
    private static readonly double[] LegSeconds = [0.9, 0.5, 0.35, 0.5, 1.0, 0.5, 0.3, 0.4, 0.8];
    private readonly JointState[] _keys = new JointState[10];
    private readonly long[] _times = new long[10];
    private readonly Pose _cubeAtStart;
    private readonly Pose _cubeAtEnd;
    private readonly Pose _toolToCube;

    public PickCycle(ulong seed, long index)
    {
        Index = index;
        _cubeAtStart = RestingPlace(seed, index, out double yaw0);
        _cubeAtEnd = RestingPlace(seed, index + 1, out double yaw1);
        Xoshiro256 random = Xoshiro256.For(seed, "cycle/" + index.ToString(System.Globalization.CultureInfo.InvariantCulture));

        Vec3 pick = _cubeAtStart.Position;
        Vec3 place = _cubeAtEnd.Position;
        var up = new Vec3(0, 0, AboveM);
        JointState home = ArmGeometry.PointingDown(new Vec3(0.20, 0, 0.26), 0, ArmGeometry.OpenM);
        _keys[0] = home;
        _keys[1] = ArmGeometry.PointingDown(pick + up, yaw0, ArmGeometry.OpenM);
        _keys[2] = ArmGeometry.PointingDown(pick, yaw0, ArmGeometry.OpenM);
        _keys[3] = _keys[2] with { OpeningM = CubeM };
        _keys[4] = _keys[1] with { OpeningM = CubeM, Forearm = random.Between(-0.12, 0.12) };
        _keys[5] = ArmGeometry.PointingDown(place + up, yaw1, CubeM) with { Forearm = random.Between(-0.12, 0.12) };
        _keys[6] = ArmGeometry.PointingDown(place, yaw1, CubeM);
        _keys[7] = _keys[6] with { OpeningM = ArmGeometry.OpenM };
        _keys[8] = ArmGeometry.PointingDown(place + up, yaw1, ArmGeometry.OpenM);
        _keys[9] = home;
        for (int i = 0; i < LegSeconds.Length; i++)
        {
            _times[i + 1] = _times[i] + (long)(LegSeconds[i] * random.Between(0.88, 1.12) * 1e9);
        }

        _toolToCube = ArmGeometry.Tool(_keys[3]).Inverse() * _cubeAtStart;
    }

    public long Index { get; }

    public long GraspNs => _times[3];

    public long PlaceNs => _times[6];

    /// <summary>The joints at a time since the start of this cycle.</summary>
    public JointState Joints(long ns)
    {
        for (int leg = 0; leg < LegSeconds.Length; leg++)
        {
            if (ns < _times[leg + 1])
            {
                double u = Math.Max(0, ns - _times[leg]) / (double)(_times[leg + 1] - _times[leg]);
                return JointState.Mix(_keys[leg], _keys[leg + 1], u * u * u * (10 + (u * (-15 + (6 * u)))));
            }
        }

        return _keys[^1];
    }

    public Pose Cube(long ns, Pose tool) => ns < GraspNs ? _cubeAtStart : ns < PlaceNs ? tool * _toolToCube : _cubeAtEnd;

    public Contact ContactAt(int which) => which switch
    {
        0 => new Contact((Index * LengthNs) + _times[3], ContactKind.Grasp),
        1 => new Contact((Index * LengthNs) + _times[6], ContactKind.Place),
        // The fingers are a tenth of a millimetre off the cube an eighth of the way into the leg; earlier they only relax.
        2 => new Contact((Index * LengthNs) + _times[6] + ((_times[7] - _times[6]) / 8), ContactKind.Release),
        _ => throw new ArgumentOutOfRangeException(nameof(which)),
    };

    /// <summary>Where the cube lies, at rest on the table, before cycle <paramref name="index"/>.</summary>
    private static Pose RestingPlace(ulong seed, long index, out double yawRad)
    {
        Xoshiro256 random = Xoshiro256.For(seed, "place/" + index.ToString(System.Globalization.CultureInfo.InvariantCulture));
        // Even places lie left, odd ones right: the cube always travels.
        double side = (index & 1) == 0 ? 1 : -1;
        double azimuth = side * random.Between(0.15, 0.80);
        double radius = random.Between(0.22, 0.33);
        yawRad = random.Between(-0.5, 0.5);
        return new Pose(new Vec3(radius * Math.Cos(azimuth), radius * Math.Sin(azimuth), CubeM / 2), Quat.About(new Vec3(0, 0, 1), yawRad));
    }
}
