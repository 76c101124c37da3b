using System.Globalization;
using System.Numerics;
using System.Xml;

namespace Capture.Episodes.SyncCheck;

/// <summary>The orientation of an arm's hand from its joints, by the URDF in the episode. Positions are left out: how fast a body turns does not depend on where on it one looks.</summary>
internal sealed class ArmModel
{
    private const int MaxBytes = 4 * 1024 * 1024;
    private readonly List<(Quaternion Origin, Vector3 Axis, int Joint)> _chain;

    private ArmModel(List<(Quaternion, Vector3, int)> chain) => _chain = chain;

    /// <summary>The longest chain of turning joints that the stream has readings of; null where the file is missing or no model of these joints.</summary>
    /// <param name="joints">Names, in the order of the stream's columns.</param>
    public static ArmModel? TryRead(string path, IReadOnlyList<string> joints)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length > MaxBytes)
        {
            return null;
        }

        var byChild = new Dictionary<string, Joint>(StringComparer.Ordinal);
        try
        {
            using var reader = XmlReader.Create(path, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, IgnoreWhitespace = true });
            Joint? now = null;
            while (reader.Read())
            {
                if (reader is { NodeType: XmlNodeType.Element, Name: "joint", Depth: 1, IsEmptyElement: false })
                {
                    now = new Joint(reader.GetAttribute("name") ?? "", reader.GetAttribute("type") is "revolute" or "continuous");
                }
                else if (now is not null && reader.NodeType == XmlNodeType.Element)
                {
                    now.Take(reader);
                }
                else if (now is not null && reader is { NodeType: XmlNodeType.EndElement, Name: "joint" })
                {
                    byChild[now.Child] = now;
                    now = null;
                }
            }
        }
        catch (XmlException)
        {
            return null;
        }

        return byChild.Keys.Select(leaf => Chain(leaf, byChild, joints)).Where(c => c.Count > 0).MaxBy(c => c.Count(l => l.Joint >= 0)) is { } chain && chain.Exists(l => l.Joint >= 0)
            ? new ArmModel(chain)
            : null;
    }

    /// <summary>Orientation of the hand for one row of joint angles, rad.</summary>
    public Quaternion Hand(ReadOnlySpan<double> angles)
    {
        Quaternion q = Quaternion.Identity;
        foreach ((Quaternion origin, Vector3 axis, int joint) in _chain)
        {
            q *= origin;
            if (joint >= 0)
            {
                q *= Quaternion.CreateFromAxisAngle(axis, (float)angles[joint]);
            }
        }

        return q;
    }

    private static List<(Quaternion Origin, Vector3 Axis, int Joint)> Chain(string leaf, Dictionary<string, Joint> byChild, IReadOnlyList<string> names)
    {
        var chain = new List<(Quaternion, Vector3, int)>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (string link = leaf; byChild.TryGetValue(link, out Joint? joint) && seen.Add(link); link = joint.Parent)
        {
            int index = joint.Turns ? names.ToList().IndexOf(joint.Name) : -1;
            chain.Add((joint.Origin, joint.Axis, index));
        }

        chain.Reverse();
        return chain;
    }

    private sealed class Joint(string name, bool turns)
    {
        public string Name { get; } = name;

        public bool Turns { get; } = turns;

        public string Parent { get; private set; } = "";

        public string Child { get; private set; } = "";

        public Quaternion Origin { get; private set; } = Quaternion.Identity;

        public Vector3 Axis { get; private set; } = Vector3.UnitX;

        public void Take(XmlReader reader)
        {
            switch (reader.Name)
            {
                case "parent":
                    Parent = reader.GetAttribute("link") ?? "";
                    break;
                case "child":
                    Child = reader.GetAttribute("link") ?? "";
                    break;
                case "axis":
                    Vector3 axis = Three(reader.GetAttribute("xyz"));
                    Axis = axis.Length() > 0 ? Vector3.Normalize(axis) : Vector3.UnitX;
                    break;
                case "origin":
                    // rpy: about the fixed axes x, y, z in this order.
                    Vector3 rpy = Three(reader.GetAttribute("rpy"));
                    Origin = Quaternion.CreateFromAxisAngle(Vector3.UnitZ, rpy.Z) * Quaternion.CreateFromAxisAngle(Vector3.UnitY, rpy.Y) * Quaternion.CreateFromAxisAngle(Vector3.UnitX, rpy.X);
                    break;
                default:
                    break;
            }
        }

        private static Vector3 Three(string? text)
        {
            string[] parts = (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return parts.Length == 3 && parts.All(p => float.TryParse(p, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
                ? new Vector3(Number(parts[0]), Number(parts[1]), Number(parts[2]))
                : default;
        }

        private static float Number(string text) => float.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
    }
}
