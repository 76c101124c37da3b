using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Capture.Core.Geometry;

/// <summary>The chain of joints from a robot's base to its hand, from its URDF: joint values in, T_base_tip out.</summary>
/// <remarks>Only what a pose needs: fixed, revolute, continuous and prismatic joints, rpy in the URDF's own order (roll about x, then pitch, then yaw, about fixed axes).</remarks>
public sealed class KinematicChain
{
    private const int MaxLinks = 1_000;
    private readonly Joint[] _joints;

    private KinematicChain(Joint[] joints, string tip)
    {
        _joints = joints;
        Tip = tip;
        JointNames = [.. joints.Where(j => j.Moves).Select(j => j.Name)];
    }

    /// <summary>The link whose pose <see cref="Forward"/> gives.</summary>
    public string Tip { get; }

    /// <summary>The moving joints, from the base on.</summary>
    public IReadOnlyList<string> JointNames { get; }

    /// <param name="urdf">The document's text.</param>
    /// <param name="tip">A link; null: the link behind the longest chain of turning joints and the fixed ones that follow it.</param>
    /// <exception cref="FormatException">The text is no URDF of an arm, or has no such link.</exception>
    public static KinematicChain Parse(string urdf, string? tip = null)
    {
        XElement robot;
        try
        {
            using var reader = XmlReader.Create(new StringReader(urdf), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            robot = XDocument.Load(reader).Root ?? throw new FormatException("the URDF is empty");
        }
        catch (XmlException e)
        {
            throw new FormatException($"the URDF is no XML: {e.Message}", e);
        }

        Joint[] joints = [.. robot.Elements("joint").Select(Joint.Read)];
        if (joints.Length > MaxLinks)
        {
            throw new FormatException($"the URDF has {joints.Length} joints; at most {MaxLinks} are read");
        }

        var byChild = new Dictionary<string, Joint>(StringComparer.Ordinal);
        foreach (Joint joint in joints)
        {
            if (!byChild.TryAdd(joint.Child, joint))
            {
                throw new FormatException($"the link '{joint.Child}' hangs on two joints, '{byChild[joint.Child].Name}' and '{joint.Name}'");
            }
        }

        if (tip is not null)
        {
            return byChild.ContainsKey(tip) ? new KinematicChain(Chain(byChild, tip), tip)
                : throw new FormatException($"the URDF has no link '{tip}' behind a joint (it has: {string.Join(", ", byChild.Keys)})");
        }

        // Fingers slide or mimic: a hand ends where they begin.
        Joint[]? best = null;
        foreach (string link in byChild.Keys)
        {
            Joint[] chain = Chain(byChild, link);
            if (chain.All(j => j.Kind != JointKind.Slides && !j.Mimics)
                && (best is null || Turns(chain) > Turns(best) || (Turns(chain) == Turns(best) && chain.Length > best.Length)))
            {
                best = chain;
            }
        }

        return best is { Length: > 0 } ? new KinematicChain(best, best[^1].Child) : throw new FormatException("the URDF has no chain of turning joints");
    }

    /// <summary>T_base_tip.</summary>
    /// <param name="value">The value of a joint by name: rad or m.</param>
    public Pose Forward(Func<string, double> value)
    {
        Pose pose = Pose.Identity;
        foreach (Joint joint in _joints)
        {
            pose *= joint.Origin;
            if (joint.Kind == JointKind.Turns)
            {
                pose *= new Pose(Rotation.FromRotationVector(joint.Axis * value(joint.Name)), default);
            }
            else if (joint.Kind == JointKind.Slides)
            {
                pose *= new Pose(Rotation.Identity, joint.Axis * value(joint.Name));
            }
        }

        return pose;
    }

    private static int Turns(Joint[] chain) => chain.Count(j => j.Kind == JointKind.Turns);

    private static Joint[] Chain(Dictionary<string, Joint> byChild, string link)
    {
        var chain = new List<Joint>();
        while (byChild.TryGetValue(link, out Joint? joint))
        {
            chain.Add(joint);
            link = joint.Parent;
            if (chain.Count > byChild.Count)
            {
                throw new FormatException($"the joints of the URDF run in a circle through '{link}'");
            }
        }

        chain.Reverse();
        return [.. chain];
    }

    private enum JointKind
    {
        Fixed,
        Turns,
        Slides,
    }

    private sealed record Joint(string Name, JointKind Kind, string Parent, string Child, Pose Origin, Vector3d Axis, bool Mimics)
    {
        public bool Moves => Kind != JointKind.Fixed;

        public static Joint Read(XElement e)
        {
            string name = (string?)e.Attribute("name") ?? throw new FormatException("a joint of the URDF has no name");
            string Link(string which) => (string?)e.Element(which)?.Attribute("link") ?? throw new FormatException($"the joint '{name}' names no {which} link");
            JointKind kind = (string?)e.Attribute("type") switch
            {
                "revolute" or "continuous" => JointKind.Turns,
                "prismatic" => JointKind.Slides,
                "fixed" => JointKind.Fixed,
                var other => throw new FormatException($"the joint '{name}' is of type '{other}': expected fixed, revolute, continuous or prismatic"),
            };
            Vector3d rpy = Triple((string?)e.Element("origin")?.Attribute("rpy"), name, default);
            Vector3d axis = Triple((string?)e.Element("axis")?.Attribute("xyz"), name, Vector3d.UnitX).Normalized();
            Rotation turn = Rotation.FromRotationVector(Vector3d.UnitZ * rpy.Z) * Rotation.FromRotationVector(Vector3d.UnitY * rpy.Y) * Rotation.FromRotationVector(Vector3d.UnitX * rpy.X);
            return new Joint(name, kind, Link("parent"), Link("child"), new Pose(turn, Triple((string?)e.Element("origin")?.Attribute("xyz"), name, default)), axis, e.Element("mimic") is not null);
        }

        private static Vector3d Triple(string? text, string joint, Vector3d fallback)
        {
            if (text is null)
            {
                return fallback;
            }

            string[] parts = text.Split((char[])[' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
            double[] values = new double[3];
            for (int i = 0; i < 3; i++)
            {
                if (parts.Length != 3 || !double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]) || !double.IsFinite(values[i]))
                {
                    throw new FormatException($"the joint '{joint}' has '{text}' where three numbers should be");
                }
            }

            return new Vector3d(values[0], values[1], values[2]);
        }
    }
}
