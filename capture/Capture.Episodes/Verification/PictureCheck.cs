using System.Globalization;
using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Capture.Media;
using Capture.Media.Jpeg;
using Capture.Media.Png;
using Capture.Media.Video;

namespace Capture.Episodes.Verification;

/// <summary>Looks at a camera's pictures, as far as each can be judged by itself or (H.264) by those before it.</summary>
internal abstract class PictureCheck : IDisposable
{
    /// <summary>What looks at a stream's pictures; null where the stream has none, or none that this version knows.</summary>
    /// <param name="decode">Decode them whole.</param>
    public static PictureCheck? Of(EpisodeStream stream, bool decode) => stream.Info.Kind != StreamKinds.CameraFrame ? null : CameraFrameSchema.EncodingOf(stream.Schema) switch
    {
        "mjpeg" => new JpegCheck(decode),
        "h264" => new H264Check(stream, decode),
        "png" => new PngCheck(SizeOf(stream), decode),
        _ => null,
    };

    /// <summary>A picture cannot be judged without those before it.</summary>
    public virtual bool NeedsAll => false;

    /// <summary>What is wrong with a picture, as a clause; null where nothing is.</summary>
    public abstract string? Check(RecordBatch batch, int row, long index);

    /// <summary>What only the end shows: pictures by their row, and what is wrong with them; a row of −1 is about all.</summary>
    public virtual IEnumerable<(long Row, FindingSeverity Severity, string Problem)> Finish() => [];

    public virtual void Dispose()
    {
        // Nothing that outlives a check.
    }

    protected static (int Width, int Height) SizeOf(EpisodeStream stream)
    {
        string[] shape = stream.Schema.Fields[stream.Schema.IndexOf(CameraFrameSchema.Data)].Metadata.Find("shape")?.Split('x') ?? [];
        return shape.Length == 2 && int.TryParse(shape[0], NumberStyles.None, CultureInfo.InvariantCulture, out int height) && int.TryParse(shape[1], NumberStyles.None, CultureInfo.InvariantCulture, out int width)
            ? (width, height)
            : (0, 0);
    }

    private sealed class JpegCheck(bool decode) : PictureCheck
    {
        private readonly JpegDecoder _decoder = new();

        public override string? Check(RecordBatch batch, int row, long index) => _decoder.Check(batch.Column(CameraFrameSchema.Data).Bytes(row), decode);

        public override void Dispose() => _decoder.Dispose();
    }

    private sealed class PngCheck((int Width, int Height) size, bool decode) : PictureCheck
    {
        public override string? Check(RecordBatch batch, int row, long index) => DepthPng.Check(batch.Column(CameraFrameSchema.Data).Bytes(row), size.Width, size.Height, decode);
    }

    private sealed class H264Check : PictureCheck
    {
        private static readonly Duration Patience = Duration.FromSeconds(60);
        private readonly H264Trial? _trial;
        private readonly string? _untried;
        private bool _begun;

        public H264Check(EpisodeStream stream, bool decode)
        {
            if (!decode)
            {
                return;
            }

            try
            {
                (int width, int height) = SizeOf(stream);
                _trial = new H264Trial(width, height, HostClock.System, Patience);
            }
            catch (MediaException e)
            {
                _untried = e.Message;
            }
        }

        public override bool NeedsAll => true;

        public override string? Check(RecordBatch batch, int row, long index)
        {
            ReadOnlySpan<byte> unit = batch.Column(CameraFrameSchema.Data).Bytes(row);
            bool said = batch.Column(CameraFrameSchema.KeyFrame).Bool(row);
            string? problem = AnnexB.Check(unit, out bool keyFrame);
            problem ??= said != keyFrame ? $"its row says that it is {(said ? "a" : "no")} key frame, and it is {(keyFrame ? "one" : "none")}" : null;
            problem ??= !_begun && !keyFrame ? "no key frame is before it" : null;
            _begun |= keyFrame;
            if (problem is null)
            {
                _trial?.Feed(index, unit, keyFrame);
            }

            return problem;
        }

        public override IEnumerable<(long Row, FindingSeverity Severity, string Problem)> Finish()
        {
            if (_untried is not null)
            {
                return [(-1, FindingSeverity.Info, $"its pictures were looked at, but not decoded: {_untried}")];
            }

            return _trial is null ? [] : [.. _trial.Finish().Select(row => (row, FindingSeverity.Error, "the picture cannot be decoded: ffmpeg refuses it"))];
        }

        public override void Dispose() => _trial?.Dispose();
    }
}
