using System.Numerics;
using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.SyncCheck;

/// <summary>How far bodies have turned, as gyroscopes, motion capture and arms tell it. The amount of turning is the same wherever on a rigid body one looks, and in whatever frame.</summary>
internal static class Rotations
{
    /// <summary>What an inertial sensor turned.</summary>
    public static PathSignal OfImu(EpisodeStream stream, long fromNs, long toNs)
    {
        var times = new List<long>();
        var speeds = new List<double>();
        Each(stream, fromNs, toNs, ImuSchema.AngularVelocity, (time, column, row) =>
        {
            ReadOnlySpan<float> w = column.Item.Values<float>().Slice(row * 3, 3);
            times.Add(time);
            speeds.Add(Math.Sqrt((w[0] * w[0]) + (w[1] * w[1]) + (w[2] * w[2])));
        });
        return PathSignal.Of(times, i => (speeds[i] + speeds[i - 1]) / 2 * Math.Max(times[i] - times[i - 1], 0) * 1e-9);
    }

    /// <summary>What each tracked body turned.</summary>
    public static IEnumerable<(string Body, PathSignal Path)> OfMocap(EpisodeStream stream, long fromNs, long toNs)
    {
        foreach (ArrowField body in stream.Schema.Fields.Where(f => f.Type is StructType s && s.Fields.Any(c => c.Name == MocapFrameSchema.Orientation)))
        {
            var times = new List<long>();
            var turns = new List<Quaternion>();
            Each(stream, fromNs, toNs, body.Name, (time, column, row) =>
            {
                if (!column.IsNull(row) && column.Child(MocapFrameSchema.Tracked).Bool(row))
                {
                    ReadOnlySpan<float> q = column.Child(MocapFrameSchema.Orientation).Item.Values<float>().Slice(row * 4, 4);
                    times.Add(time);
                    turns.Add(new Quaternion(q[0], q[1], q[2], q[3]));
                }
            });
            Quaternion[] smooth = Smooth(times, turns);
            yield return (body.Name, PathSignal.Of(times, i => Angle(smooth[i - 1], smooth[i])));
        }
    }

    // Noise makes every way longer: the mean orientation over 50 ms turns as the body does, and trembles less. The window shrinks at gaps and ends on both sides alike.
    private static Quaternion[] Smooth(List<long> times, List<Quaternion> turns)
    {
        const long HalfNs = 25_000_000;
        Quaternion[] smooth = new Quaternion[turns.Count];
        for (int i = 0; i < smooth.Length; i++)
        {
            Quaternion sum = turns[i];
            for (int k = 1; i - k >= 0 && i + k < smooth.Length && times[i] - times[i - k] <= HalfNs && times[i + k] - times[i] <= HalfNs; k++)
            {
                sum += Toward(turns[i], turns[i - k]) + Toward(turns[i], turns[i + k]);
            }

            smooth[i] = Quaternion.Normalize(sum);
        }

        return smooth;
    }

    private static Quaternion Toward(Quaternion side, Quaternion q) => Quaternion.Dot(side, q) < 0 ? -q : q;

    /// <summary>What an arm's hand turned, by its model.</summary>
    public static PathSignal OfArm(JointReadings arm, ArmModel model)
    {
        Quaternion[] hands = new Quaternion[arm.Times.Length];
        double[] angles = new double[arm.Names.Length];
        for (int i = 0; i < hands.Length; i++)
        {
            for (int j = 0; j < angles.Length; j++)
            {
                angles[j] = arm.Positions[j][i];
            }

            hands[i] = model.Hand(angles);
        }

        return PathSignal.Of(arm.Times, i => Angle(hands[i - 1], hands[i]));
    }

    // By the vector part: the arc cosine of the scalar part knows nothing of small angles.
    private static double Angle(Quaternion a, Quaternion b)
    {
        Quaternion d = Quaternion.Conjugate(a) * b;
        return 2 * Math.Atan2(Math.Sqrt(((double)d.X * d.X) + ((double)d.Y * d.Y) + ((double)d.Z * d.Z)), Math.Abs(d.W));
    }

    private static void Each(EpisodeStream stream, long fromNs, long toNs, string column, Action<long, ArrowColumn, int> take)
    {
        long[] times = stream.ReadTimes();
        for (int b = 0; b < stream.Batches; b++)
        {
            int first = (int)stream.FirstRow(b);
            int rows = stream.RowsOf(b);
            if (rows == 0 || times[first + rows - 1] < fromNs || times[first] > toNs)
            {
                continue;
            }

            ArrowColumn values = stream.ReadBatch(b).Column(column);
            for (int i = 0; i < rows; i++)
            {
                if (times[first + i] >= fromNs && times[first + i] <= toNs)
                {
                    take(times[first + i], values, i);
                }
            }
        }
    }
}
