using Calibration.Detection;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Calibration.Episodes;

/// <summary>A camera's pictures in an episode, by their times.</summary>
internal sealed class CameraPictures
{
    private readonly EpisodeStream _stream;

    private CameraPictures(EpisodeStream stream)
    {
        _stream = stream;
        TimesNs = stream.ReadTimes();
    }

    public string Name => _stream.Info.Name;

    /// <summary>Ascending as a rule; ns of episode time.</summary>
    public long[] TimesNs { get; }

    /// <summary>Between pictures, ns.</summary>
    public long IntervalNs => TimesNs.Length < 2 ? 0 : (TimesNs[^1] - TimesNs[0]) / (TimesNs.Length - 1);

    /// <summary>Null, and why, where the episode has no such camera or its pictures cannot be decoded one by one.</summary>
    public static CameraPictures? Of(EpisodeReader episode, string camera, out string why)
    {
        why = "";
        if (episode.Find(camera) is not { } stream)
        {
            string[] cameras = [.. episode.Streams.Where(s => s.Info.Kind == StreamKinds.CameraFrame).Select(s => s.Info.Name)];
            why = $"the episode has no stream '{camera}' (its cameras: {(cameras.Length == 0 ? "none" : string.Join(", ", cameras))}): name cameras in a calibration as their streams are named";
            return null;
        }

        string? encoding = stream.Info.Kind == StreamKinds.CameraFrame ? CameraFrameSchema.EncodingOf(stream.Schema) : null;
        if (encoding is not ("mjpeg" or "png"))
        {
            why = encoding is null ? $"{camera} is no camera (its kind is {stream.Info.Kind})" : $"{camera} is recorded as {encoding}, and only pictures that stand alone (mjpeg, png) are read here";
            return null;
        }

        if (stream.Rows == 0)
        {
            why = $"{camera} holds no picture yet";
            return null;
        }

        return new CameraPictures(stream);
    }

    /// <summary>The row nearest to a time.</summary>
    public int Nearest(long atNs)
    {
        int at = Array.BinarySearch(TimesNs, atNs);
        if (at < 0)
        {
            at = ~at;
            at = at == TimesNs.Length || (at > 0 && atNs - TimesNs[at - 1] < TimesNs[at] - atNs) ? at - 1 : at;
        }

        return at;
    }

    /// <exception cref="CalibrationException">The row holds no picture that can be decoded.</exception>
    public GrayImage Read(int row) => GrayImage.Decode(Bytes(row), $"{Name}, row {row}");

    /// <summary>The picture as the camera sent it.</summary>
    public byte[] Bytes(int row)
    {
        int batch = _stream.BatchOf(row);
        return _stream.ReadBatch(batch).Column(CameraFrameSchema.Data).Bytes((int)(row - _stream.FirstRow(batch))).ToArray();
    }
}
