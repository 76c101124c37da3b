using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Capture.Core.Time;
using Capture.Devices.Cameras.V4l2;

namespace Capture.Devices.Tests.Cameras.V4l2;

/// <summary>A host with cameras that a test scripts: the answers to ioctl, poll and mmap, and the folders of sysfs that say who is plugged in where.</summary>
internal sealed class FakeV4l2 : IV4l2, IDisposable
{
    private readonly ConcurrentDictionary<string, FakeCamera> nodes = new(StringComparer.Ordinal);

    // In memory where that is: a thousand hosts are a hundred thousand small files.
    public string Root { get; } = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"capture-v4l2-{Guid.NewGuid():N}")).FullName;

    /// <summary>Plugs a camera into a port of a USB controller, or (port null) beside the processor.</summary>
    public FakeCamera Plug(int number, FakeCamera camera, string? port)
    {
        string name = $"video{number}";
        string device = port is null ? Path.Combine(Root, "sys/devices/platform/cam") : Path.Combine(Root, $"sys/devices/pci0000:00/0000:00:14.0/usb1/1-{port}");
        string folder = Path.Combine(device, port is null ? "video4linux" : $"1-{port}:1.0/video4linux", name);
        Directory.CreateDirectory(folder);
        if (port is not null)
        {
            File.WriteAllText(Path.Combine(device, "idVendor"), "046d\n");
            File.WriteAllText(Path.Combine(device, "idProduct"), "085e\n");
            File.WriteAllText(Path.Combine(device, "devpath"), port + "\n");
            File.WriteAllText(Path.Combine(device, "speed"), "480\n");
            if (camera.Serial is { } serial)
            {
                File.WriteAllText(Path.Combine(device, "serial"), serial + "\n");
            }
        }

        File.WriteAllText(Path.Combine(folder, "index"), "0\n");
        string classes = Path.Combine(Root, "sys/class/video4linux");
        Directory.CreateDirectory(classes);
        Directory.CreateDirectory(Path.Combine(Root, "dev"));
        File.WriteAllText(Path.Combine(Root, "dev", name), "");
        camera.Folder = device;
        nodes["/dev/" + name] = camera;
        File.CreateSymbolicLink(Path.Combine(classes, name), folder);
        return camera;
    }

    public void Unplug(FakeCamera camera)
    {
        foreach ((string node, FakeCamera _) in nodes.Where(n => n.Value == camera).ToList())
        {
            nodes.TryRemove(node, out _);
            File.Delete(Path.Combine(Root, "sys/class/video4linux", Path.GetFileName(node)));
            File.Delete(Path.Combine(Root, node.TrimStart('/')));
        }

        Directory.Delete(camera.Folder, recursive: true);
        camera.Gone = true;
    }

    public int Open(string node, out IV4l2Node? opened)
    {
        opened = null;
        if (!nodes.TryGetValue(node[Root.Length..], out FakeCamera? camera))
        {
            return V4l2Codes.NoEntry;
        }

        if (camera.OpenError != 0)
        {
            return camera.OpenError;
        }

        opened = new FakeNode(camera);
        return 0;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

/// <summary>One mode that a fake camera offers.</summary>
internal sealed record FakeMode(string Code, int Width, int Height, params int[] Rates);

/// <summary>A buffer as the driver gives it back.</summary>
internal sealed record FakeBuffer(uint Sequence, byte[] Data, uint Flags, long StampNs);

/// <summary>A camera of a fake host.</summary>
internal sealed class FakeCamera
{
    public string? Serial { get; init; }

    public string Folder { get; set; } = "";

    public string Driver { get; init; } = "uvcvideo";

    public int OpenError { get; set; }

    public List<FakeMode> Modes { get; init; } = [new("YUYV", 320, 240, 30, 15), new("MJPG", 320, 240, 60, 30), new("MJPG", 640, 480, 30)];

    public uint StampFlags { get; init; } = V4l2Codes.FlagClockMonotonic | V4l2Codes.FlagStartOfExposure;

    /// <summary>Control values by id: exposure auto, exposure, gain.</summary>
    public ConcurrentDictionary<uint, int> Controls { get; } = new(new Dictionary<uint, int> { [V4l2Codes.Gain] = 16, [V4l2Codes.ExposureAuto] = 3, [V4l2Codes.ExposureAbsolute] = 156 });

    /// <summary>Bytes that each row is longer than its pixels.</summary>
    public uint RowPadding { get; init; }

    public int StreamOnError { get; set; }

    public ConcurrentQueue<FakeBuffer> Ready { get; } = new();

    public volatile bool Gone;

    /// <summary>POLLERR without the device being gone: the driver's queue broke off.</summary>
    public volatile bool Broken;

    public volatile bool Streaming;

    public int Opened;

    public List<string> Calls { get; } = [];

    public V4l2Format Format;

    /// <summary>Hands the next picture to whoever waits.</summary>
    public void Push(uint sequence, byte[] data, uint flags = 0, long? stampNs = null) =>
        Ready.Enqueue(new FakeBuffer(sequence, data, flags, stampNs ?? (HostClock.System.Now.Nanoseconds / 1000 * 1000)));
}

internal sealed unsafe class FakeNode(FakeCamera camera) : IV4l2Node
{
    private const uint BufferBytes = 1 << 20;
    private readonly List<nint> maps = [];
    private readonly Queue<uint> queued = new();
    private readonly bool counted = Interlocked.Increment(ref camera.Opened) > 0;

    public int Control<T>(nuint request, ref T argument)
        where T : unmanaged
    {
        if (camera.Gone)
        {
            return V4l2Codes.NoDevice;
        }

        switch (request)
        {
            case V4l2Codes.QueryCapability:
                ref V4l2Capability capability = ref Unsafe.As<T, V4l2Capability>(ref argument);
                capability.Driver = default;
                System.Text.Encoding.ASCII.GetBytes(camera.Driver).CopyTo((Span<byte>)capability.Driver);
                capability.Card = Text32.Of("Fake camera");
                capability.BusInfo = Text32.Of("platform:fake");
                capability.Capabilities = V4l2Codes.CapDeviceCaps;
                capability.DeviceCaps = V4l2Codes.CapVideoCapture | V4l2Codes.CapStreaming;
                return 0;
            case V4l2Codes.EnumFormat:
                return EnumFormat(ref Unsafe.As<T, V4l2FormatDescription>(ref argument));
            case V4l2Codes.EnumFrameSizes:
                return EnumSizes(ref Unsafe.As<T, V4l2FrameSize>(ref argument));
            case V4l2Codes.EnumFrameIntervals:
                return EnumIntervals(ref Unsafe.As<T, V4l2FrameInterval>(ref argument));
            case V4l2Codes.SetFormat:
                camera.Calls.Add("format");
                ref V4l2Format format = ref Unsafe.As<T, V4l2Format>(ref argument);
                format.BytesPerLine = (format.Width * 2) + camera.RowPadding;
                format.SizeImage = format.Width * format.Height * 2;
                camera.Format = format;
                return 0;
            case V4l2Codes.SetParameters:
                camera.Calls.Add("rate");
                return 0;
            case V4l2Codes.RequestBuffers:
                camera.Calls.Add("buffers");
                return 0;
            case V4l2Codes.QueryBuffer:
                ref V4l2Buffer asked = ref Unsafe.As<T, V4l2Buffer>(ref argument);
                asked.Length = BufferBytes;
                asked.Offset = asked.Index * BufferBytes;
                asked.Flags = camera.StampFlags;
                return 0;
            case V4l2Codes.Queue:
                queued.Enqueue(Unsafe.As<T, V4l2Buffer>(ref argument).Index);
                return 0;
            case V4l2Codes.Dequeue:
                return Dequeue(ref Unsafe.As<T, V4l2Buffer>(ref argument));
            case V4l2Codes.StreamOn:
                camera.Calls.Add("on");
                camera.Streaming = camera.StreamOnError == 0;
                return camera.StreamOnError;
            case V4l2Codes.StreamOff:
                camera.Streaming = false;
                return 0;
            case V4l2Codes.QueryControl:
                return QueryControl(ref Unsafe.As<T, V4l2QueryControl>(ref argument));
            case V4l2Codes.GetControl:
                ref V4l2Control got = ref Unsafe.As<T, V4l2Control>(ref argument);
                return camera.Controls.TryGetValue(got.Id, out got.Value) ? 0 : V4l2Codes.Invalid;
            case V4l2Codes.SetControl:
                V4l2Control set = Unsafe.As<T, V4l2Control>(ref argument);
                camera.Calls.Add($"control {set.Id:x}={set.Value}");
                camera.Controls[set.Id] = set.Value;
                return 0;
            default:
                return -25;
        }
    }

    public int Wait(int milliseconds)
    {
        for (int waited = 0; waited <= milliseconds; waited++)
        {
            if (camera.Gone)
            {
                return V4l2Codes.PollError | V4l2Codes.PollHangUp | 2;
            }

            if (camera.Broken)
            {
                return V4l2Codes.PollError;
            }

            if (!camera.Ready.IsEmpty && queued.Count > 0)
            {
                return V4l2Codes.PollIn;
            }

            Thread.Sleep(1);
        }

        return 0;
    }

    public int Map(uint offset, uint length, out nint address)
    {
        address = (nint)NativeMemory.AllocZeroed(length);
        maps.Add(address);
        return 0;
    }

    public void Unmap(nint address, uint length)
    {
        maps.Remove(address);
        NativeMemory.Free((void*)address);
    }

    public void Dispose()
    {
        Assert.That(maps, Is.Empty, "buffers must be unmapped before the node is closed");
        if (counted)
        {
            Interlocked.Decrement(ref camera.Opened);
        }
    }

    private int Dequeue(ref V4l2Buffer buffer)
    {
        if (camera.Broken)
        {
            return -5;
        }

        if (queued.Count == 0 || !camera.Ready.TryDequeue(out FakeBuffer? ready))
        {
            return V4l2Codes.Again;
        }

        buffer.Index = queued.Dequeue();
        buffer.BytesUsed = (uint)ready.Data.Length;
        buffer.Sequence = ready.Sequence;
        buffer.Flags = ready.Flags | camera.StampFlags;
        buffer.Seconds = ready.StampNs / 1_000_000_000;
        buffer.Microseconds = ready.StampNs % 1_000_000_000 / 1000;
        ready.Data.CopyTo(new Span<byte>((void*)maps[(int)buffer.Index], (int)BufferBytes));
        return 0;
    }

    private int EnumFormat(ref V4l2FormatDescription format)
    {
        string[] codes = [.. camera.Modes.Select(m => m.Code).Distinct()];
        if (format.Index >= codes.Length)
        {
            return V4l2Codes.Invalid;
        }

        format.PixelFormat = V4l2Codes.FourCc(codes[format.Index]);
        return 0;
    }

    private int EnumSizes(ref V4l2FrameSize size)
    {
        uint code = size.PixelFormat;
        FakeMode[] modes = [.. camera.Modes.Where(m => V4l2Codes.FourCc(m.Code) == code)];
        if (size.Index >= modes.Length)
        {
            return V4l2Codes.Invalid;
        }

        (size.Type, size.Width, size.HeightOrMaxWidth) = (V4l2Codes.FrameSizeDiscrete, (uint)modes[size.Index].Width, (uint)modes[size.Index].Height);
        return 0;
    }

    private int EnumIntervals(ref V4l2FrameInterval interval)
    {
        (uint code, uint width) = (interval.PixelFormat, interval.Width);
        FakeMode? mode = camera.Modes.Find(m => V4l2Codes.FourCc(m.Code) == code && m.Width == width);
        if (mode is null || interval.Index >= mode.Rates.Length)
        {
            return V4l2Codes.Invalid;
        }

        (interval.Type, interval.Numerator, interval.Denominator) = (V4l2Codes.FrameSizeDiscrete, 1, (uint)mode.Rates[interval.Index]);
        return 0;
    }

    private static int QueryControl(ref V4l2QueryControl query)
    {
        (uint Id, string Name, uint Type, int Max)[] all =
        [
            (V4l2Codes.Gain, "Gain", V4l2Codes.ControlInteger, 255),
            (V4l2Codes.ExposureAuto, "Auto Exposure", V4l2Codes.ControlMenu, 3),
            (V4l2Codes.ExposureAbsolute, "Exposure Time, Absolute", V4l2Codes.ControlInteger, 10_000),
        ];
        uint after = query.Id & ~V4l2Codes.ControlNext;
        foreach ((uint id, string name, uint type, int max) in all)
        {
            if (id > after)
            {
                query = new V4l2QueryControl { Id = id, Name = Text32.Of(name), Type = type, Maximum = max, Step = 1 };
                return 0;
            }
        }

        return V4l2Codes.Invalid;
    }
}
