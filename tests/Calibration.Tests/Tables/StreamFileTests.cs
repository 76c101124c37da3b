using Calibration.HandEye;
using Calibration.Tables;

namespace Calibration.Tests.Tables;

/// <summary>Files as recordings in the wild write them. What this does not prove: that every tool's export is understood; an unknown one is refused with what was expected.</summary>
internal sealed class StreamFileTests
{
    private string _folder = "";

    [SetUp]
    public void Make() => _folder = Directory.CreateTempSubdirectory("stream-file").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    private static IEnumerable<TestCaseData> Spellings()
    {
        string Rows(string format, char separator = ',') => string.Join('\n', Enumerable.Range(0, 30).Select(i => string.Format(System.Globalization.CultureInfo.InvariantCulture, format, i, (1403636579763555584L + (i * 5_000_000L)), 1403636579.763555584m + (i * 0.005m), i * 5).Replace(',', separator)));
        yield return Case("Tum", "# ground truth trajectory\n# timestamp tx ty tz qx qy qz qw\n" + Rows("{2} 1 2 3 0.5 0.5 0.5 -0.5"));
        yield return Case("Euroc", "#timestamp, p_RS_R_x [m], p_RS_R_y [m], p_RS_R_z [m], q_RS_w [], q_RS_x [], q_RS_y [], q_RS_z [], v_RS_R_x [m s^-1], v_RS_R_y [m s^-1], v_RS_R_z [m s^-1], b_w_RS_S_x [rad s^-1], b_w_RS_S_y [rad s^-1], b_w_RS_S_z [rad s^-1]\n" + Rows("{1},1,2,3,-0.5,0.5,0.5,0.5,9,9,9,8,8,8"));
        yield return Case("Header_in_another_order", "qw,qx,qy,qz,x,y,z,t\n" + Rows("-0.5,0.5,0.5,0.5,1,2,3,{2}"));
        yield return Case("Semicolons_and_decimal_commas", "t;x;y;z;qx;qy;qz;qw\n" + Rows("{3};1,0;2,0;3,0;0,5;0,5;0,5;-0,5").Replace("\n", "\r\n"));
        yield return Case("Tabs_without_header", Rows("{2}\t1\t2\t3\t0.5\t0.5\t0.5\t-0.5"));
        yield return Case("Bag_export", "%time,field.header.seq,field.header.stamp,field.pose.position.x,field.pose.position.y,field.pose.position.z,field.pose.orientation.x,field.pose.orientation.y,field.pose.orientation.z,field.pose.orientation.w\n" + Rows("{1},{0},{1},1,2,3,0.5,0.5,0.5,-0.5"));
        yield return Case("Millimetres_by_the_header", "time [ms],x [mm],y [mm],z [mm],qx,qy,qz,qw\n" + Rows("{3},1000,2000,3000,0.5,0.5,0.5,-0.5"));
        yield return Case("Numpy_exponents", Rows("{2} 1e0 2.0e+00 3 5.0e-01 0.5 0.5 -0.5"));
        TestCaseData Case(string name, string text) => new TestCaseData(text).SetName("Reads_" + name);
    }

