using Capture.Media.Jpeg;
using Capture.Media.Png;
using Capture.Media.Video;

namespace Capture.Devices.Cameras.V4l2;

/// <summary>
/// From what a camera sends to what is stored: checked and passed on where the camera compresses, compressed here where it does not. Runs in the camera's own thread: where
/// it is too slow, the driver runs out of buffers, and its counter says how many pictures that cost.
/// </summary>
internal sealed class PictureIntake : IDisposable
{
    private readonly CameraMode mode;
    private readonly int stride;
    private readonly JpegEncoder? encoder;
    private readonly DepthPng? depth;
    private readonly byte[]? rows;

    /// <exception cref="DeviceException">libjpeg-turbo is missing, or the size cannot be encoded.</exception>
    public PictureIntake(CameraMode mode, int stride, V4l2CameraSettings settings)
    {
        this.mode = mode;
        this.stride = Math.Max(stride, LeastStride(mode));
        depth = mode.Format.IsDepth ? new DepthPng(mode.WidthPx, mode.HeightPx) : null;
        if (settings.KeepsRaw && mode.Format.Raw is { } kept)
        {
            rows = new byte[JpegEncoder.RawBytes(kept, mode.WidthPx, mode.HeightPx)];
            return;
        }

        try
        {
            encoder = mode.Format.Raw is { } raw ? new JpegEncoder(raw, mode.WidthPx, mode.HeightPx, settings.JpegQuality) : null;
        }
        catch (Exception e) when (e is Media.MediaException or ArgumentOutOfRangeException)
        {
            throw new DeviceException(DeviceTrouble.Unsupported, $"its {mode.Format.Name} pictures cannot be compressed here: {e.Message}", settings.Address.Text, "Set format: mjpeg if the camera has it (`capture devices` lists its modes).", e);
        }
    }

    /// <summary>Bounds a row: a camera's own compression by what the driver says, ours by the pixels.</summary>
    public int MaxBytes(int sizeImage)
    {
        int pixels = mode.WidthPx * mode.HeightPx;
        return rows is not null ? rows.Length
            : mode.Format.IsDepth ? (pixels * 2) + 4096
            : mode.Format.IsRaw ? (pixels * 3 / 2) + 65_536
            : Math.Clamp(sizeImage, 65_536, Math.Max(pixels * 2, 1 << 20));
    }

    /// <summary>False for a picture that is damaged; else what is stored, valid until the next call.</summary>
    public bool TryTake(ReadOnlySpan<byte> sent, bool driverSaysKey, out ReadOnlySpan<byte> stored, out bool keyFrame)
    {
        stored = default;
        keyFrame = true;
        if (sent.IsEmpty)
        {
            return false;
        }

        if (rows is not null)
        {
            stored = rows;
            return TryPack(sent);
        }

        if (encoder is not null)
        {
            return encoder.TryEncode(sent, stride, out stored, out _);
        }

        if (depth is not null)
        {
            bool whole = sent.Length >= (stride * (mode.HeightPx - 1)) + (mode.WidthPx * 2);
            stored = whole ? depth.Encode(sent, stride) : default;
            return whole;
        }

        stored = sent;
        if (mode.Format.Encoding == "h264")
        {
            keyFrame = driverSaysKey || AnnexB.HasKeyFrame(sent);
            return true;
        }

        JpegPicture picture = JpegPicture.Inspect(sent);
        return picture.Whole && picture.WidthPx == mode.WidthPx && picture.HeightPx == mode.HeightPx;
    }

    public void Dispose() => encoder?.Dispose();

    /// <summary>How what is stored is encoded.</summary>
    public string Encoding => rows is not null ? mode.Format.Name : mode.Format.Encoding;

    // The driver's rows may be padded; of planes, those of the second follow with the same stride.
    private bool TryPack(ReadOnlySpan<byte> sent)
    {
        int width = LeastStride(mode);
        int count = rows!.Length / width;
        if (sent.Length < (stride * (count - 1)) + width)
        {
            return false;
        }

        if (stride == width)
        {
            sent[..rows.Length].CopyTo(rows);
            return true;
        }

        for (int row = 0; row < count; row++)
        {
            sent.Slice(row * stride, width).CopyTo(rows.AsSpan(row * width));
        }

        return true;
    }

    private static int LeastStride(CameraMode mode) => mode.Format.Raw switch
    {
        RawPixels.Yuyv => mode.WidthPx * 2,
        RawPixels.Nv12 or RawPixels.Grey => mode.WidthPx,
        RawPixels.Rgb24 or RawPixels.Bgr24 => mode.WidthPx * 3,
        _ => mode.WidthPx * 2,
    };
}
