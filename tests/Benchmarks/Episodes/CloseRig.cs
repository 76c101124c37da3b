using Capture.Core.Time;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;

namespace Benchmarks.Episodes;

/// <summary>A rig of seven streams (two cameras, sound, two IMUs, two arms), fed from memory with stamps that run ahead of the wall clock.</summary>
internal sealed class CloseRig : IDisposable
{
    private const int PictureBytes = 20_000;

    private readonly ICameraFrameSink[] _cameras;
    private readonly IAudioPeriodSink _audio;
    private readonly IImuSink[] _imus;
    private readonly IJointStateSink[] _arms;
    private readonly EpisodeSettings _settings;

    public CloseRig(EpisodeSettings settings)
    {
        _settings = settings;
        Recorder = EpisodeRecorder.Create(settings);
        _cameras = [Recorder.Open(BenchStreams.Camera("front", PictureBytes)), Recorder.Open(BenchStreams.Camera("wrist", PictureBytes))];
        _audio = Recorder.Open(BenchStreams.Audio("room"));
        _imus = [Recorder.Open(BenchStreams.Imu("imu.a")), Recorder.Open(BenchStreams.Imu("imu.b"))];
        _arms = [Recorder.Open(BenchStreams.Joints("left")), Recorder.Open(BenchStreams.Joints("right"))];
    }

    public EpisodeRecorder Recorder { get; }

    /// <summary>Appends so many seconds of the rig, a tenth at a time, waiting for the writer where it must.</summary>
    public void Feed(int seconds)
    {
        byte[] picture = new byte[PictureBytes];
        byte[] period = new byte[480 * 4];
        float[] vector = [0, 0, 9.81f];
        JointReading[] joints = new JointReading[7];
        HostTime origin = Recorder.Anchor.Origin;
        for (int ms = 0; ms < seconds * 1000; ms++)
        {
            HostTime t = origin + Duration.FromMilliseconds(ms);
            var stamp = new SampleStamp(ms, 0, new DeviceTicks(ms * 1000L), t, t);
            foreach (IImuSink imu in _imus)
            {
                imu.Append(stamp, vector, vector);
            }

            if (ms % 5 == 0)
            {
                foreach (IJointStateSink arm in _arms)
                {
                    arm.Append(stamp with { Sequence = ms / 5, Ticks = null }, t - Duration.FromMilliseconds(1), t, joints);
                }
            }

            if (ms % 10 == 0)
            {
                _audio.Append(stamp with { Sequence = ms / 10, Ticks = new DeviceTicks(ms * 48L) }, period);
            }

            if (ms % 33 == 0)
            {
                foreach (ICameraFrameSink camera in _cameras)
                {
                    camera.Append(stamp with { Sequence = ms / 33, Ticks = null }, picture, keyFrame: true);
                }
            }

            if (ms % 100 == 0)
            {
                Thread.Sleep(1);
                while (Recorder.Statistics.Any(s => s.Read(_settings.Clock.Now) is var status && status.QueuedBatches > status.PoolBatches / 2))
                {
                    Thread.Sleep(1);
                }
            }
        }
    }

    public void Dispose() => Recorder.Dispose();
}
