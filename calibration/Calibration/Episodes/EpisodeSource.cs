using Calibration.Tables;
using Capture.Arrow;
using Capture.Core.Geometry;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Calibration.Episodes;

/// <summary>A stream of an episode by name: <c>FOLDER:STREAM</c> or <c>FOLDER:STREAM/BODY</c>. Growing episodes are read as far as they are.</summary>
/// <param name="Part">A mocap body or a link of the arm's URDF; null where the stream has only one thing.</param>
public sealed record EpisodeSource(string Folder, string Stream, string? Part)
{
    /// <summary>Reads the notation; null where the text does not name an existing folder before a colon.</summary>
    public static EpisodeSource? TryParse(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !Directory.Exists(text[..colon]))
        {
            return null;
        }

        string[] parts = text[(colon + 1)..].Split('/', 2);
        return new EpisodeSource(text[..colon], parts[0], parts.Length == 2 ? parts[1] : null);
    }

    public override string ToString() => $"{Folder}:{Stream}{(Part is null ? "" : "/" + Part)}";

    /// <summary>Whether the stream gives poses: a mocap body, or an arm with its URDF in the episode when poses are wanted.</summary>
    /// <exception cref="Capture.Episodes.EpisodeException">There is no such episode or stream.</exception>
    public string Kind()
    {
        using EpisodeReader episode = EpisodeReader.Open(Folder);
        return episode.Stream(Stream).Info.Kind;
    }

    /// <summary>Poses over episode time: of a mocap body, or of an arm's hand by its joints and URDF.</summary>
    /// <exception cref="CalibrationException">The stream holds no poses.</exception>
    public PoseStream ReadPoses()
    {
        using EpisodeReader episode = EpisodeReader.Open(Folder);
        EpisodeStream stream = episode.Stream(Stream);
        return stream.Info.Kind switch
        {
            StreamKinds.MocapFrame => Mocap(stream),
            StreamKinds.JointState or StreamKinds.JointCommand => Hand(stream),
            _ => throw Wrong($"its kind '{stream.Info.Kind}' holds no poses", "Name a mocap stream with a body, as episode:mocap/gripper, or an arm's state."),
        };
    }

    /// <summary>How well the stream's own times are known, ns: the median of what its final times state; null while there are none.</summary>
    public long? TimeSigmaNs()
    {
        using EpisodeReader episode = EpisodeReader.Open(Folder);
        long[]? sigma = episode.Stream(Stream).Times?.ReadInt64(FittedClockSchema.Sigma);
        return sigma is { Length: > 0 } ? sigma.Order().ElementAt(sigma.Length / 2) : null;
    }

    /// <summary>Joint positions over episode time.</summary>
    public ChannelStream ReadChannels()
    {
        using EpisodeReader episode = EpisodeReader.Open(Folder);
        EpisodeStream stream = episode.Stream(Stream);
        if (stream.Info.Kind is not (StreamKinds.JointState or StreamKinds.JointCommand))
        {
            throw Wrong($"its kind '{stream.Info.Kind}' holds no joints", "Name an arm's state or command.");
        }

        var notes = new List<string>();
        (long[] times, double[][] values) = Timeline.InOrder(stream.ReadTimes(), Joints(stream), notes);
        return new ChannelStream(ToString(), Names(stream), times, values, notes);
    }

    private PoseStream Mocap(EpisodeStream stream)
    {
        string[] bodies = [.. stream.Schema.Fields.Where(f => f.Type is StructType).Select(f => f.Name)];
        string body = Part ?? (bodies.Length == 1 ? bodies[0] : throw Wrong($"it tracks {string.Join(", ", bodies)}", $"Say which body, as {Folder}:{Stream}/{bodies.FirstOrDefault()}."));
        if (!bodies.Contains(body))
        {
            throw Wrong($"it has no body '{body}' (it has: {string.Join(", ", bodies)})", "Name one of these.");
        }

        long[] all = stream.ReadTimes();
        var times = new List<long>();
        var poses = new List<Pose>();
        int row = 0;
        foreach (RecordBatch batch in stream.ReadAll())
        {
            ArrowColumn column = batch.Column(body);
            ArrowColumn tracked = column.Child(MocapFrameSchema.Tracked);
            ReadOnlySpan<float> p = column.Child(MocapFrameSchema.Position).Item.Values<float>();
            ReadOnlySpan<float> q = column.Child(MocapFrameSchema.Orientation).Item.Values<float>();
            for (int i = 0; i < batch.Rows; i++, row++)
            {
                ReadOnlySpan<float> r = q.Slice(4 * i, 4);
                if (!column.IsNull(i) && tracked.Bool(i) && (r[0] * r[0]) + (r[1] * r[1]) + (r[2] * r[2]) + (r[3] * r[3]) > 0.5f)
                {
                    times.Add(all[row]);
                    poses.Add(new Pose(Rotation.FromQuaternion(r[0], r[1], r[2], r[3]), new Vector3d(p[3 * i], p[(3 * i) + 1], p[(3 * i) + 2])));
                }
            }
        }

        var notes = new List<string>();
        if (times.Count < row)
        {
            notes.Add($"{row - times.Count} of {row} frames did not track {body}");
        }

        return InOrder(times, poses, notes);
    }

    private PoseStream Hand(EpisodeStream stream)
    {
        string device = Stream.Split('.')[0];
        string urdf = Path.Combine(Folder, "models", device + ".urdf");
        if (!File.Exists(urdf))
        {
            throw Wrong($"the episode has no {Path.GetFileName(urdf)} among its models", "Name the URDF in the arm's file before recording: without it joints are no poses.");
        }

        KinematicChain chain;
        try
        {
            chain = KinematicChain.Parse(File.ReadAllText(urdf), Part);
        }
        catch (FormatException e)
        {
            throw new CalibrationException(CalibrationProblem.Data, e.Message, urdf, "Give a URDF of the arm.", e);
        }

        string[] names = Names(stream);
        string[] missing = [.. chain.JointNames.Except(names)];
        if (missing.Length > 0)
        {
            throw Wrong($"it has no joint {string.Join(", ", missing)}, which the URDF turns on the way to '{chain.Tip}'", "Name the joints in the arm's file as in the URDF.");
        }

        var index = names.Select((n, i) => (n, i)).ToDictionary(p => p.n, p => p.i, StringComparer.Ordinal);
        long[] all = stream.ReadTimes();
        double[][] joints = Joints(stream);
        var times = new List<long>();
        var poses = new List<Pose>();
        for (int i = 0; i < joints.Length; i++)
        {
            Pose pose = chain.Forward(name => joints[i][index[name]]);
            if (pose.IsFinite)
            {
                times.Add(all[i]);
                poses.Add(pose);
            }
        }

        return InOrder(times, poses, [$"T_base_{chain.Tip} by the joints and the episode's URDF"]);
    }

    private PoseStream InOrder(List<long> times, List<Pose> poses, List<string> notes)
    {
        (long[] t, Pose[] p) = Timeline.InOrder(times, poses, notes);
        return t.Length >= 10 ? new PoseStream(ToString(), t, p, notes) : throw Wrong($"it holds {t.Length} poses so far", "Record longer.");
    }

    private static double[][] Joints(EpisodeStream stream)
    {
        var rows = new List<double[]>();
        foreach (RecordBatch batch in stream.ReadAll())
        {
            ArrowColumn item = batch.Column(JointStateSchema.Position).Item;
            ReadOnlySpan<double> values = item.Values<double>();
            int width = batch.Rows == 0 ? 0 : values.Length / batch.Rows;
            for (int i = 0; i < batch.Rows; i++)
            {
                double[] row = values.Slice(i * width, width).ToArray();
                for (int k = 0; k < width; k++)
                {
                    row[k] = item.IsNull((i * width) + k) ? double.NaN : row[k];
                }

                rows.Add(row);
            }
        }

        return [.. rows];
    }

    private static string[] Names(EpisodeStream stream) => (stream.Schema.Metadata.Find(MetadataKeys.Joints) ?? "").Split(',');

    private CalibrationException Wrong(string what, string remedy) => new(CalibrationProblem.Data, what, ToString(), remedy);
}
