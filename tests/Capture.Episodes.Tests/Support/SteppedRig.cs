using Capture.Core.Time;
using Capture.Episodes.Disk;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Tests.Support;

/// <summary>What was appended to one stream: row i has sequence i, ticks i, and was appended at this time.</summary>
internal sealed record AppendedRows(string Stream, List<long> AtNs)
{
    public static readonly float[] Vector = [1, 2, 3];
}

/// <summary>
/// A rig in simulated time: one thread, one clock that the test moves, so that what is written and synced when depends on the seed and the settings alone.
/// Five streams of different rates and sizes; the pictures are real, and of a length that tells which is which.
/// </summary>
internal sealed class SteppedRig : IDisposable
{
    public const long TickNs = 5_000_000;

    private readonly TempFolder _folder = new(inMemory: true);
    private readonly ICameraFrameSink _camera;
    private readonly IImuSink _imu;
    private readonly IJointStateSink _arm;
    private readonly ITriggerEdgeSink _trigger;
    private readonly IClockExchangeSink _exchange;
    private readonly byte[] _picture = new byte[6000];
    private readonly JointReading[] _joints = new JointReading[7];
    private readonly HostTime _begin;

    public SteppedRig(IEpisodeDisk disk, StepClock clock, Func<EpisodeSettings, EpisodeSettings>? settings = null)
    {
        Clock = clock;
        var defaults = new EpisodeSettings
        {
            RigName = "bench",
            EpisodesFolder = _folder.Path,
            Name = "take",
            BufferMb = 64,
            BufferSeconds = 1,
            Clock = clock,
            Disk = disk,
            Stepped = true,
            BootId = "11111111-2222-3333-4444-555555555555",
        };
        Recorder = EpisodeRecorder.Create(settings?.Invoke(defaults) ?? defaults);
        Jpegs.Grey8.CopyTo(_picture, 0);
        _camera = Recorder.Open(Streams.Camera(maxBytes: 8000) with { Counted = true });
        _imu = Recorder.Open(Streams.Imu());
        _arm = Recorder.Open(Streams.Joints());
        _trigger = Recorder.Open(Streams.Trigger());
        _exchange = Recorder.Open(Streams.Exchange());
        Recorder.Arm();
        _begin = clock.Now;
    }

    public StepClock Clock { get; }

    public EpisodeRecorder Recorder { get; }

    public TempFolder Temp => _folder;

    public AppendedRows Camera { get; } = new("front", []);

    public AppendedRows Imu { get; } = new("board.imu", []);

    public AppendedRows Arm { get; } = new("arm", []);

    public AppendedRows Trigger { get; } = new("board.trigger", []);

    public AppendedRows Exchange { get; } = new("clock.board", []);

    public IReadOnlyList<AppendedRows> Rows => [Camera, Imu, Arm, Trigger, Exchange];

    /// <summary>The samples refused; a rig whose disk is well refuses none.</summary>
    public int Refused { get; private set; }

    /// <summary>How long the picture of a row is.</summary>
    public static int PictureLength(long row) => 400 + (int)(row * 37 % 5000);

    /// <summary>Runs for a time, in ticks of 5 ms.</summary>
    public void Run(long ns)
    {
        HostTime end = Clock.Now + new Duration(ns);
        while (Clock.Now < end)
        {
            Clock.Advance(TickNs);
            AppendDue();
            Recorder.Step();
        }
    }

    /// <summary>Appends what is due by the clock, as the sources' threads would; they go on while the disk is waited for.</summary>
    public void AppendDue()
    {
        HostTime now = Clock.Now;
        double seconds = (now - _begin).Nanoseconds / 1e9;
        while (Camera.AtNs.Count < seconds * 30)
        {
            long i = Take(Camera, now);
            Note(_camera.Append(Rig.Stamp(i, now), _picture.AsSpan(0, PictureLength(i)), true));
        }

        while (Imu.AtNs.Count < seconds * 400)
        {
            long i = Take(Imu, now);
            Note(_imu.Append(Rig.Stamp(i, now, i), AppendedRows.Vector, AppendedRows.Vector));
        }

        while (Arm.AtNs.Count < seconds * 100)
        {
            long i = Take(Arm, now);
            Note(_arm.Append(Rig.Stamp(i, now), now - Duration.FromMilliseconds(3), now, _joints));
        }

        while (Trigger.AtNs.Count < seconds * 3)
        {
            long i = Take(Trigger, now);
            Note(_trigger.Append(Rig.Stamp(i, now, i), 1, i, true));
        }

        while (Exchange.AtNs.Count < seconds * 10)
        {
            long i = Take(Exchange, now);
            long ticks = (now - _begin).Nanoseconds / 1000;
            Note(_exchange.Append(i, new ClockExchange(now - Duration.FromMilliseconds(2), new DeviceTicks(ticks - 1000), new DeviceTicks(ticks - 900), now, 0)));
        }

        Tick(_camera, now);
        Tick(_imu, now);
        Tick(_arm, now);
        Tick(_exchange, now);
    }

    public void Dispose()
    {
        Recorder.Dispose();
        _folder.Dispose();
    }

    private static void Tick(IStreamSink sink, HostTime now) => sink.Tick(now);

    private static long Take(AppendedRows rows, HostTime now)
    {
        rows.AtNs.Add(now.Nanoseconds);
        return rows.AtNs.Count - 1;
    }

    private void Note(bool kept) => Refused += kept ? 0 : 1;
}
