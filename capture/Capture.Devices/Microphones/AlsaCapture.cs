using Capture.Devices.Discovery;

namespace Capture.Devices.Microphones;

/// <summary>An ALSA capture device, opened and set as asked, or refused with a sentence.</summary>
internal sealed class AlsaCapture : IDisposable
{
    private readonly SafePcmHandle pcm;

    private AlsaCapture(SafePcmHandle pcm, int periodFrames, WireSample wire)
    {
        this.pcm = pcm;
        PeriodFrames = periodFrames;
        Wire = wire;
        IsHardware = AlsaNative.Type(pcm) == AlsaNative.TypeHardware;
    }

    /// <summary>How samples lie in the bytes that are read.</summary>
    public WireSample Wire { get; }

    /// <summary>True for a card without a plugin before it: its stamps are the driver's.</summary>
    public bool IsHardware { get; }

    /// <summary>Frames of a row: as asked, whatever the driver's own period is.</summary>
    public int PeriodFrames { get; }

    /// <param name="device">ALSA's name of the device now.</param>
    /// <exception cref="DeviceException">The device is not there, busy, forbidden, or cannot do what is asked.</exception>
    public static AlsaCapture Open(MicrophoneSettings settings, string device)
    {
        SafePcmHandle opened;
        try
        {
            Check(settings, AlsaNative.Open(out opened, device, AlsaNative.StreamCapture, AlsaNative.ModeNonBlock), "cannot be opened");
        }
        catch (DllNotFoundException e)
        {
            throw new DeviceException(DeviceTrouble.NotFound, "the sound library libasound.so.2 is not installed", settings.Device, "sudo apt-get install libasound2", e);
        }

        try
        {
            (int periodFrames, WireSample wire) = SetHardware(settings, opened);
            SetSoftware(settings, opened, periodFrames);
            Check(settings, AlsaNative.Prepare(opened), "cannot be prepared");
            return new AlsaCapture(opened, periodFrames, wire);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Starts the flow of samples. Some plugins start by themselves at the first read: EBADFD from them is no error.</summary>
    public int Start()
    {
        int result = AlsaNative.Start(pcm);
        return result == AlsaNative.EBadFd ? 0 : result;
    }

    /// <summary>Waits until a period is there or time is up; a negative result is −errno. Plugins without a wait return at once.</summary>
    public int Wait(int milliseconds) => AlsaNative.Wait(pcm, milliseconds);

    /// <summary>Reads what is there; frames, or −errno. May block within some plugins although the device was opened as non-blocking.</summary>
    public int Read(Span<byte> buffer, int frames) => (int)AlsaNative.ReadInterleaved(pcm, ref buffer[0], (nuint)frames);

    /// <summary>Frames that are there to be read, and when the last of them came in, ns of CLOCK_MONOTONIC; false where the driver does not say.</summary>
    public bool TryStamp(out long available, out long stampNs)
    {
        int result = AlsaNative.Timestamp(pcm, out nuint frames, out TimeSpec stamp);
        available = (long)frames;
        stampNs = (stamp.Seconds * 1_000_000_000L) + stamp.Nanoseconds;
        return result >= 0 && stampNs > 0;
    }

    /// <summary>After an overrun or a stall: what the buffer held is lost. (snd_pcm_recover does not know EIO.)</summary>
    public int Restart()
    {
        _ = AlsaNative.Drop(pcm);
        int result = AlsaNative.Prepare(pcm);
        return result < 0 ? result : Start();
    }

    public void Dispose() => pcm.Dispose();

    private static (int PeriodFrames, WireSample Wire) SetHardware(MicrophoneSettings s, SafePcmHandle pcm)
    {
        byte[] hw = new byte[(int)AlsaNative.HwParamsSize()];
        Check(s, AlsaNative.HwParamsAny(pcm, hw), "has no configuration for recording");

        // A plugin that resamples would hide the rate of the real device.
        _ = AlsaNative.SetRateResample(pcm, hw, 0);
        Ask(s, AlsaNative.SetAccess(pcm, hw, AlsaNative.AccessInterleaved), "it gives no interleaved samples", "Use the plug: prefix before the device's name.");
        int refused = 0;
        WireSample? wire = WireSample.For(s.Samples).FirstOrDefault(w => (refused = AlsaNative.SetFormat(pcm, hw, w.AlsaFormat)) >= 0);
        Ask(s, wire is null ? refused : 0, $"it does not give samples as {s.Samples}", "Set another sample format (s16, s24, s32, f32), or use the plug: prefix.");
        Ask(s, AlsaNative.SetChannels(pcm, hw, (uint)s.Channels), $"it has not {s.Channels} channels", $"See what it has: arecord -D {s.Device} --dump-hw-params -d 1 /dev/null");
        Ask(s, AlsaNative.SetRate(pcm, hw, (uint)s.SampleRateHz, 0), $"it does not run at {s.SampleRateHz} Hz", $"See its rates: arecord -D {s.Device} --dump-hw-params -d 1 /dev/null");
        int frames = Math.Max(1, s.SampleRateHz * s.PeriodMs / 1000);
        nuint period = (nuint)frames;
        int direction = 0;
        Ask(s, AlsaNative.SetPeriodSizeNear(pcm, hw, ref period, ref direction), $"it takes no period of {s.PeriodMs} ms", "Set another period.");
        nuint buffer = (nuint)((long)s.SampleRateHz * s.BufferMs / 1000);
        Ask(s, AlsaNative.SetBufferSizeNear(pcm, hw, ref buffer), $"it takes no buffer of {s.BufferMs} ms", "Set another buffer length.");
        Check(s, AlsaNative.HwParams(pcm, hw), "does not take its settings");
        return (frames, wire!);
    }

    private static void SetSoftware(MicrophoneSettings s, SafePcmHandle pcm, int periodFrames)
    {
        byte[] sw = new byte[(int)AlsaNative.SwParamsSize()];
        Check(s, AlsaNative.SwParamsCurrent(pcm, sw), "does not tell its settings");

        // Plugins may refuse these three; then reads are short and stamps are of another clock, which is not relied on.
        _ = AlsaNative.SetAvailMin(pcm, sw, (nuint)periodFrames);
        _ = AlsaNative.SetTimestampMode(pcm, sw, AlsaNative.TimestampEnable);
        _ = AlsaNative.SetTimestampType(pcm, sw, AlsaNative.TimestampTypeMonotonic);
        Check(s, AlsaNative.SwParams(pcm, sw), "does not take its settings");
    }

    private static string? ForbiddenNode() => !Directory.Exists("/dev/snd") ? null
        : Directory.EnumerateFiles("/dev/snd").Order(StringComparer.Ordinal).FirstOrDefault(node => !AccessNative.MayReadWrite(node));

    private static void Ask(MicrophoneSettings s, int result, string what, string remedy)
    {
        if (result < 0)
        {
            throw new DeviceException(DeviceTrouble.Unsupported, $"{what} ({AlsaNative.Explain(result)})", s.Device, remedy);
        }
    }

    private static void Check(MicrophoneSettings s, int result, string what)
    {
        if (result >= 0)
        {
            return;
        }

        (DeviceTrouble trouble, string remedy) = result switch
        {
            // A card that may not be opened is hidden by libasound: it says "no such device".
            AlsaNative.ENoEnt or AlsaNative.ENoDev or AlsaNative.EAcces when ForbiddenNode() is { } node => (DeviceTrouble.PermissionDenied, $"No permission for {node}: {AccessRemedy.For(node, "audio")}"),
            AlsaNative.ENoEnt or AlsaNative.ENoDev => (DeviceTrouble.NotFound, "List the devices with: capture devices, or arecord -L"),
            AlsaNative.EBusy => (DeviceTrouble.InUse, "Another program records from it; find it with: fuser -v /dev/snd/*"),
            AlsaNative.EAcces => (DeviceTrouble.PermissionDenied, AccessRemedy.For("/dev/snd/*", "audio")),
            _ => (DeviceTrouble.Refused, $"Try it with: arecord -D {s.Device} -f S16_LE -d 1 /dev/null"),
        };
        throw new DeviceException(trouble, $"the sound device {what} ({AlsaNative.Explain(result)})", s.Device, remedy);
    }
}
