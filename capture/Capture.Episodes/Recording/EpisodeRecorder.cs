using System.Globalization;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Closing;
using Capture.Episodes.Disk;
using Capture.Episodes.Manifest;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Recording;

/// <summary>How a recording went.</summary>
/// <param name="Reason">Why it stopped: the disk's reason goes before the caller's.</param>
/// <param name="ManagedBytesAllocated">What the whole process allocated between <see cref="EpisodeRecorder.Arm"/> and <see cref="EpisodeRecorder.Stop"/>.</param>
/// <param name="OwnBytesAllocated">What the recorder's own threads allocated: the writer's and the one that syncs.</param>
/// <param name="Detail">What the disk said, where it stopped the recording.</param>
public sealed record RecordingResult(StopReason Reason, long ManagedBytesAllocated, long OwnBytesAllocated, string? Detail);

/// <summary>
/// Records one episode: <see cref="Create"/>, hand it to the sources (each opens its sinks), <see cref="Arm"/>, <see cref="Stop"/>, <see cref="Seal"/>, Dispose.
/// Between Arm and Stop the recorder allocates no managed memory; sinks opened later than Arm are refused. Calls other than the sinks' and
/// <see cref="StreamStatistics"/> belong to one thread.
/// </summary>
public sealed class EpisodeRecorder : ISinkFactory, IDisposable
{
    /// <summary>Put aside for manifest and ledger; footers come on top as they grow.</summary>
    internal const long ReserveBytes = 512 * 1024;

    private readonly EpisodeSettings _settings;
    private readonly List<StreamRecorder> _streams = [];
    private readonly WakeUp _wake = new();
    private readonly RecordingLock _lock;
    private DiskReserve? _reserve;
    private EpisodeWriter? _writer;
    private DurabilityThread? _durability;
    private LedgerLog? _ledger;
    private HostClockLog? _hostClock;
    private EpisodeManifest? _manifest;
    private StreamStatistics[]? _statistics;
    private HostTime _stoppedAt;
    private long _allocatedAtArm;
    private State _state;

    private EpisodeRecorder(EpisodeSettings settings, string folder, RecordingLock held, DiskReserve reserve)
    {
        _settings = settings;
        Folder = folder;
        _lock = held;
        _reserve = reserve;
        Id = settings.Id ?? Guid.NewGuid();
        HostClockReading now = settings.Clock.ReadAll();
        _manifest = FirstManifest(now);
        ManifestFile.Write(settings.Disk, folder, _manifest);
    }

    private enum State
    {
        Created,
        Armed,
        Stopped,
        Sealed,
        Disposed,
    }

    /// <summary>The episode's folder.</summary>
    public string Folder { get; }

    public Guid Id { get; }

    /// <summary>Episode time 0, taken by <see cref="Arm"/>.</summary>
    public EpisodeAnchor Anchor { get; private set; }

    /// <summary>What each stream does, in the order in which they were opened. From Arm on always the same list: reading it allocates nothing.</summary>
    public IReadOnlyList<StreamStatistics> Statistics => _statistics ?? [.. _streams.Select(s => s.Statistics)];

    /// <summary>Not null when the disk gave out: call <see cref="Stop"/> soon. Read it from any thread; allocates nothing.</summary>
    public StopReason? StopRequested =>
        _writer?.StopRequested ?? (_durability is { Failure: not 0 } ? StopReason.WriteError : _durability is { SpaceIsOut: true } ? StopReason.DiskFull : null);

    /// <summary>How long the disk will last, as of the last second or so. Read it from any thread; allocates nothing.</summary>
    public DiskOutlook Disk => _durability?.Outlook ?? new DiskOutlook(-1, 0, null);

    /// <summary>Makes the episode's folder, takes its lock and a reserve of disk space, and writes the manifest.</summary>
    /// <exception cref="EpisodeException">The disk is full or cannot be written, or the folder exists; nothing is left behind.</exception>
    public static EpisodeRecorder Create(EpisodeSettings settings)
    {
        settings.Check();
        string name = settings.Name ?? DefaultName(settings);
        string folder = Path.Combine(settings.EpisodesFolder, name + EpisodeFolder.Suffix);
        if (Directory.Exists(folder) || File.Exists(folder))
        {
            throw new EpisodeException(EpisodeProblem.Invalid, "it exists already", folder, "Choose another name, or move the old episode away.");
        }

        RecordingLock? held = null;
        DiskReserve? reserve = null;
        try
        {
            settings.Disk.CreateFolder(folder);
            settings.Disk.CreateFolder(Path.Combine(folder, EpisodeFolder.Streams));
            held = RecordingLock.TryTake(folder) ?? throw new EpisodeException(EpisodeProblem.Held, "another recorder took it in this moment", folder, "Choose another name.");
            reserve = DiskReserve.Create(folder, ReserveBytes);
            var recorder = new EpisodeRecorder(settings, folder, held, reserve);

            // The folder's own name stands in the one above it.
            settings.Disk.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(folder))!);
            if (settings.RehearseClose)
            {
                CloseRehearsal.Begin();
            }

