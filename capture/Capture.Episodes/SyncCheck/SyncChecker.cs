using System.Globalization;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.SyncCheck;

/// <summary>
/// Measures from what an episode holds how far its streams are apart, and holds that against the certificate. A clock fit says how well it knows the time; this says whether it is right, by what two
/// streams saw of one motion. It knows nothing of clocks: it reads final times (or online ones) and values.
/// </summary>
public sealed class SyncChecker
{
    private const double LeastTurnRad = 0.5;
    private const int LeastContacts = 3;

    private readonly EpisodeReader _episode;
    private readonly SyncCheckOptions _options;
    private readonly List<SyncMeasurement> _found = [];
    private readonly long _from;
    private readonly long _to;

    private SyncChecker(EpisodeReader episode, SyncCheckOptions options)
    {
        (_episode, _options) = (episode, options);
        List<long[]> spans = [.. episode.Streams.Where(s => s.Info is { HasSamples: true, RateHz: not null } && s.Rows > 0).Select(s => s.ReadTimes()).Select(t => new[] { t[0], t[^1] })];
        if (spans.Count > 0)
        {
            (_from, _to) = (spans.Min(s => s[0]), spans.Max(s => s[1]));
            long over = (_to - _from - options.MostNs) / 2;
            (_from, _to) = over > 0 ? (_from + over, _to - over) : (_from, _to);
        }
    }

    /// <summary>Every comparison that the episode's streams allow. None: it holds no two streams that could have seen the same thing.</summary>
    /// <exception cref="EpisodeException">A file is damaged.</exception>
    public static IReadOnlyList<SyncMeasurement> Run(EpisodeReader episode, SyncCheckOptions? options = null, IProgress<string>? progress = null)
    {
        var checker = new SyncChecker(episode, options ?? new SyncCheckOptions());
        checker.Measure(progress);
        return checker._found;
    }

    private IEnumerable<EpisodeStream> OfKind(string kind) => _episode.Streams.Where(s => s.Info.Kind == kind && s.Rows > 0);

    /// <summary>The arms that others see: where an episode holds what an arm was told, the arm that was told. (A leader is ahead of what follows it; that is no error of a clock.)</summary>
    private List<EpisodeStream> Arms()
    {
        List<EpisodeStream> arms = [.. OfKind(StreamKinds.JointState)];
        List<EpisodeStream> told = [.. arms.Where(a => _episode.Find(Device(a) + ".command") is not null)];
        return told.Count > 0 ? told : arms;
    }

    private void Measure(IProgress<string>? progress)
    {
        var rotations = new List<(EpisodeStream Stream, PathSignal Path)>();
        foreach (EpisodeStream imu in OfKind(StreamKinds.ImuSample))
        {
            rotations.Add((imu, Rotations.OfImu(imu, _from, _to)));
        }

        foreach (EpisodeStream mocap in OfKind(StreamKinds.MocapFrame))
        {
            // The body that turns most: others lie on the table.
            PathSignal? most = Rotations.OfMocap(mocap, _from, _to).Select(b => b.Path).MaxBy(p => p.Total);
            if (most is not null)
            {
                rotations.Add((mocap, most));
            }
        }

        foreach (EpisodeStream arm in Arms())
        {
            progress?.Report(arm.Info.Name);
            JointReadings joints = JointReadings.Read(arm, _from, _to);
            string urdf = Path.Combine(_episode.Folder, EpisodeFolder.Models, Device(arm) + ".urdf");
            if (ArmModel.TryRead(urdf, joints.Names) is { } model)
            {
                rotations.Add((arm, Rotations.OfArm(joints, model)));
            }

            List<PathSignal> paths = joints.Paths();
            foreach (EpisodeStream camera in OfKind(StreamKinds.CameraFrame).Where(IsMjpeg))
            {
                progress?.Report(camera.Info.Name);
                ImageMotion motion = ImageMotion.Read(camera, _from, _to);
                ByPaths(SyncMethod.ImageMotion, arm, camera, motion.From, motion.To, motion.Change, paths);
            }

            foreach (EpisodeStream microphone in OfKind(StreamKinds.AudioPeriod))
            {
                progress?.Report(microphone.Info.Name);
                Sound sound = Sound.Read(microphone, _from, _to);
                ByPaths(SyncMethod.MotorSound, arm, microphone, sound.From, sound.To, sound.Level, paths);
                ByContacts(arm, microphone, sound.Clicks);
            }
        }

        for (int a = 0; a < rotations.Count; a++)
        {
            for (int b = a + 1; b < rotations.Count; b++)
            {
                ByRotation(rotations[a], rotations[b]);
            }
        }

        foreach (EpisodeStream trigger in OfKind(StreamKinds.TriggerEdge))
        {
            foreach (EpisodeStream camera in OfKind(StreamKinds.CameraFrame))
            {
                if (TriggerExposure.Channel(trigger, camera) is { } channel)
                {
                    ByTrigger(trigger, channel, camera);
                }
            }
        }
    }

