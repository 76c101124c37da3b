using System.Globalization;
using Capture.Arrow;
using Capture.Core.Time;

namespace Capture.Episodes.Schema;

/// <summary>Kind <c>camera.frame</c>: one picture a row, as the camera sent it.</summary>
public static class CameraFrameSchema
{
    public const string KeyFrame = "key_frame";
    public const string Data = "data";

    /// <summary>How the pictures of a stream are encoded, as its file says: "mjpeg", "h264"; null where it says nothing.</summary>
    public static string? EncodingOf(ArrowSchema schema)
    {
        int column = schema.IndexOf(Data);
        return column < 0 ? null : schema.Fields[column].Metadata.Find("encoding");
    }

    public static ArrowSchema For(CameraFrameStream stream, EpisodeIdentity episode) => new(
        [
            .. CommonColumns.Fields,
            new ArrowField(KeyFrame, ArrowType.Bool),
            new ArrowField(Data, ArrowType.Binary)
            {
                Metadata = ArrowMetadata.Of(
                    ("encoding", stream.Encoding),
                    ("shape", string.Create(CultureInfo.InvariantCulture, $"{stream.HeightPx}x{stream.WidthPx}"))),
            },
            .. CommonColumns.ReadTimeOf(stream),
        ],
        StreamInfo.Of(stream, episode).ToMetadata(
            (MetadataKeys.CameraControls, stream.Controls),
            (MetadataKeys.CameraDriverStamp, stream.DriverStamp),
            (MetadataKeys.CameraSentAs, stream.SentAs),
            (MetadataKeys.CameraEncoder, stream.Encoder)));
}

/// <summary>A batch of pictures.</summary>
public sealed class CameraFrameRows : SampleRows
{
    private readonly BoolColumn _keyFrame;
    private readonly BinaryColumn _data;

    public CameraFrameRows(BatchBuilder builder, EpisodeAnchor anchor)
        : base(builder, anchor)
    {
        _keyFrame = builder.Column<BoolColumn>(CameraFrameSchema.KeyFrame);
        _data = builder.Column<BinaryColumn>(CameraFrameSchema.Data);
    }

    /// <summary>The largest picture that an empty batch takes, in bytes.</summary>
    public int MaxPictureBytes => _data.DataCapacity;

    public bool HasRoom(int pictureBytes) => Builder.HasRoomForRow && _data.HasRoom(pictureBytes);

    public void Append(in SampleStamp stamp, ReadOnlySpan<byte> picture, bool keyFrame)
    {
        AppendStamp(stamp);
        _keyFrame.Append(keyFrame);
        _data.Append(picture);
        Builder.EndRow();
    }
}
