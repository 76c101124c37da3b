using System.Globalization;
using Capture.Media.Jpeg;

namespace Capture.Devices.Cameras.V4l2;

/// <summary>A pixel format that is recorded: as it comes, or compressed on the way in.</summary>
/// <param name="Name">As in rig.yaml.</param>
/// <param name="Code">The kernel's four letters.</param>
/// <param name="Encoding">What is stored: "mjpeg", "h264" or "png".</param>
/// <param name="Raw">How raw pixels lie; null where the camera compresses, and for depth.</param>
internal sealed record CameraFormat(string Name, string Code, string Encoding, RawPixels? Raw)
{
    /// <summary>In the order in which they are taken where rig.yaml leaves it open: what the camera compressed goes first, because raw pictures of two cameras fill a USB bus.</summary>
    public static IReadOnlyList<CameraFormat> Known { get; } =
    [
        new("mjpeg", "MJPG", "mjpeg", null),
        new("mjpeg", "JPEG", "mjpeg", null),
        new("h264", "H264", "h264", null),
        new("nv12", "NV12", "mjpeg", RawPixels.Nv12),
        new("yuyv", "YUYV", "mjpeg", RawPixels.Yuyv),
        new("rgb24", "RGB3", "mjpeg", RawPixels.Rgb24),
        new("bgr24", "BGR3", "mjpeg", RawPixels.Bgr24),
        new("grey", "GREY", "mjpeg", RawPixels.Grey),
        new("z16", "Z16 ", "png", null),
    ];

    /// <summary>True where the camera sends whole pixels, compressed here.</summary>
    public bool IsRaw => Raw is not null || IsDepth;

    public bool IsDepth => Encoding == "png";
}

/// <summary>Frame rates of one format and size.</summary>
/// <param name="Discrete">Those named one by one, fastest first; empty where the driver gives a range or nothing.</param>
internal sealed record CameraRates(IReadOnlyList<double> Discrete, double MinHz, double MaxHz)
{
    // 30 stands for 29.97 as well.
    private const double Tolerance = 0.01;

    public static CameraRates Unknown { get; } = new([], 0, double.PositiveInfinity);

    /// <summary>The offered rate that the wish means; null where it is not offered.</summary>
    public double? Match(double wanted) => Discrete.Count > 0
        ? Discrete.Where(r => Math.Abs(r - wanted) <= wanted * Tolerance).Select(r => (double?)r).FirstOrDefault()
        : wanted >= MinHz * (1 - Tolerance) && wanted <= MaxHz * (1 + Tolerance) ? wanted : null;

    /// <summary>The fastest up to 30 a second, else the slowest there is.</summary>
    public double Usual => Discrete.Count > 0
        ? Discrete.Where(r => r <= 30.5).DefaultIfEmpty(Discrete.Min()).Max()
        : Math.Clamp(30, MinHz, MaxHz);

    public override string ToString() => Discrete.Count > 0
        ? string.Join("/", Discrete.Select(r => r.ToString("0.##", CultureInfo.InvariantCulture)))
        : double.IsPositiveInfinity(MaxHz) ? "?" : string.Create(CultureInfo.InvariantCulture, $"{MinHz:0.##}-{MaxHz:0.##}");
}

/// <summary>What a camera is asked for.</summary>
internal sealed record CameraMode(CameraFormat Format, int WidthPx, int HeightPx, double RateHz);

/// <summary>One format of a camera with a size of it, or a range of sizes.</summary>
internal sealed record OfferedSize(CameraFormat Format, int WidthPx, int HeightPx, int MaxWidthPx, int MaxHeightPx, int StepWidthPx, int StepHeightPx)
{
    public bool IsRange => MaxWidthPx > WidthPx || MaxHeightPx > HeightPx;

    public bool Has(int width, int height) =>
        width >= WidthPx && width <= MaxWidthPx && height >= HeightPx && height <= MaxHeightPx
        && (width - WidthPx) % Math.Max(StepWidthPx, 1) == 0 && (height - HeightPx) % Math.Max(StepHeightPx, 1) == 0;

    public override string ToString() => IsRange ? $"{WidthPx}x{HeightPx} to {MaxWidthPx}x{MaxHeightPx}" : $"{WidthPx}x{HeightPx}";
}

/// <summary>What a camera can do, asked by enumeration, and the choice among it.</summary>
internal static class CameraModes
{
    // A driver that never says "no more" must not hold the program.
    private const uint MostEntries = 256;

    // The usual size is the offered one nearest to this, in pixels: 1280x720 where the camera compresses, 640x480 where it does not.
    private const long UsualCompressed = 1280 * 720;
    private const long UsualRaw = 640 * 480;

    /// <summary>Known formats with their sizes, in the order of <see cref="CameraFormat.Known"/>.</summary>
    public static IReadOnlyList<OfferedSize> Sizes(IV4l2Node node)
    {
        var offered = new HashSet<uint>();
        var description = new V4l2FormatDescription { Type = V4l2Codes.BufferVideoCapture };
        for (uint i = 0; i < MostEntries; i++)
        {
            description.Index = i;
            if (node.Control(V4l2Codes.EnumFormat, ref description) != 0)
            {
                break;
            }

            offered.Add(description.PixelFormat);
        }

        return [.. CameraFormat.Known.Where(f => offered.Contains(V4l2Codes.FourCc(f.Code))).SelectMany(f => SizesOf(node, f))];
    }