    private void ByPaths(SyncMethod method, EpisodeStream arm, EpisodeStream stream, long[] from, long[] to, double[] response, List<PathSignal> paths)
    {
        if (paths.Sum(p => p.Total) < LeastTurnRad)
        {
            Unknown(method, arm, stream, "the arm stands");
        }
        else if (Overlap(paths[0].Span, from.Length == 0 ? (0, 0) : (from[0], to[^1])) < _options.LeastOverlapNs)
        {
            Unknown(method, arm, stream, "the two streams do not overlap long enough");
        }
        else if (LagSearch.Find(from, to, response, paths, _options.MaxLagNs) is { } lag)
        {
            Judge(method, arm, stream, Reversed(lag));
        }
        else
        {
            Unknown(method, arm, stream, "nothing changes in it");
        }
    }

    private void ByRotation((EpisodeStream Stream, PathSignal Path) reference, (EpisodeStream Stream, PathSignal Path) other)
    {
        const long StepNs = 10_000_000;
        (long from, long to) = (Math.Max(reference.Path.Span.From, other.Path.Span.From), Math.Min(reference.Path.Span.To, other.Path.Span.To));
        if (reference.Path.Total < LeastTurnRad || other.Path.Total < LeastTurnRad)
        {
            Unknown(SyncMethod.Rotation, reference.Stream, other.Stream, "nothing turns");
            return;
        }

        // The response must not run out of paths at the largest lag.
        from += _options.MaxLagNs;
        to -= _options.MaxLagNs;
        if (to - from < _options.LeastOverlapNs)
        {
            Unknown(SyncMethod.Rotation, reference.Stream, other.Stream, "the two streams do not overlap long enough");
            return;
        }

        long[] starts = [.. Enumerable.Range(0, (int)((to - from) / StepNs)).Select(i => from + (i * StepNs))];
        long[] ends = [.. starts.Select(s => s + (2 * StepNs))];
        double[] response = new double[starts.Length];
        reference.Path.Amounts(starts, ends, 0, response);
        if (LagSearch.Find(starts, ends, response, [other.Path], _options.MaxLagNs) is { } lag)
        {
            Judge(SyncMethod.Rotation, reference.Stream, other.Stream, lag);
        }
    }

    private void ByContacts(EpisodeStream arm, EpisodeStream microphone, long[] clicks)
    {
        JointReadings joints = JointReadings.Read(arm, _from, _to, smooth: false);
        int gripper = Array.FindIndex(joints.Names, n => n.Contains("grip", StringComparison.OrdinalIgnoreCase) || n.Contains("jaw", StringComparison.OrdinalIgnoreCase));
        List<long> contacts = gripper < 0 ? [] : Contacts.Find(joints.Times, joints.Positions[gripper]);
        if (contacts.Count < LeastContacts)
        {
            Unknown(SyncMethod.ContactClick, arm, microphone, $"the gripper closed on something {contacts.Count} times, and {LeastContacts} are needed");
            return;
        }

        // One nearest cluster: the difference that most contacts share within the method's own error.
        long floor = SyncCheckOptions.FloorNs(SyncMethod.ContactClick);
        long[] differences = [.. contacts.SelectMany(c => clicks.Select(k => k - c)).Where(d => Math.Abs(d) <= _options.MaxLagNs).Order()];
        long[] cluster = [.. differences.Select(d => differences.Where(o => Math.Abs(o - d) <= floor).ToArray()).MaxBy(c => c.Length) ?? []];
        double share = Math.Min(cluster.Length / (double)contacts.Count, 1);
        if (cluster.Length < LeastContacts)
        {
            Unknown(SyncMethod.ContactClick, arm, microphone, $"of {contacts.Count} contacts {cluster.Length} have a click at one distance", share);
            return;
        }

        double mean = cluster.Average();
        double half = 2.58 * Math.Sqrt(cluster.Sum(d => (d - mean) * (d - mean)) / (cluster.Length - 1) / cluster.Length);
        Judge(SyncMethod.ContactClick, arm, microphone, new Lag(mean, mean - half, mean + half, share), $"{cluster.Length} of {contacts.Count} contacts", leastScore: 0.5);
    }

