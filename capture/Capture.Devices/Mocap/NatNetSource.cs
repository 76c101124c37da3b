using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Devices.Mocap;

/// <summary>
/// A NatNet server. Frames are stamped by the kernel on arrival; their ticks are the server's count at mid-exposure (at transmission where the cameras do
/// not say); the clock is learnt by echo exchanges. Streams: <c>NAME</c> and <c>clock.NAME</c>.
/// </summary>
public sealed class NatNetSource(NatNetSettings settings, HostClock clock) : ReconnectingSource(settings.Name, clock)
{
    private const int PollMicroseconds = 10_000;
    private const int LateWindow = 64;
    private const int BodyRowBytes = 48;
    private const int MarkerRowBytes = 32;
    private static readonly Duration AskEvery = Duration.FromMilliseconds(200);
    private static readonly Duration KeepAliveEvery = Duration.FromMilliseconds(500);
    private static readonly Duration OldestEcho = Duration.FromSeconds(2);

    private readonly byte[] buffer = new byte[NatNetPacket.MaxBytes];
    private readonly NatNetFrame frame = new(512, settings.MaxMarkers);
    private IPAddress? address;
    private NatNetLink? link;
    private NatNetServerInfo? server;
    private NatNetModels? models;
    private NatNetVersion version;
    private float? serverRateHz;
    private MocapFrameStream? stream;
    private ClockExchangeStream? exchangeStream;
    private IMocapFrameSink? sink;
    private IClockExchangeSink? exchanges;
    private TwoWayClock? deviceClock;
    private int[] bodyIds = [];
    private MocapBody?[] bodies = [];
    private HostTime lastFrame;
    private HostTime nextEcho;
    private HostTime nextKeepAlive;
    private HostTime nextModels;
    private long exchangeCount;
    private long lastNumber;
    private long lastTicks;
    private bool anyFrame;
    private bool continued;
    private int lastCut;

    public override IReadOnlyList<StreamDescriptor> Streams => stream is null ? [] : [stream, exchangeStream!];

    protected override void OpenDevice()
    {
        Require();
        try
        {
            address = Array.Find(Dns.GetHostAddresses(settings.Server), a => a.AddressFamily == AddressFamily.InterNetwork);
        }
        catch (SocketException e)
        {
            throw new DeviceException(DeviceTrouble.NotFound, $"the host {settings.Server} is not known", Where, "Check the name, or give the server's IPv4 address.", e);
        }

        if (address is null)
        {
            throw new DeviceException(DeviceTrouble.NotFound, "the server has no IPv4 address", Where, "NatNet speaks IPv4: give the server's IPv4 address.");
        }

        Greet(waiting: null);
        Describe();
    }

    protected override IStreamSink[] AttachSinks(ISinkFactory sinks)
    {
        sink = sinks.Open(stream!);
        exchanges = sinks.Open(exchangeStream!);
        return [sink, exchanges];
    }

    protected override HostTime LastHeard(HostTime now) => lastFrame;

    /// <summary>Frames that came since the greeting are older than the recording; after a reconnection the first frame has been delivered already.</summary>
    protected override bool PassOverBacklog() => !anyFrame && link!.TryReceive(buffer, out _, out _);

    protected override string? ReadWhileConnected()
    {
        link!.NewDrops = 0;
        lastFrame = Clock.Now;
        nextEcho = lastFrame;
        while (!Stopping)
        {
            link!.Wait(PollMicroseconds);
            while (!Stopping && link.TryReceive(buffer, out int count, out HostTime arrival))
            {
                Take(buffer.AsSpan(0, count), arrival);
            }

            HostTime now = Clock.Now;
            SendDue(now);
            TickIfDue(now);
            if (now - lastFrame > settings.SilenceTimeout)
            {
                return "the server sends no frames";
            }
        }

        link!.Send(NatNetMessage.Disconnect);
        return null;
    }

    protected override bool TryReconnect(Duration lostFor)
    {
        NatNetServerInfo before = server!;
        Greet(KeepWaiting);
        if (server!.ClockHz != before.ClockHz || server.Application != before.Application)
        {
            throw new DeviceException(DeviceTrouble.WrongFormat, $"another server answers: {server.Application}", Where, $"Start {before.Application} again.");
        }

        // It is back when frames come; the first one says whether it is the same run of the server.
        HostTime deadline = Clock.Now + settings.SilenceTimeout;
        HostTime heardBefore = lastFrame;
        while (lastFrame == heardBefore && Clock.Now < deadline && KeepWaiting())
        {
            link!.Wait(PollMicroseconds);
            while (lastFrame == heardBefore && link.TryReceive(buffer, out int count, out HostTime arrival))
            {
                if (IsFrame(count, out ReadOnlySpan<byte> payload) && NatNetFrameReader.Read(payload, version, frame, out _) == ParseStatus.Complete)
                {
                    continued = Continues(arrival);
                    if (!continued)
                    {
                        Restart();
                    }

                    Deliver(arrival);
                }
            }

            SendDue(Clock.Now);
        }

        return lastFrame != heardBefore;
    }

