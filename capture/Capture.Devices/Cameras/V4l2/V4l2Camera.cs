using System.Globalization;

namespace Capture.Devices.Cameras.V4l2;

/// <summary>What a dequeued buffer is.</summary>
internal enum PictureStatus
{
    /// <summary>No buffer is ready.</summary>
    None,

    /// <summary>A picture, until <see cref="V4l2Camera.GiveBack"/>.</summary>
    Picture,

    /// <summary>The driver gives no more: unplugged, or its stream broke off.</summary>
    Ended,
}

/// <summary>A camera that is opened, set to its mode, and streams into buffers shared with the driver.</summary>
internal sealed unsafe class V4l2Camera : IDisposable
{
    private const int FewestBuffers = 4;
    private const int MostBuffers = 32;
    private const long MostBufferBytes = 48L << 20;

    private readonly IV4l2Node node;
    private readonly List<(nint Address, uint Length)> buffers = [];
    private V4l2Buffer current;
    private bool streaming;

    private V4l2Camera(IV4l2Node node, FoundCamera found, CameraMode mode, in V4l2Format format, IReadOnlyList<HeldControl> held)
    {
        this.node = node;
        Found = found;
        Mode = mode;
        Stride = (int)format.BytesPerLine;
        SizeImage = (int)Math.Min(format.SizeImage, int.MaxValue);
        Held = held;
    }

    public FoundCamera Found { get; }

    /// <summary>As the driver took it.</summary>
    public CameraMode Mode { get; }

    /// <summary>Bytes from row to row of a raw picture.</summary>
    public int Stride { get; }

    /// <summary>Largest picture, as the driver says.</summary>
    public int SizeImage { get; }

    public int Buffers => buffers.Count;

    /// <summary>Controls that were set, with the values that the camera took.</summary>
    public IReadOnlyList<HeldControl> Held { get; }

    /// <summary>V4L2_BUF_FLAG_* that every buffer of this stream carries: which clock stamps it, and at what moment.</summary>
    public uint StampFlags { get; private set; }

    public bool StampIsMonotonic => (StampFlags & V4l2Codes.FlagClockMask) == V4l2Codes.FlagClockMonotonic;

    /// <summary>Opens the camera, sets mode and controls, and shares buffers; nothing flows before <see cref="Start"/>.</summary>
    /// <exception cref="DeviceException">It cannot be had, or not as the settings ask.</exception>
    public static V4l2Camera Open(IV4l2 kernel, FoundCamera found, V4l2CameraSettings settings, string root = "/")
    {
        string where = settings.Address.Text;
        int error = kernel.Open(Path.Combine(root, found.Node.TrimStart('/')), out IV4l2Node? node);
        if (node is null)
        {
            throw CameraTrouble.At(error, where, found.Node, "the camera cannot be opened");
        }

        V4l2Camera? camera = null;
        try
        {
            CameraMode mode = CameraModes.Choose(node, settings, where);
            V4l2Format format = SetFormat(node, mode, where, found.Node);
            double rate = SetRate(node, mode, settings.RateHz, where, found.Node);
            camera = new V4l2Camera(node, found, mode with { RateHz = rate }, format, CameraControls.Apply(node, settings.Controls, where));
            camera.ShareBuffers(settings, where);
            return camera;
        }
        catch
        {
            camera?.Dispose();
            node.Dispose();
            throw;
        }
    }

    /// <summary>Every control with its value, for the stream's metadata.</summary>
    public string? DescribeControls() => CameraControls.Describe(node);

