using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;
using FirmwareBridge.Board;
using FirmwareBridge.Protocol;
using FirmwareBridge.Serial;

namespace Capture.Devices.Mcu;

/// <summary>A microcontroller with the project's firmware. Streams: <c>NAME.imu</c>, <c>NAME.trigger</c> (where asked for) and <c>clock.NAME</c>.</summary>
public sealed class BoardSource(BoardSettings settings, HostClock clock) : ReconnectingSource(settings.Name, clock)
{
    private const int ImuRowBytes = 96;
    private const int EdgeRowBytes = 64;
    private static readonly Duration PollWait = Duration.FromMilliseconds(20);
    private static readonly Duration StopWait = Duration.FromMilliseconds(500);

    private readonly List<StreamDescriptor> streams = [];
    private BoardLink? link;
    private BoardStreams? sorted;
    private BoardInfo? board;
    private TwoWayClock? deviceClock;
    private bool sameBoot;
    private bool pulsing;

    public override IReadOnlyList<StreamDescriptor> Streams => streams;

    protected override void OpenDevice()
    {
        if (settings.ExchangesHz is < 1 or > 50)
        {
            throw new DeviceException(DeviceTrouble.Unsupported, $"{settings.ExchangesHz} clock exchanges a second are not possible", settings.Port, "Set 1 to 50.");
        }

        link = OpenLink(expectedUid: null);
        board = link.Info;
        Describe(board);
        if (settings.Triggers.Count > 0)
        {
            Pulse();
        }
    }

    protected override IStreamSink[] AttachSinks(ISinkFactory sinks)
    {
        List<IStreamSink> opened = [];
        IImuSink? imu = null;
        ITriggerEdgeSink? trigger = null;
        IClockExchangeSink? exchanges = null;
        foreach (StreamDescriptor stream in streams)
        {
            opened.Add(stream switch
            {
                ImuStream s => imu = sinks.Open(s),
                TriggerEdgeStream s => trigger = sinks.Open(s),
                ClockExchangeStream s => exchanges = sinks.Open(s),
                _ => throw new InvalidOperationException($"a board has no stream of kind {stream.Kind}"),
            });
        }

        sorted = new BoardStreams(deviceClock!, imu, trigger, exchanges!);
        return [.. opened];
    }

    protected override HostTime LastHeard(HostTime now) => sorted!.LastHeard;

    protected override string? ReadWhileConnected()
    {
        if (pulsing)
        {
            // What the board said since it began to pulse is older than the episode: a new link takes samples from its own start on.
            pulsing = false;
            Disconnect();
            link = OpenLink(board!.Uid);
            board = link.Info;
        }

        sorted!.LastHeard = Clock.Now;
        while (!Stopping)
        {
            if (link!.Poll(sorted, PollWait) == BoardLinkState.Closed)
            {
                return "the port is gone";
            }

            HostTime now = Clock.Now;
            TickIfDue(now);
            if (now - sorted.LastHeard > settings.SilenceTimeout)
            {
                return "the board is silent";
            }

            if (sorted.Trouble is { } text)
            {
                ReportTrouble(text);
            }
        }

        // Its last counts say whether the last samples came.
        bool confirmed = link!.Stop(sorted, StopWait);
        sorted.Flush(Clock.Now, final: confirmed);
        return null;
    }

    protected override bool TryReconnect(Duration lostFor)
    {
        BoardInfo before = board!;
        link = OpenLink(before.Uid);
        board = link.Info;

        // A narrow counter may have wrapped unseen, and its unwrapping begins anew with the link.
        sameBoot = board.BootId == before.BootId && board.TickBits == 64;
        if (sameBoot)
        {
            sorted!.Resume();
        }
        else
        {
            sorted!.Restart(Clock.Now, reason: null);
        }

        sorted.LastHeard = Clock.Now;
        return true;
    }

