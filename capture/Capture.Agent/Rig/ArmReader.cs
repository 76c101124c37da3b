namespace Capture.Agent.Rig;

/// <summary>Reads an arm's file: <c>arm: NAME</c> and <c>joints: [{name, id, zero, sign, counts_per_turn, unit, scale}]</c>.</summary>
public static class ArmReader
{
    // Servo ids of the Dynamixel protocol 2.0: 253–255 are reserved.
    private const int MaxId = 252;

    /// <exception cref="RigException">The file cannot be read or says something that is not understood.</exception>
    public static ArmFile Read(string path)
    {
        string shown = System.IO.Path.GetFileName(path);
        YamlValue root = YamlTree.Parse(shown, RigReader.ReadText(shown, path));
        var problems = new List<RigProblem>();
        var section = new Section(shown, "", root, problems);
        string name = section.RequiredText("arm", "the arm's name");
        var joints = new List<ArmJoint>();
        foreach (Section item in section.Sections("joints", "a list of joints, as [{name: elbow, id: 3, zero: 2048, sign: 1}]"))
        {
            ArmJoint joint = Joint(item);
            if (joints.Any(j => j.Name == joint.Name || j.Id == joint.Id))
            {
                item.Complain("id", $"joint '{joint.Name}' with id {joint.Id} repeats a name or an id");
            }

            joints.Add(joint);
        }

        string? urdf = section.Text("urdf", "the path of the arm's URDF");
        if (urdf is not null)
        {
            urdf = System.IO.Path.GetFullPath(urdf, System.IO.Path.GetDirectoryName(path)!);
            if (!File.Exists(urdf))
            {
                section.Complain("urdf", $"no such file: {urdf}");
            }
        }

        section.Finish();
        return problems.Count == 0 ? new ArmFile(path, name, joints, urdf) : throw new RigException(problems);
    }

    private static ArmJoint Joint(Section item)
    {
        string name = item.RequiredText("name", "the joint's name");
        if (name.Contains(',', StringComparison.Ordinal))
        {
            item.Complain("name", "a joint's name holds no comma");
        }

        int id = item.RequiredInteger("id", "(a servo id)", 0, MaxId);
        int zero = item.Integer("zero", "counts", -1_000_000, 1_000_000) ?? 0;
        int sign = item.Integer("sign", "(+1 or -1)", -1, 1) ?? 1;
        if (sign == 0)
        {
            item.Complain("sign", "expected 1 or -1");
        }

        int counts = item.Integer("counts_per_turn", "counts", 1, 10_000_000) ?? 4096;
        string unit = item.OneOf("unit", "rad", "rad", "m");
        double? scale = item.Number("scale", unit == "m" ? "m per rad" : "rad per rad", 1e-6, 1000);
        if (unit == "m" && scale is null)
        {
            item.Complain("scale", "missing: how many metres does the joint move for one radian of the servo?");
        }

        item.Finish();
        return new ArmJoint(name, id, zero, sign, counts, 2 * Math.PI * (scale ?? 1), unit);
    }
}
