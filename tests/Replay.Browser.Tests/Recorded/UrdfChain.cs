using System.Globalization;
using System.Xml.Linq;

namespace Replay.Browser.Tests.Recorded;

/// <summary>Forward kinematics of a URDF, apart from the page's: matrices, and the way from a link back to the root.</summary>
internal sealed class UrdfChain
{
    private readonly Dictionary<string, XElement> _jointTo;

    private UrdfChain(XElement robot) =>
        _jointTo = robot.Elements("joint").ToDictionary(j => (string)j.Element("child")!.Attribute("link")!, StringComparer.Ordinal);

    public static UrdfChain Read(string file) => new(XDocument.Load(file).Root!);

    /// <summary>Where a link stands in the frame of the root; every joint on the way must have a value.</summary>
    public RigidTransform Forward(string link, IReadOnlyDictionary<string, double> values)
    {
        if (!_jointTo.TryGetValue(link, out XElement? joint))
        {
            return RigidTransform.Identity;
        }

        RigidTransform parent = Forward((string)joint.Element("parent")!.Attribute("link")!, values);
        return parent.Then(Origin(joint.Element("origin"))).Then(Motion(joint, values));
    }

    private static RigidTransform Motion(XElement joint, IReadOnlyDictionary<string, double> values)
    {
        double[] axis = Triple(joint.Element("axis")?.Attribute("xyz"), [1, 0, 0]);
        string name = (string)joint.Attribute("name")!;
        return (string)joint.Attribute("type")! switch
        {
            "revolute" or "continuous" => RigidTransform.Turn(axis, values[name]),
            "prismatic" => RigidTransform.Shift([.. axis.Select(a => a * values[name])]),
            "fixed" => RigidTransform.Identity,
            string other => throw new NotSupportedException(other),
        };
    }

    /// <summary>Fixed axes: roll about x, then pitch about y, then yaw about z.</summary>
    private static RigidTransform Origin(XElement? origin)
    {
        double[] rpy = Triple(origin?.Attribute("rpy"), [0, 0, 0]);
        return RigidTransform.Shift(Triple(origin?.Attribute("xyz"), [0, 0, 0]))
            .Then(RigidTransform.Turn([0, 0, 1], rpy[2])).Then(RigidTransform.Turn([0, 1, 0], rpy[1])).Then(RigidTransform.Turn([1, 0, 0], rpy[0]));
    }

    private static double[] Triple(XAttribute? attribute, double[] otherwise) =>
        attribute is null ? otherwise : [.. attribute.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
}