    [TestCaseSource(nameof(Spellings))]
    public void Reads(string text)
    {
        PoseStream stream = StreamFile.ReadPoses(Write(text));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stream.Count, Is.EqualTo(30));
            Assert.That(stream.TimesNs[29] - stream.TimesNs[0], Is.EqualTo(29 * 5_000_000));
            Assert.That(stream.Poses, Has.All.Matches<Capture.Core.Geometry.Pose>(p => (p.Translation - new Capture.Core.Geometry.Vector3d(1, 2, 3)).Length < 1e-9));
            Assert.That(Math.Abs(stream.Poses[0].Rotation.W + stream.Poses[0].Rotation.X), Is.LessThan(1e-9), "w is −0.5 where x is 0.5");
        }
    }

    [Test]
    public void Mends_order_and_doubles_and_untracked_rows_and_says_so()
    {
        string[] rows = [.. Enumerable.Range(0, 40).Select(i => $"{i * 0.01:0.00} 0 0 0 0 0 0 1.01")];
        (rows[5], rows[6]) = (rows[6], rows[5]);
        rows[20] = rows[19];
        rows[30] = "0.30 0 0 0 0 0 0 0";
        rows[31] = "0.31 nan nan nan nan nan nan nan";
        PoseStream stream = StreamFile.ReadPoses(Write(string.Join('\n', rows)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stream.TimesNs, Is.Ordered.Ascending);
            Assert.That(stream.Count, Is.EqualTo(37));
            Assert.That(string.Join(' ', stream.Notes), Does.Contain("put in order").And.Contain("stood twice").And.Contain("not tracked").And.Contain("normalized"));
        }
    }

    [TestCase("0 0 0 0 3 0 0 1", "length 3.162", "Euler angles or degrees")]
    [TestCase("0 0 0 0 0 0 1", "7 columns", "eight")]
    [TestCase("1 0 0 0 0 1 0 0 0 0 1 0", "matrices", "t x y z")]
    public void Refuses_what_is_no_pose_and_says_what_to_do(string row, string what, string remedy) =>
        Assert.That(() => StreamFile.ReadPoses(Write(string.Join('\n', Enumerable.Range(0, 20).Select(_ => row)))), Throws.TypeOf<TableException>().With.Message.Contains(what).And.Message.Contains(remedy));

    [TestCase("")]
    [TestCase("t,x,y\n")]
    [TestCase("\0\0\0\u0001\0")]
    public void Refuses_files_without_rows(string text) => Assert.That(() => StreamFile.ReadPoses(Write(text)), Throws.TypeOf<TableException>());

    [Test]
    public void Refuses_a_missing_file() => Assert.That(() => StreamFile.ReadPoses(Path.Combine(_folder, "none.csv")), Throws.TypeOf<TableException>().With.Message.Contains("no such file"));

    [Test]
    public void Names_the_missing_column() =>
        Assert.That(() => StreamFile.ReadPoses(Write("t,x,y,z,roll,pitch,yaw\n0,0,0,0,0,0,0\n")), Throws.TypeOf<TableException>().With.Message.Contains("qx, qy, qz, qw").And.Message.Contains("Euler"));

    [Test]
    public void Degrees_in_rotation_vectors_are_refused_with_the_switch_to_say()
    {
        string text = "robot_x,robot_y,robot_z,robot_rx,robot_ry,robot_rz,target_x,target_y,target_z,target_qx,target_qy,target_qz,target_qw\n" + string.Join('\n', Enumerable.Range(0, 5).Select(i => $"0,0,0,{40 + i},90,0,0,0,1,0,0,0,1"));
        Assert.That(() => PairFile.Read(Write(text)), Throws.TypeOf<TableException>().With.Message.Contains("--angles deg"));
        (IReadOnlyList<PosePair> pairs, _) = PairFile.Read(Write(text), new PoseFileOptions(Degrees: true));
        Assert.That(pairs[0].Robot.Rotation.Angle * 180 / Math.PI, Is.EqualTo(Math.Sqrt(1600 + 8100)).Within(1e-6));
    }

    [Test]
    public void Mutilated_files_are_read_or_refused_but_never_throw_anything_else()
    {
        string good = "t,x,y,z,qx,qy,qz,qw\n" + string.Join('\n', Enumerable.Range(0, 30).Select(i => $"{i * 0.01:0.00},0.1,0.2,0.3,0,0,0,1"));
        var random = new Random(5);
        for (int i = 0; i < 400; i++)
        {
            char[] text = (i < good.Length && i % 2 == 0 ? good[..i] : good).ToCharArray();
            for (int k = 0; k < 3 && text.Length > 0; k++)
            {
                text[random.Next(text.Length)] = (char)random.Next(1, 256);
            }

            try
            {
                StreamFile.ReadPoses(Write(new string(text)));
            }
            catch (TableException e)
            {
                Assert.That(e.Remedy, Is.Not.Empty);
            }
        }
    }

    private string Write(string text)
    {
        string path = Path.Combine(_folder, "stream.csv");
        File.WriteAllText(path, text);
        return path;
    }
}