    /// <summary>Where the frame numbers go on, they count what was lost; else the rate says how much it was.</summary>
    protected override (long? Count, LossEvidence Evidence, long? FirstSequence) LostDuring(StreamDescriptor stream, Duration away) =>
        stream is ClockExchangeStream || (continued && State == SourceState.Lost && !Stopping)
            ? (0, LossEvidence.Counter, null)
            : base.LostDuring(stream, away);

    protected override void Disconnect()
    {
        link?.Dispose();
        link = null;
    }

    private string Where => NatNetLink.Where(settings);

    private void Require()
    {
        if (settings.CommandPort is < 1 or > 65535 || settings.DataPort is < 1 or > 65535 || settings.ExchangesHz is < 1 or > 50 || settings.MaxMarkers is < 0 or > 10_000)
        {
            throw new DeviceException(DeviceTrouble.Unsupported, "a port, the exchange rate or the number of markers is out of range", Where, "Ports 1–65535, 1–50 exchanges a second and up to 10000 markers are possible.");
        }
    }

    private bool KeepWaiting()
    {
        TickIfDue(Clock.Now);
        return !Stopping;
    }

    /// <summary>Asks the server who it is, what it tracks, and how fast.</summary>
    private void Greet(Func<bool>? waiting)
    {
        Disconnect();
        link = NatNetLink.Open(settings, Clock, address!);
        server = null;
        models = null;
        if (!Ask(() => link.SendConnect(), () => server is not null, settings.OpenTimeout, waiting))
        {
            throw new DeviceException(DeviceTrouble.Timeout, $"no NatNet server answered within {settings.OpenTimeout.TotalSeconds} s", Where, "Check that streaming is on in Motive, and that a firewall lets UDP through.");
        }

        version = server!.Version.CompareTo(NatNetVersion.Newest) > 0 ? NatNetVersion.Newest : server.Version;
        if (!version.IsReadable || server.ClockHz is 0 or > 100_000_000_000)
        {
            throw new DeviceException(DeviceTrouble.Unsupported, $"the server speaks NatNet {server.Version}; {NatNetVersion.Oldest} to {NatNetVersion.Newest} are read", Where, "Update the server (Motive 2.0 or later).");
        }

        if (server.Group is { } group)
        {
            if (server.Version.CompareTo(NatNetVersion.Newest) > 0)
            {
                throw new DeviceException(DeviceTrouble.Unsupported, $"the server multicasts NatNet {server.Version}, and an older one can only be asked for in unicast", Where, "Set Motive's streaming to unicast.");
            }

            link.Join(group, settings.DataPort ?? server.DataPort);
        }

        if (!Ask(() => link.Send(NatNetMessage.RequestModels), () => models is not null, settings.OpenTimeout, waiting))
        {
            throw new DeviceException(DeviceTrouble.Timeout, "the server does not describe its rigid bodies", Where, "Restart streaming in Motive.");
        }

        ResolveBodies();
        if (settings.RateHz is null && serverRateHz is null)
        {
            _ = Ask(() => link.SendRequest("FrameRate"), () => serverRateHz is not null, Duration.FromMilliseconds(500), waiting);
        }
    }

    private bool Ask(Action send, Func<bool> answered, Duration patience, Func<bool>? waiting)
    {
        HostTime deadline = Clock.Now + patience;
        HostTime next = Clock.Now;
        while (!answered())
        {
            HostTime now = Clock.Now;
            if (now > deadline || waiting?.Invoke() == false)
            {
                return false;
            }

            if (now >= next)
            {
                send();
                next = now + AskEvery;
            }

            link!.Wait(PollMicroseconds);
            while (!answered() && link.TryReceive(buffer, out int count, out _))
            {
                TakeAnswer(buffer.AsSpan(0, count));
            }
        }

        return true;
    }