    /// <summary>Lets pictures flow.</summary>
    /// <exception cref="DeviceException">The driver refuses; the bus may be full.</exception>
    public void Start(string where)
    {
        for (int i = 0; i < buffers.Count; i++)
        {
            var buffer = new V4l2Buffer { Index = (uint)i, Type = V4l2Codes.BufferVideoCapture, Memory = V4l2Codes.MemoryMapped };
            CameraTrouble.Require(node.Control(V4l2Codes.Queue, ref buffer), where, Found.Node, "its buffers cannot be queued");
        }

        uint type = V4l2Codes.BufferVideoCapture;
        int result = node.Control(V4l2Codes.StreamOn, ref type);
        if (result == V4l2Codes.NoSpace)
        {
            throw new DeviceException(
                DeviceTrouble.Refused,
                $"its USB bus{(Found.Bus is { } bus ? " " + bus.Name : "")} has no room left for {Mode.Format.Name} {Mode.WidthPx}x{Mode.HeightPx}",
                where,
                "Set format: mjpeg, a smaller size or fewer fps here or at the camera beside it, or use another USB controller (`lsusb -t` shows them).");
        }

        CameraTrouble.Require(result, where, Found.Node, "it does not start");
        streaming = true;
    }

    /// <summary>Waits for a picture. The events of poll(2), or −errno.</summary>
    public int Wait(int milliseconds) => node.Wait(milliseconds);

    /// <summary>Takes the next buffer that is ready. Allocates nothing.</summary>
    /// <param name="error">−errno where it ended.</param>
    public PictureStatus Take(out Picture picture, out int error)
    {
        picture = default;
        current = new V4l2Buffer { Type = V4l2Codes.BufferVideoCapture, Memory = V4l2Codes.MemoryMapped };
        error = node.Control(V4l2Codes.Dequeue, ref current);
        if (error != 0)
        {
            return error is V4l2Codes.Again ? PictureStatus.None : PictureStatus.Ended;
        }

        if (current.Index >= buffers.Count)
        {
            error = V4l2Codes.Invalid;
            return PictureStatus.Ended;
        }

        (nint address, uint length) = buffers[(int)current.Index];
        picture = new Picture(
            new ReadOnlySpan<byte>((void*)address, (int)Math.Min(current.BytesUsed, length)),
            current.Sequence,
            current.Flags,
            (current.Seconds * 1_000_000_000L) + (current.Microseconds * 1_000L));
        return PictureStatus.Picture;
    }

    /// <summary>Gives the buffer of the last <see cref="Take"/> back to the driver; its picture is then no longer valid.</summary>
    public void GiveBack()
    {
        var buffer = new V4l2Buffer { Index = current.Index, Type = V4l2Codes.BufferVideoCapture, Memory = V4l2Codes.MemoryMapped };
        _ = node.Control(V4l2Codes.Queue, ref buffer);
    }

