using System.Globalization;
using Capture.Episodes;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Capture.Media.Jpeg;
using Capture.Media.Png;
using Capture.Media.Video;

namespace Capture.Exchange.Mp4;

/// <summary>A camera's pictures as an MP4 takes them. What ffmpeg could not decode it would leave out, and all later frames would be others than the table says: such pictures are refused here.</summary>
internal sealed class Mp4Source : IDisposable
{
    private readonly JpegDecoder? _jpeg;
    private byte[] _scratch = [];
    private bool _needsKeyFrame = true;

    private Mp4Source(Mp4Pictures kind, int widthPx, int heightPx)
    {
        (Kind, WidthPx, HeightPx) = (kind, widthPx, heightPx);
        _jpeg = kind == Mp4Pictures.Jpeg ? new JpegDecoder() : null;
    }

    public Mp4Pictures Kind { get; }

    public int WidthPx { get; private set; }

    public int HeightPx { get; private set; }

    /// <exception cref="EpisodeException">The pictures are encoded in a way that no MP4 takes.</exception>
    public static Mp4Source Of(EpisodeStream camera)
    {
        string? encoding = CameraFrameSchema.EncodingOf(camera.Schema);
        Mp4Pictures kind = encoding switch
        {
            "mjpeg" => Mp4Pictures.Jpeg,
            "h264" => Mp4Pictures.H264,
            "png" => Mp4Pictures.Png,
            _ => throw new EpisodeException(EpisodeProblem.Invalid, $"its pictures are encoded as '{encoding}'", camera.FilePath, "mjpeg, h264 and png are exported."),
        };
        (int width, int height) = SizeOf(camera);
        return new Mp4Source(kind, width, height);
    }

    /// <summary>Whether a picture can be a frame; then, whether decoding can begin at it.</summary>
    public bool Takes(ReadOnlySpan<byte> picture, out bool keyFrame)
    {
        keyFrame = true;
        switch (Kind)
        {
            case Mp4Pictures.H264:
                if (AnnexB.Check(picture, out keyFrame) is not null)
                {
                    _needsKeyFrame = true;
                    return false;
                }

                _needsKeyFrame &= !keyFrame;
                return !_needsKeyFrame;
            case Mp4Pictures.Png:
                return DepthPng.Check(picture, WidthPx, HeightPx, decode: true) is null;
            default:
                return Decodes(picture);
        }
    }

    public void Dispose() => _jpeg?.Dispose();

    private static (int Width, int Height) SizeOf(EpisodeStream camera)
    {
        int column = camera.Schema.IndexOf(CameraFrameSchema.Data);
        string[] shape = camera.Schema.Fields[column].Metadata.Find("shape")?.Split('x') ?? [];
        return shape.Length == 2 && int.TryParse(shape[0], NumberStyles.None, CultureInfo.InvariantCulture, out int height) && int.TryParse(shape[1], NumberStyles.None, CultureInfo.InvariantCulture, out int width)
            ? (width, height)
            : throw new EpisodeException(EpisodeProblem.Damaged, "its file does not say how large its pictures are", camera.FilePath, "Field metadata 'shape' should be HxW.");
    }

    private bool Decodes(ReadOnlySpan<byte> picture)
    {
        if (!_jpeg!.TryReadHeader(picture, out JpegHeader size, out _))
        {
            return false;
        }

        JpegHeader small = JpegDecoder.Scaled(size, 8);
        int needed = small.WidthPx * small.HeightPx;
        if (_scratch.Length < needed)
        {
            _scratch = new byte[needed];
        }

        return _jpeg.TryDecode(picture, JpegPixels.Gray, 8, _scratch, out _, out _);
    }
}