    public static CameraRates Rates(IV4l2Node node, CameraFormat format, int width, int height)
    {
        var rates = new List<double>();
        for (uint i = 0; i < MostEntries; i++)
        {
            var interval = new V4l2FrameInterval { Index = i, PixelFormat = V4l2Codes.FourCc(format.Code), Width = (uint)width, Height = (uint)height };
            if (node.Control(V4l2Codes.EnumFrameIntervals, ref interval) != 0 || interval.Numerator == 0)
            {
                break;
            }

            double fastest = (double)interval.Denominator / interval.Numerator;
            if (interval.Type != V4l2Codes.FrameSizeDiscrete)
            {
                return new CameraRates([], interval.MaxNumerator == 0 ? 0 : (double)interval.MaxDenominator / interval.MaxNumerator, fastest);
            }

            rates.Add(fastest);
        }

        return rates.Count == 0 ? CameraRates.Unknown : new CameraRates([.. rates.OrderDescending()], rates.Min(), rates.Max());
    }

    /// <summary>The first format in the order of preference that has the wished size and rate.</summary>
    /// <exception cref="DeviceException">None has; the text says what there is.</exception>
    public static CameraMode Choose(IV4l2Node node, V4l2CameraSettings settings, string where)
    {
        IReadOnlyList<OfferedSize> sizes = Sizes(node);
        List<OfferedSize> fitting = [.. sizes.Where(s => settings.Format is null || s.Format.Name == settings.Format)];
        if (fitting.Count == 0)
        {
            throw new DeviceException(
                DeviceTrouble.Unsupported,
                sizes.Count == 0 ? "it gives no pixel format that is read here" : $"it does not give {settings.Format}",
                where,
                sizes.Count == 0 ? $"Read are: {string.Join(", ", CameraFormat.Known.Select(f => f.Name).Distinct())}." : $"It gives {Describe(node, sizes)}");
        }

        foreach (IGrouping<CameraFormat, OfferedSize> format in fitting.GroupBy(s => s.Format))
        {
            foreach ((int width, int height) in Wished(settings, format.Key, [.. format]))
            {
                CameraRates rates = Rates(node, format.Key, width, height);
                if ((settings.RateHz is { } wanted ? rates.Match(wanted) : rates.Usual) is { } rate)
                {
                    return new CameraMode(format.Key, width, height, rate);
                }
            }
        }

        throw new DeviceException(
            DeviceTrouble.Unsupported,
            $"it has no mode{(settings.Format is { } f ? $" {f}" : "")}{(settings.WidthPx is { } w ? $" {w}x{settings.HeightPx}" : "")}{(settings.RateHz is { } r ? string.Create(CultureInfo.InvariantCulture, $" at {r:0.##} fps") : "")}",
            where,
            $"It gives {Describe(node, fitting)}");
    }

    /// <summary>One line a format, as "mjpeg 1280x720 at 30/15, 640x480 at 30".</summary>
    public static IEnumerable<string> Lines(IV4l2Node node, IReadOnlyList<OfferedSize> sizes) => sizes.GroupBy(s => s.Format).Select(format =>
        $"{format.Key.Name} {string.Join(", ", format.Select(s => $"{s} at {Rates(node, s.Format, s.MaxWidthPx, s.MaxHeightPx)}"))}");

    private static string Describe(IV4l2Node node, IReadOnlyList<OfferedSize> sizes) => string.Join("; ", Lines(node, sizes));

    private static IEnumerable<(int Width, int Height)> Wished(V4l2CameraSettings settings, CameraFormat format, OfferedSize[] sizes)
    {
        if (settings is { WidthPx: { } width, HeightPx: { } height })
        {
            return sizes.Any(s => s.Has(width, height)) ? [(width, height)] : [];
        }

        if (sizes is [{ IsRange: true } range])
        {
            (int w, int h) = format.IsRaw ? (640, 480) : (1280, 720);
            return range.Has(w, h) ? [(w, h)] : [(range.WidthPx, range.HeightPx)];
        }

        long usual = format.IsRaw ? UsualRaw : UsualCompressed;
        return sizes.Select(s => (s.WidthPx, s.HeightPx)).OrderBy(s => Math.Abs(Math.Log((double)s.WidthPx * s.HeightPx / usual)));
    }

    private static List<OfferedSize> SizesOf(IV4l2Node node, CameraFormat format)
    {
        var sizes = new List<OfferedSize>();
        for (uint i = 0; i < MostEntries; i++)
        {
            var size = new V4l2FrameSize { Index = i, PixelFormat = V4l2Codes.FourCc(format.Code) };
            if (node.Control(V4l2Codes.EnumFrameSizes, ref size) != 0)
            {
                break;
            }

            if (size.Type == V4l2Codes.FrameSizeDiscrete)
            {
                sizes.Add(new OfferedSize(format, (int)size.Width, (int)size.HeightOrMaxWidth, (int)size.Width, (int)size.HeightOrMaxWidth, 1, 1));
                continue;
            }

            sizes.Add(new OfferedSize(format, (int)size.Width, (int)size.MinHeight, (int)size.HeightOrMaxWidth, (int)size.MaxHeight, (int)size.StepWidth, (int)size.StepHeight));
            break;
        }

        return sizes;
    }
}