    private void TakeAnswer(ReadOnlySpan<byte> datagram)
    {
        if (NatNetPacket.Read(datagram, out NatNetMessage message, out ReadOnlySpan<byte> payload) != ParseStatus.Complete)
        {
            return;
        }

        switch (message)
        {
            case NatNetMessage.ServerInfo when NatNetServerInfo.TryRead(payload, out NatNetServerInfo? info):
                server = info;
                break;
            case NatNetMessage.Models when server is not null && NatNetModels.TryRead(payload, version, out NatNetModels? described):
                models = described;
                break;
            case NatNetMessage.Response when payload.Length >= 4:
                float rate = BinaryPrimitives.ReadSingleLittleEndian(payload);
                serverRateHz = rate is >= 1 and <= 10_000 ? rate : serverRateHz;
                break;
        }
    }

    private void ResolveBodies()
    {
        IReadOnlyList<string> names = stream?.Bodies ?? (settings.Bodies.Count > 0 ? settings.Bodies : [.. models!.Bodies.Select(b => b.Name).Distinct()]);
        int[] ids = new int[names.Count];
        for (int i = 0; i < ids.Length; i++)
        {
            NatNetBodyModel? model = models!.Bodies.FirstOrDefault(b => b.Name == names[i]);
            ids[i] = model?.Id ?? throw new DeviceException(
                DeviceTrouble.NotFound,
                $"the server has no rigid body \"{names[i]}\"; it has {(models.Bodies.Count == 0 ? "none" : string.Join(", ", models.Bodies.Select(b => b.Name)))}",
                Where,
                "Correct bodies in rig.yaml, or make the body in Motive.");
        }

        bodyIds = ids;
        bodies = new MocapBody?[ids.Length];
    }

    private void Describe()
    {
        ClockDomain domain = new(Name, ClockFeed.TwoWay, server!.ClockHz, 64);
        deviceClock = new TwoWayClock(domain);
        DeviceIdentity device = new(Where, $"{server.Application} {server.ApplicationVersion}", $"NatNet {server.Version}");
        double? rate = settings.RateHz ?? serverRateHz;
        int rowBytes = 128 + (bodyIds.Length * BodyRowBytes) + (settings.MaxMarkers * MarkerRowBytes);
        stream = new MocapFrameStream
        {
            Name = Name,
            Device = device,
            Clock = domain,
            StampSource = StampSource.Kernel,
            StampInstant = StampInstant.MidExposure,
            Latency = settings.Latency,
            RateHz = rate,
            Counted = true,
            MaxRowBytes = rowBytes,
            BytesPerSecond = (rate ?? 240) * (128 + (bodyIds.Length * BodyRowBytes) + (Math.Min(settings.MaxMarkers, 32) * MarkerRowBytes)),
            Bodies = settings.Bodies.Count > 0 ? settings.Bodies : [.. models!.Bodies.Select(b => b.Name).Distinct()],
            MaxMarkers = settings.MaxMarkers,
        };
        exchangeStream = new ClockExchangeStream
        {
            Name = $"clock.{Name}",
            Device = device,
            Clock = domain,
            StampSource = StampSource.Kernel,
            StampInstant = StampInstant.RequestProcessed,
            RateHz = null,
            Counted = false,
            MaxRowBytes = 64,
            BytesPerSecond = settings.ExchangesHz * 64.0,
        };
    }

    private void SendDue(HostTime now)
    {
        if (now >= nextEcho)
        {
            link!.SendEcho();

            // Uneven on purpose: exchanges in step with the frames would all wait behind one.
            long period = 1_000_000_000 / settings.ExchangesHz;
            nextEcho = now + new Duration(period * (95 + (exchangeCount * 7 % 11)) / 100);
        }

        if (now >= nextKeepAlive)
        {
            link!.Send(NatNetMessage.KeepAlive);
            nextKeepAlive = now + KeepAliveEvery;
        }
    }

    private bool IsFrame(int count, out ReadOnlySpan<byte> payload) =>
        NatNetPacket.Read(buffer.AsSpan(0, count), out NatNetMessage message, out payload) == ParseStatus.Complete && message == NatNetMessage.Frame;

    private void Take(ReadOnlySpan<byte> datagram, HostTime arrival)
    {
        if (NatNetPacket.Read(datagram, out NatNetMessage message, out ReadOnlySpan<byte> payload) != ParseStatus.Complete)
        {
            BookEvent(arrival, LossReason.Corrupt);
            return;
        }

        switch (message)
        {
            case NatNetMessage.Frame when NatNetFrameReader.Read(payload, version, frame, out _) == ParseStatus.Complete:
                Deliver(arrival);
                break;
            case NatNetMessage.Frame:
                // The gap in the numbers counts it.
                BookEvent(arrival, LossReason.Corrupt);
                break;
            case NatNetMessage.EchoResponse when NatNetPacket.TryReadEcho(payload, out ulong sent, out ulong ticks):
                TakeEcho((long)sent, (long)ticks, arrival);
                break;
            case NatNetMessage.Models:
                TakeNewModels(datagram);
                break;
        }
    }