            return recorder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reserve?.Dispose();
            held?.Dispose();
            Remove(folder);
            throw DiskTrouble.Explain(e, folder);
        }
    }

    public ICameraFrameSink Open(CameraFrameStream stream) => Add(stream, new CameraFrameSink(stream, _settings, _wake));

    public IAudioPeriodSink Open(AudioPeriodStream stream) => Add(stream, new AudioPeriodSink(stream, _settings, _wake));

    public IMocapFrameSink Open(MocapFrameStream stream) => Add(stream, new MocapFrameSink(stream, _settings, _wake));

    public IJointStateSink Open(JointStateStream stream) => Add(stream, new JointStateSink(stream, _settings, _wake));

    public IJointCommandSink Open(JointCommandStream stream) => Add(stream, new JointCommandSink(stream, _settings, _wake));

    public IImuSink Open(ImuStream stream) => Add(stream, new ImuSink(stream, _settings, _wake));

    public ITriggerEdgeSink Open(TriggerEdgeStream stream) => Add(stream, new TriggerEdgeSink(stream, _settings, _wake));

    public IClockExchangeSink Open(ClockExchangeStream stream) => Add(stream, new ClockExchangeSink(stream, _settings, _wake));

    public IClockReportSink Open(ClockReportStream stream) => Add(stream, new ClockReportSink(stream, _settings, _wake));

    /// <summary>Opens the stream of marks; whoever watches the other streams writes it, from a thread of its own.</summary>
    public IMarkSink OpenMarks()
    {
        var stream = new MarkStream
        {
            Name = MarkSchema.Name,
            Device = new DeviceIdentity("host", null, null),
            StampSource = StampSource.ReadReturn,
            StampInstant = StampInstant.Arrival,
            Counted = false,
            MaxRowBytes = 2 * StreamName.MaxLength,
            BytesPerSecond = 0,
        };
        return Register(stream, new MarkSink(stream, _settings, _wake));
    }

    /// <summary>
    /// Sets episode time 0, writes the manifest with all streams, creates their files, takes all memory, starts the writer, and opens the sinks:
    /// samples appended from now on are in the episode, earlier ones are not.
    /// </summary>
    /// <exception cref="EpisodeException">The buffers do not fit <see cref="EpisodeSettings.BufferMb"/>, or the disk is full: the folder is then removed by Dispose.</exception>
    public void Arm()
    {
        Require(State.Created);
        if (_settings.RehearseClose)
        {
            CloseRehearsal.End();
        }

        IReadOnlyList<StreamPlan> plans = StreamPlan.Fit([.. _streams.Select(s => s.Plan)], (long)_settings.BufferMb << 20);
        HostClockReading first = _settings.Clock.ReadAll();
        Anchor = new EpisodeAnchor(first.Monotonic);
        string bootId = _settings.BootId ?? EpisodeFolder.BootId();
        var identity = new EpisodeIdentity(Id, Anchor, first.RealtimeNanoseconds, bootId);
        _manifest = FirstManifest(first) with
        {
            Streams = [.. _streams.Select(s => ManifestParts.Stream(StreamInfo.Of(s.Stream, identity))), ManifestParts.Stream(ClockHostSchema.Info(identity)), ManifestParts.Stream(LedgerSchema.Info(identity))],
            Clocks = ManifestParts.Clocks(_streams.Select(s => s.Stream.Clock)),
        };
        ManifestFile.Write(_settings.Disk, Folder, _manifest);
        try
        {
            for (int i = 0; i < _streams.Count; i++)
            {
                StreamRecorder stream = _streams[i];
                Arrow.ArrowSchema schema = stream.SchemaFor(identity);
                stream.Plan = plans[i];
                stream.Prepare(identity, schema);
                stream.File = CreateFile(stream.Stream.Name, schema);
            }

            _hostClock = new HostClockLog(CreateFile(ClockHostSchema.Name, ClockHostSchema.For(identity)));
            _ledger = new LedgerLog(CreateFile(LedgerSchema.Name, LedgerSchema.For(identity)), [.. _streams.Select(s => s.Stream.Name)]);
            CopyCalibration();
            _settings.Disk.SyncFolder(Path.Combine(Folder, EpisodeFolder.Streams));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskTrouble.Explain(e, Folder);
        }

        _writer = new EpisodeWriter(_settings, _streams, _wake, _ledger, _hostClock);
        _durability = new DurabilityThread(_settings, Files(), _reserve!);
        _statistics = [.. _streams.Select(s => s.Statistics)];
        _state = State.Armed;
        _writer.Start();
        _durability.Start();
        foreach (StreamRecorder stream in _streams)
        {
            stream.Open();
        }

        _allocatedAtArm = GC.GetTotalAllocatedBytes(precise: true);
    }

    /// <summary>Copies a file that belongs to the take into a folder of the episode, and makes it durable.</summary>
    /// <exception cref="EpisodeException">It cannot be read or written.</exception>
    public void CopyIn(string source, string subfolder, string name)
    {
        string folder = Path.Combine(Folder, subfolder);
        try
        {
            _settings.Disk.CreateFolder(folder);
            WholeFile.Write(_settings.Disk, Path.Combine(folder, name), File.ReadAllBytes(source));
            _settings.Disk.SyncFolder(folder);
            _settings.Disk.SyncFolder(Folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskTrouble.Explain(e, Path.Combine(folder, name));
        }
    }

    /// <summary>
    /// Ends the recording: closes all sinks (also of sources that are stuck elsewhere: their later samples are refused), writes what was handed over,
    /// the ledger and a last reading of the clocks. Waits for the disk.
    /// </summary>
    public RecordingResult Stop(StopReason reason)
    {
        Require(State.Armed);
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - _allocatedAtArm;
        _state = State.Stopped;
        _stoppedAt = _settings.Clock.Now;
        foreach (StreamRecorder stream in _streams)
        {
            stream.Close();
        }

        _writer!.Stop(() =>
        {
            _durability!.Stop();
            _reserve?.Dispose();
            _reserve = null;
        });
        StopReason final = StopRequested ?? reason;
        int errno = _writer.Failure != 0 ? _writer.Failure : _durability!.Failure;
        _manifest = _manifest! with { Stopped = FormatText<StopReason>.Of(final) };
        string? detail = errno != 0 ? System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno)
            : final == StopReason.DiskFull ? "the space that is left is what closing the episode takes; no sample was lost"
            : null;
        return new RecordingResult(final, allocated, _writer.AllocatedBytes + _durability!.AllocatedBytes, detail);
    }

    /// <summary>Does what the recorder's threads would do now, where <see cref="EpisodeSettings.Stepped"/> left them out.</summary>
    internal void Step()
    {
        Require(State.Armed);
        _writer!.Round();
        _durability!.RoundIfDue();
    }

    /// <summary>The writer's part of <see cref="Step"/>: it goes on while the other thread waits for the disk.</summary>
    internal void StepWriter() => _writer?.Round();

    /// <summary>
    /// Closes the files with their footers, computes clocks and final times, and writes the manifest as sealed. What there is no room for is said in the
    /// manifest's notes and can be made up by <c>capture recover</c>.
    /// </summary>
    public EpisodeManifest Seal(IProgress<string>? progress = null)
    {
        Require(State.Stopped);
        SideBySide.Run(_settings.Disk, [.. Files().Select(file => (Action)(() => SealFile(file)))]);
        var finisher = new EpisodeFinisher(_settings.Disk, Folder, trustFiles: true);
        _manifest = finisher.Finish(_manifest!, EpisodeState.Sealed, _ledger!.Unwritten, _stoppedAt, progress);
        _state = State.Sealed;
        return _manifest;
    }

    private static void SealFile(StreamFileWriter file)
    {
        int errno = file.Seal();
        if (errno != 0)
        {
            throw new EpisodeException(
                EpisodeProblem.Disk,
                $"its footer could not be written ({System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno)})",
                file.FilePath,
                "The rows are whole and readable. Free space, then run 'capture recover'.");
        }
    }

    /// <summary>Frees everything. An episode that was never armed is removed; one that was armed and not sealed stays as it is, for <c>capture recover</c>.</summary>
    public void Dispose()
    {
        if (_state == State.Disposed)
        {
            return;
        }

        bool remove = _state == State.Created;
        if (remove && _settings.RehearseClose)
        {
            // It would leave its folder behind if the process ended now.
            CloseRehearsal.End();
        }

        if (_state == State.Armed)
        {
            Stop(StopReason.Operator);
        }

        _state = State.Disposed;
        foreach (StreamRecorder stream in _streams)
        {
            stream.File?.Dispose();
            stream.Dispose();
        }

        _ledger?.File.Dispose();
        _ledger?.Dispose();
        _hostClock?.File.Dispose();
        _hostClock?.Dispose();
        _writer?.Dispose();
        _durability?.Dispose();
        _reserve?.Dispose();
        _lock.Dispose();
        _wake.Dispose();
        if (remove)
        {
            Remove(Folder);
        }
    }

    private static string DefaultName(EpisodeSettings settings)
    {
        DateTimeOffset utc = ManifestParts.Utc(settings.Clock.ReadAll().RealtimeNanoseconds);
        return string.Create(CultureInfo.InvariantCulture, $"{utc:yyyy-MM-dd'T'HH-mm-ss'Z'}-{EpisodeFolder.Safe(settings.RigName)}");
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What it was about to hold is in the error that is being thrown.
        }
    }

    private TSink Add<TSink>(StreamDescriptor stream, TSink sink)
        where TSink : StreamRecorder
    {
        Require(State.Created);
        if (!StreamName.IsValid(stream.Name))
        {
            throw Invalid($"'{stream.Name}' cannot be the name of a stream", "Use lower-case letters, digits, '_' and '-', in parts joined by '.', at most 64 characters.");
        }

        if (stream.Name is LedgerSchema.Name or ClockHostSchema.Name or MarkSchema.Name)
        {
            throw Invalid($"the stream name '{stream.Name}' is taken", $"'{LedgerSchema.Name}', '{MarkSchema.Name}' and '{ClockHostSchema.Name}' are the recorder's.");
        }

        return Register(stream, sink);
    }

    private TSink Register<TSink>(StreamDescriptor stream, TSink sink)
        where TSink : StreamRecorder
    {
        Require(State.Created);
        if (_streams.Exists(s => s.Stream.Name == stream.Name))
        {
            throw Invalid($"the stream name '{stream.Name}' is taken", "Give every stream a name of its own.");
        }

        ClockDomain? clash = _streams.Select(s => s.Stream.Clock).FirstOrDefault(c => c is not null && c.Name == stream.Clock?.Name && c != stream.Clock);
        if (clash is not null)
        {
            throw Invalid($"the streams of clock '{clash.Name}' describe it differently ({clash} and {stream.Clock})", "Let the streams of one device share one clock domain.");
        }

        _streams.Add(sink);
        return sink;
    }

    private EpisodeException Invalid(string what, string remedy) => new(EpisodeProblem.Invalid, what, Folder, remedy);

    private StreamFileWriter CreateFile(string name, Arrow.ArrowSchema schema)
    {
        string path = Path.Combine(Folder, EpisodeFolder.Streams, name + EpisodeFolder.ArrowSuffix);
        var file = new StreamFileWriter(_settings.Disk.Create(path), schema, path);
        int errno = file.WriteHead();
        return errno == 0
            ? file
            : throw (DiskTrouble.IsFull(errno) ? DiskTrouble.Full(path) : new EpisodeException(EpisodeProblem.Disk, $"it cannot be written ({System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno)})", path, "Check the disk."));
    }

    private void CopyCalibration()
    {
        foreach (string source in _settings.CalibrationFiles)
        {
            CopyIn(source, EpisodeFolder.Calibration, Path.GetFileName(source));
        }
    }

    private IEnumerable<StreamFileWriter> Files() => _streams.Select(s => s.File).Append(_hostClock!.File).Append(_ledger!.File);

    private EpisodeManifest FirstManifest(in HostClockReading now) => new()
    {
        Format = EpisodeManifest.FormatName,
        Version = EpisodeManifest.CurrentVersion,
        Id = Id.ToString("D"),
        State = EpisodeState.Recording,
        Rig = _settings.RigName,
        CreatedUtc = ManifestParts.UtcText(now.RealtimeNanoseconds),
        Task = _settings.Task,
        Calibration = _settings.Calibration,
        Anchor = new ManifestAnchor(
            now.Monotonic.Nanoseconds,
            now.RealtimeNanoseconds,
            now.BoottimeNanoseconds,
            ((now.MonotonicAfter - now.MonotonicBefore).Nanoseconds + 1) / 2,
            _settings.BootId ?? EpisodeFolder.BootId()),
        Software = new ManifestSoftware(_settings.SoftwareName, _settings.SoftwareVersion),
        Limits = new ManifestLimits(_settings.BatchEveryMs, _settings.DurableEveryMs),
        Streams = [],
        Clocks = [],
    };

    private void Require(State state)
    {
        if (_state != state)
        {
            throw new InvalidOperationException($"The recorder is {_state}, and this needs it {state}. The order is Create, Open, Arm, Stop, Seal, Dispose.");
        }
    }
}
