namespace Capture.Devices.Teleop;

/// <summary>What a joint's position is measured in.</summary>
public enum JointUnit
{
    Radian,
    Metre,
}

/// <summary>How one servo's counts become a joint's position.</summary>
/// <param name="Name">The joint's name in the episode.</param>
/// <param name="Id">The servo's id on the bus, 0–252.</param>
/// <param name="ZeroCounts">Count at which the joint is at 0.</param>
/// <param name="Sign">+1 or −1: whether the joint turns with the servo or against it.</param>
/// <param name="CountsPerTurn">Counts of one turn of the servo; 4096 for X servos.</param>
/// <param name="Unit">Radian for a hinge, metre for a linear gripper.</param>
/// <param name="MetresPerTurn">For a linear joint: its travel per turn of the servo; null for a hinge.</param>
/// <param name="CurrentUnitA">Amperes a count of present current (XL330: 0.001, XL430 has load instead, XM430: 0.00269).</param>
/// <param name="VelocityUnitRpm">Revolutions a minute a count of present velocity; 0.229 for X servos.</param>
public sealed record JointModel(
    string Name,
    byte Id,
    int ZeroCounts = 2048,
    int Sign = 1,
    int CountsPerTurn = 4096,
    JointUnit Unit = JointUnit.Radian,
    double? MetresPerTurn = null,
    double CurrentUnitA = 0.00269,
    double VelocityUnitRpm = 0.229)
{
    /// <summary>Radian or metre for one turn of the servo, signed.</summary>
    private double PerTurn => Sign * (Unit == JointUnit.Metre ? MetresPerTurn ?? double.NaN : 2 * Math.PI);

    /// <summary>rad or m.</summary>
    public double Position(int counts) => ((long)counts - ZeroCounts) * PerTurn / CountsPerTurn;

    /// <summary>rad/s or m/s.</summary>
    public double Velocity(int counts) => counts * VelocityUnitRpm / 60 * PerTurn;

    /// <summary>A, with the joint's sign.</summary>
    public float Current(short counts) => (float)(counts * CurrentUnitA * Sign);

    /// <summary>What is wrong with this joint, as a sentence; null when nothing is.</summary>
    public string? Complaint() =>
        string.IsNullOrWhiteSpace(Name) ? $"the joint of servo {Id} has no name"
        : Id > 252 ? $"joint {Name}: id {Id} is outside 0–252"
        : Sign is not (1 or -1) ? $"joint {Name}: sign {Sign} is neither 1 nor -1"
        : CountsPerTurn <= 0 ? $"joint {Name}: counts_per_turn {CountsPerTurn} is not positive"
        : Unit == JointUnit.Metre && !(MetresPerTurn is { } m && double.IsFinite(m) && m != 0) ? $"joint {Name}: a linear joint needs metres_per_turn"
        : null;
}

/// <summary>An arm as its file describes it: its joints in the order of the columns.</summary>
public sealed record ArmModel(string Name, IReadOnlyList<JointModel> Joints)
{
    /// <summary>What is wrong with this model, as a sentence; null when nothing is.</summary>
    public string? Complaint()
    {
        if (Joints.Count is 0 or > 64)
        {
            return $"the arm model {Name} has {Joints.Count} joints; 1–64 are possible";
        }

        foreach (JointModel joint in Joints)
        {
            if (joint.Complaint() is { } complaint)
            {
                return complaint;
            }

            if (Joints.Count(j => j.Id == joint.Id) > 1)
            {
                return $"two joints have servo id {joint.Id}";
            }

            if (Joints.Count(j => j.Name == joint.Name) > 1)
            {
                return $"two joints are named {joint.Name}";
            }
        }

        return null;
    }
}