    /// <summary>After a break within one boot the numbers count what was lost; after a restart only the rate says it.</summary>
    protected override (long? Count, LossEvidence Evidence, long? FirstSequence) LostDuring(StreamDescriptor stream, Duration away) =>
        stream is ClockExchangeStream ? (0, LossEvidence.Counter, null)
        : sameBoot && link is not null ? (0, LossEvidence.Counter, null)
        : base.LostDuring(stream, away);

    protected override void Disconnect()
    {
        link?.Dispose();
        link = null;
    }

    /// <summary>Starts the trigger lines before anything is recorded: a camera that waits for them gives its first picture only then, and is opened after the board.</summary>
    private void Pulse()
    {
        HostTime deadline = Clock.Now + settings.OpenTimeout;
        while (!link!.IsSetUp)
        {
            if (link.Poll(Unheard.Instance, PollWait) == BoardLinkState.Closed || Clock.Now > deadline)
            {
                throw new DeviceException(DeviceTrouble.Timeout, "the board says hello, but does not start its triggers", settings.Port, "Look at its channels and their periods, and at the rates in the rig file.");
            }
        }

        pulsing = true;
    }

    private BoardLink OpenLink(string? expectedUid)
    {
        BoardLinkOptions options = new()
        {
            Port = settings.Port,
            Baud = settings.Baud,
            ExpectedUid = expectedUid,
            HelloTimeout = settings.OpenTimeout,
            ClockEvery = new Duration(1_000_000_000 / settings.ExchangesHz),
            Imus = settings.ImuRateHz == 0 ? [] : [new ImuSetting(0, settings.ImuRateHz, settings.ImuSamplesPerFrame)],
            Triggers = [.. settings.Triggers.Select(t => new TriggerSetting(t.Channel, new Duration((long)Math.Round(1e9 / t.RateHz)), Duration.Zero, t.PulseWidth))],
        };
        try
        {
            return BoardLink.Open(options, Clock);
        }
        catch (SerialPortException e)
        {
            throw SerialTrouble.ToDevice(e);
        }
        catch (BoardLinkException e)
        {
            string text = e.Message.StartsWith(settings.Port + ": ", StringComparison.Ordinal) ? e.Message[(settings.Port.Length + 2)..] : e.Message;
            throw new DeviceException(DeviceTrouble.Refused, text.TrimEnd('.'), settings.Port, $"Look at the board: capture mcu info {settings.Port}", e);
        }
    }

    private void Describe(BoardInfo info)
    {
        ClockDomain domain = link!.ClockDomain(Name);
        deviceClock = new TwoWayClock(domain);
        DeviceIdentity device = new(settings.Port, $"{info.FirmwareName} {info.FirmwareVersion}", info.Uid);
        streams.Clear();
        if (settings.ImuRateHz > 0)
        {
            streams.Add(new ImuStream
            {
                Name = $"{Name}.imu",
                Device = device,
                Clock = domain,
                StampSource = StampSource.ReadReturn,
                StampInstant = StampInstant.FirstSample,
                RateHz = settings.ImuRateHz,
                Counted = true,
                MaxRowBytes = ImuRowBytes,
                BytesPerSecond = (double)ImuRowBytes * settings.ImuRateHz,
            });
        }

        if (settings.Triggers.Count > 0)
        {
            streams.Add(new TriggerEdgeStream
            {
                Name = $"{Name}.trigger",
                Device = device,
                Clock = domain,
                StampSource = StampSource.ReadReturn,
                StampInstant = StampInstant.Edge,
                Counted = true,
                MaxRowBytes = EdgeRowBytes,
                BytesPerSecond = settings.Triggers.Sum(t => 2 * t.RateHz) * EdgeRowBytes,
                Exposes = settings.Triggers.ToDictionary(t => t.For, t => t.Channel, StringComparer.Ordinal),
            });
        }

        streams.Add(new ClockExchangeStream
        {
            Name = $"clock.{Name}",
            Device = device,
            Clock = domain,
            StampSource = StampSource.ReadReturn,
            StampInstant = StampInstant.RequestProcessed,
            Counted = false,
            MaxRowBytes = 64,
            BytesPerSecond = 64.0 * settings.ExchangesHz,
        });
    }
}