    private void TakeEcho(long sent, long ticks, HostTime arrival)
    {
        HostTime request = new(sent);

        // The stamp comes back over the network: only one of ours, and a recent one, is believed.
        if (request > arrival || arrival - request > OldestEcho)
        {
            return;
        }

        DeviceTicks middle = new(ticks);
        ClockExchange exchange = new(request, middle, middle, arrival, Segment);
        deviceClock!.Add(exchange);
        exchanges!.Append(exchangeCount++, exchange);
        sink!.ReportClockSigma(deviceClock.CurrentSigma);
    }

    private void TakeNewModels(ReadOnlySpan<byte> datagram)
    {
        TakeAnswer(datagram);
        try
        {
            ResolveBodies();
        }
        catch (DeviceException)
        {
            // A body was taken away: its column stays null until it is back.
        }
    }

    private void Deliver(HostTime arrival)
    {
        long number = frame.Number;
        long ticks = (long)(frame.MidExposureTicks != 0 ? frame.MidExposureTicks : frame.TransmitTicks);
        if (anyFrame && number <= lastNumber)
        {
            if (lastNumber - number < LateWindow && ticks <= lastTicks)
            {
                // Twice, or overtaken: then its gap is already in the ledger.
                return;
            }

            Restart();
            sink!.Book(new Loss(arrival, LossStage.Device, LossReason.DeviceReset, LossEvidence.Counter, 0, null));
        }

        BookGap(number, arrival);
        anyFrame = true;
        lastNumber = number;
        lastTicks = ticks;
        lastFrame = Clock.Now;
        Fill();
        DeviceTicks? stamped = ticks == 0 ? null : new DeviceTicks(ticks);
        HostTime instant = stamped is { } t ? deviceClock!.Estimate(t, arrival).Instant : arrival;
        sink!.Append(new SampleStamp(number, Segment, stamped, arrival, instant), bodies, frame.Markers);
        if (frame.ModelsChanged && lastFrame >= nextModels)
        {
            nextModels = lastFrame + Duration.FromSeconds(1);
            link!.Send(NatNetMessage.RequestModels);
        }
    }

    private void BookGap(long number, HostTime arrival)
    {
        long drops = link!.NewDrops;
        link.NewDrops = 0;
        long missing = anyFrame ? number - lastNumber - 1 : 0;
        if (missing > 0)
        {
            // What the kernel says it dropped is the kernel's; the network lost the rest.
            long overrun = Math.Min(missing, drops);
            if (overrun > 0)
            {
                sink!.Book(new Loss(arrival, LossStage.Transport, LossReason.Overrun, LossEvidence.Counter, overrun, lastNumber + 1));
            }

            if (missing > overrun)
            {
                sink!.Book(new Loss(arrival, LossStage.Transport, LossReason.SequenceGap, LossEvidence.Counter, missing - overrun, lastNumber + 1 + overrun));
            }
        }

        // Once per change: an overfull scene would fill the ledger.
        if (frame.CutItems > 0 && lastCut == 0)
        {
            BookEvent(arrival, LossReason.TooLarge);
        }

        lastCut = frame.CutItems;
    }

    private void Fill()
    {
        Array.Clear(bodies);
        foreach (ref readonly NatNetBody body in frame.Bodies)
        {
            int index = Array.IndexOf(bodyIds, body.Id);
            if (index >= 0)
            {
                bodies[index] = body.Pose;
            }
        }
    }

    /// <summary>The server still runs as before: its numbers went on, and its clock is where ours for it says.</summary>
    private bool Continues(HostTime arrival)
    {
        if (!anyFrame || frame.Number <= lastNumber || deviceClock!.CurrentSigma is null)
        {
            return false;
        }

        long ticks = (long)(frame.MidExposureTicks != 0 ? frame.MidExposureTicks : frame.TransmitTicks);
        Duration off = deviceClock.Estimate(new DeviceTicks(ticks), arrival).Instant - arrival;
        return Math.Abs(off.Nanoseconds) < 1_000_000_000;
    }

    private void Restart()
    {
        BeginSegment();
        deviceClock!.BeginSegment(Segment);
        anyFrame = false;
    }

    private void BookEvent(HostTime at, LossReason reason) =>
        sink!.Book(new Loss(at, LossStage.Parser, reason, LossEvidence.Counter, 0, null));
}