    /// <summary>Where a held control stands at another value than was set, sets it again and says which; null where all stand.</summary>
    public string? HoldControls()
    {
        for (int i = 0; i < Held.Count; i++)
        {
            HeldControl held = Held[i];
            if (CameraControls.Read(node, held.Id) is { } now && now != held.Value)
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"its control {held.Name} was changed to {now} from outside; {(CameraControls.Restore(node, held) ? "set" : "it does not go")} back to {held.Value}");
            }
        }

        return null;
    }

    public void Dispose()
    {
        if (streaming)
        {
            streaming = false;
            uint type = V4l2Codes.BufferVideoCapture;
            _ = node.Control(V4l2Codes.StreamOff, ref type);
        }

        foreach ((nint address, uint length) in buffers)
        {
            node.Unmap(address, length);
        }

        buffers.Clear();
        node.Dispose();
    }

    private static V4l2Format SetFormat(IV4l2Node node, CameraMode mode, string where, string path)
    {
        var format = new V4l2Format
        {
            Type = V4l2Codes.BufferVideoCapture,
            Width = (uint)mode.WidthPx,
            Height = (uint)mode.HeightPx,
            PixelFormat = V4l2Codes.FourCc(mode.Format.Code),
            Field = V4l2Codes.FieldNone,
        };
        CameraTrouble.Require(node.Control(V4l2Codes.SetFormat, ref format), where, path, $"it does not take {mode.Format.Name} {mode.WidthPx}x{mode.HeightPx}");
        return format.Width == mode.WidthPx && format.Height == mode.HeightPx && format.PixelFormat == V4l2Codes.FourCc(mode.Format.Code)
            ? format
            : throw new DeviceException(
                DeviceTrouble.Unsupported,
                $"asked for {mode.Format.Name} {mode.WidthPx}x{mode.HeightPx} it gives {V4l2Codes.FourCc(format.PixelFormat)} {format.Width}x{format.Height}",
                where,
                "Set that in rig.yaml, or another mode; `capture devices` lists them.");
    }

    private static double SetRate(IV4l2Node node, CameraMode mode, double? wanted, string where, string path)
    {
        // Rates as 29.97 come as 1001/30000: three decimals hold them.
        var parameters = new V4l2StreamParameters { Type = V4l2Codes.BufferVideoCapture, Numerator = 1000, Denominator = (uint)Math.Round(mode.RateHz * 1000) };
        int result = node.Control(V4l2Codes.SetParameters, ref parameters);
        if (result != 0 || parameters.Numerator == 0 || parameters.Denominator == 0)
        {
            // A driver without this call runs at its own pace.
            return result is V4l2Codes.Busy ? throw CameraTrouble.At(result, where, path, "it does not take a frame rate") : mode.RateHz;
        }

        double rate = (double)parameters.Denominator / parameters.Numerator;
        return wanted is not { } w || Math.Abs(rate - w) <= 0.02 * w
            ? rate
            : throw new DeviceException(
                DeviceTrouble.Unsupported,
                string.Create(CultureInfo.InvariantCulture, $"asked for {w:0.##} fps at {mode.WidthPx}x{mode.HeightPx} it gives {rate:0.##}"),
                where,
                string.Create(CultureInfo.InvariantCulture, $"Set fps: {rate:0.##}, or a smaller size."));
    }

    private void ShareBuffers(V4l2CameraSettings settings, string where)
    {
        long wanted = (long)Math.Ceiling(settings.BufferLength.TotalSeconds * Mode.RateHz) + 1;
        long fitting = MostBufferBytes / Math.Max(SizeImage, 1);
        var request = new V4l2RequestBuffers
        {
            Count = (uint)Math.Clamp(Math.Min(wanted, fitting), FewestBuffers, MostBuffers),
            Type = V4l2Codes.BufferVideoCapture,
            Memory = V4l2Codes.MemoryMapped,
        };
        CameraTrouble.Require(node.Control(V4l2Codes.RequestBuffers, ref request), where, Found.Node, "it gives no buffers");
        for (uint i = 0; i < request.Count; i++)
        {
            var buffer = new V4l2Buffer { Index = i, Type = V4l2Codes.BufferVideoCapture, Memory = V4l2Codes.MemoryMapped };
            CameraTrouble.Require(node.Control(V4l2Codes.QueryBuffer, ref buffer), where, Found.Node, "it does not tell its buffers");
            CameraTrouble.Require(node.Map(buffer.Offset, buffer.Length, out nint address), where, Found.Node, "its buffers cannot be mapped");
            buffers.Add((address, buffer.Length));
            StampFlags = buffer.Flags & (V4l2Codes.FlagClockMask | V4l2Codes.FlagMomentMask);
        }

        if (buffers.Count < 2)
        {
            throw new DeviceException(DeviceTrouble.Refused, "the driver gives fewer than two buffers", where, "Memory may be short, or another program holds them.");
        }
    }
}

/// <summary>A picture in the driver's buffer.</summary>
/// <param name="sequence">The driver's counter, 32 bits.</param>
/// <param name="flags">V4L2_BUF_FLAG_*.</param>
/// <param name="stampNs">The driver's time stamp, ns, on the clock that the flags say.</param>
internal readonly ref struct Picture(ReadOnlySpan<byte> data, uint sequence, uint flags, long stampNs)
{
    public ReadOnlySpan<byte> Data { get; } = data;

    public uint Sequence { get; } = sequence;

    public uint Flags { get; } = flags;

    public long StampNs { get; } = stampNs;

    public bool HasError => (Flags & V4l2Codes.FlagError) != 0;
}