    private void ByTrigger(EpisodeStream trigger, int channel, EpisodeStream camera)
    {
        if (TriggerExposure.Find(trigger, channel, camera, _from, _to) is not { } found)
        {
            Unknown(SyncMethod.TriggerExposure, trigger, camera, "too few frames or edges, or they do not come equally often");
            return;
        }

        // The edge opens the shutter: how much later the stamp's instant is depends on the exposure, which nobody recorded. It is shorter than a period.
        long exposure = camera.Info.StampInstant switch
        {
            Core.Streams.StampInstant.StartOfExposure => 0,
            Core.Streams.StampInstant.MidExposure => found.PeriodNs / 2,
            _ => found.PeriodNs,
        };
        string note = string.Create(CultureInfo.InvariantCulture, $"modulo the trigger's period of {found.PeriodNs / 1e6:0.0} ms{(exposure > 0 ? $"; an exposure may add up to {exposure / 1e6:0.0} ms" : "")}");
        Judge(SyncMethod.TriggerExposure, trigger, camera, found.Lag, note, laterNs: exposure);
    }

    private void Judge(SyncMethod method, EpisodeStream reference, EpisodeStream stream, Lag lag, string note = "", double? leastScore = null, long laterNs = 0)
    {
        long floor = SyncCheckOptions.FloorNs(method);
        long? allowed = Allowed(reference) + Allowed(stream);
        (long low, long high) = ((long)lag.LowNs, (long)lag.HighNs);
        (SyncVerdict verdict, string reason) = lag switch
        {
            _ when lag.Score < (leastScore ?? _options.LeastScore) => (SyncVerdict.CannotTell, $"the one explains {lag.Score:P0} of the other, and {leastScore ?? _options.LeastScore:P0} are needed"),
            _ when Math.Abs(lag.LagNs) > _options.MaxLagNs - floor => (SyncVerdict.CannotTell, "no lag in the range fits better than those beyond it"),
            _ when high - low > 6 * floor => (SyncVerdict.CannotTell, $"the interval is {(high - low) / 1e6:0} ms wide, and {6 * floor / 1e6:0} ms is the most that tells"),
            _ when allowed is null => (SyncVerdict.CannotTell, "the episode has no certificate to hold it against"),
            _ when low - floor > allowed + laterNs || high + floor < -allowed => (SyncVerdict.Alarm, $"the certificate allows {allowed / 1e6:0.00} ms either way"),
            _ => (SyncVerdict.Agrees, ""),
        };
        string text = string.Join("; ", new[] { reason, note }.Where(t => t.Length > 0));
        _found.Add(new SyncMeasurement(method, reference.Info.Name, stream.Info.Name, verdict, (long)lag.LagNs, low, high, lag.Score, allowed, text));
    }

    private void Unknown(SyncMethod method, EpisodeStream reference, EpisodeStream stream, string reason, double score = 0) =>
        _found.Add(new SyncMeasurement(method, reference.Info.Name, stream.Info.Name, SyncVerdict.CannotTell, null, null, null, score, Allowed(reference) + Allowed(stream), reason));

    /// <summary>How far a stream's times may be off by its certificate.</summary>
    private long? Allowed(EpisodeStream stream)
    {
        CertifiedStream? certified = _episode.Manifest.Certificate?.Streams.FirstOrDefault(s => s.Stream == stream.Info.Name);
        return certified?.BoundNs?.P99 ?? (certified?.SigmaNs?.P99 * 3);
    }

    // The picture is the response there, and the lag is that of the paths behind it.
    private static Lag Reversed(Lag lag) => new(-lag.LagNs, -lag.HighNs, -lag.LowNs, lag.Score);

    private static long Overlap((long From, long To) a, (long From, long To) b) => Math.Min(a.To, b.To) - Math.Max(a.From, b.From);

    private static string Device(EpisodeStream stream) => stream.Info.Name.EndsWith(".state", StringComparison.Ordinal) ? stream.Info.Name[..^".state".Length] : stream.Info.Name;

    private static bool IsMjpeg(EpisodeStream camera) => CameraFrameSchema.EncodingOf(camera.Schema) == "mjpeg";
}
