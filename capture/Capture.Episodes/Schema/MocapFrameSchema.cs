using Capture.Arrow;
using Capture.Core.Time;

namespace Capture.Episodes.Schema;

/// <summary>Kind <c>mocap.frame</c>: poses of the declared bodies and the labelled markers of one frame.</summary>
public static class MocapFrameSchema
{
    public const string Tracked = "tracked";
    public const string Position = "position";
    public const string Orientation = "orientation";
    public const string MeanError = "mean_error";
    public const string Markers = "markers";

    private static readonly ArrowMetadata s_metres = ArrowMetadata.Of(("unit", "m"));

    public static ArrowSchema For(MocapFrameStream stream, EpisodeIdentity episode)
    {
        var body = ArrowType.Struct(
            new ArrowField(Tracked, ArrowType.Bool),
            CommonColumns.Vector(Position, ArrowType.Float32, 3, "m", more: ("frame", "mocap")),
            CommonColumns.Vector(Orientation, ArrowType.Float32, 4, "1", more: ("encoding", "quaternion-xyzw")),
            new ArrowField(MeanError, ArrowType.Float32) { Metadata = s_metres });
        var marker = ArrowType.Struct(
            new ArrowField("id", ArrowType.Int32),
            CommonColumns.Vector(Position, ArrowType.Float32, 3, "m", more: ("frame", "mocap")),
            new ArrowField("size", ArrowType.Float32) { Metadata = s_metres },
            new ArrowField("residual", ArrowType.Float32) { Metadata = s_metres },
            new ArrowField("occluded", ArrowType.Bool));
        return new ArrowSchema(
            [
                .. CommonColumns.Fields,
                .. stream.Bodies.Select(name => new ArrowField(name, body, Nullable: true)),
                new ArrowField(Markers, ArrowType.List(marker)),
            ],
            stream.UpAxis is { } up
                ? StreamInfo.Of(stream, episode).ToMetadata((MetadataKeys.MocapUpAxis, up))
                : StreamInfo.Of(stream, episode).ToMetadata());
    }
}

/// <summary>A batch of mocap frames.</summary>
public sealed class MocapFrameRows : SampleRows
{
    private readonly BodyColumns[] _bodies;
    private readonly ListColumn _markers;
    private readonly StructColumn _marker;
    private readonly Int32Column _id;
    private readonly FixedSizeListColumn _position;
    private readonly Float32Column _size;
    private readonly Float32Column _residual;
    private readonly BoolColumn _occluded;

    public MocapFrameRows(BatchBuilder builder, EpisodeAnchor anchor, IReadOnlyList<string> bodies)
        : base(builder, anchor)
    {
        _bodies = [.. bodies.Select((_, i) => new BodyColumns(builder.Column<StructColumn>(CommonColumns.Fields.Count + i)))];
        _markers = builder.Column<ListColumn>(CommonColumns.Fields.Count + bodies.Count);
        _marker = (StructColumn)_markers.Item;
        _id = _marker.Child<Int32Column>(0);
        _position = _marker.Child<FixedSizeListColumn>(1);
        _size = _marker.Child<Float32Column>(2);
        _residual = _marker.Child<Float32Column>(3);
        _occluded = _marker.Child<BoolColumn>(4);
    }

    public bool HasRoom(int markers) => Builder.HasRoomForRow && _markers.Remaining >= markers;

    public void Append(in SampleStamp stamp, ReadOnlySpan<MocapBody?> bodies, ReadOnlySpan<MocapMarker> markers)
    {
        AppendStamp(stamp);
        for (int i = 0; i < _bodies.Length; i++)
        {
            _bodies[i].Append(i < bodies.Length ? bodies[i] : null);
        }

        _markers.Begin();
        Span<float> xyz = stackalloc float[3];
        foreach (ref readonly MocapMarker marker in markers)
        {
            _id.Append(marker.Id);
            (xyz[0], xyz[1], xyz[2]) = (marker.X, marker.Y, marker.Z);
            _position.Append<float>(xyz);
            _size.Append(marker.SizeM);
            _residual.Append(marker.ResidualM);
            _occluded.Append(marker.Occluded);
            _marker.End();
        }

        _markers.End();
        Builder.EndRow();
    }

    private sealed class BodyColumns(StructColumn body)
    {
        private readonly BoolColumn _tracked = body.Child<BoolColumn>(0);
        private readonly FixedSizeListColumn _position = body.Child<FixedSizeListColumn>(1);
        private readonly FixedSizeListColumn _orientation = body.Child<FixedSizeListColumn>(2);
        private readonly Float32Column _meanError = body.Child<Float32Column>(3);

        public void Append(in MocapBody? pose)
        {
            if (pose is not { } p)
            {
                body.AppendNull();
                return;
            }

            Span<float> values = [p.X, p.Y, p.Z, p.QX, p.QY, p.QZ, p.QW];
            _tracked.Append(p.Tracked);
            _position.Append<float>(values[..3]);
            _orientation.Append<float>(values[3..]);
            _meanError.Append(p.MeanErrorM);
            body.End();
        }
    }
}
