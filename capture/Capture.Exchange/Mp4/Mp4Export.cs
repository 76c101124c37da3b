using System.Globalization;
using Capture.Arrow;
using Capture.Episodes;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Capture.Media.Video;

namespace Capture.Exchange.Mp4;

/// <summary>One exported video.</summary>
/// <param name="Undecodable">Pictures that cannot be decoded, by themselves or for the key frame that they depend on: they are in the table without a frame.</param>
public sealed record ExportedVideo(string Stream, string Video, string Table, long Frames, long Undecodable);

/// <summary>How far an export is.</summary>
public sealed record ExportProgress(string Stream, long Row, long Rows);

/// <summary>
/// One MP4 for each camera (H.264, also where the camera sends JPEG; depth as lossless PNG, which ffmpeg and OpenCV play), and beside it <c>CAMERA.frames.csv</c>: which frame is which row, when it happened and how well that is known. A missing picture is a longer frame, never a shift.
/// </summary>
public static class Mp4Export
{
    /// <summary>The table's first line.</summary>
    public const string Header = "frame,row,segment,sequence,episode_time_ns,sigma_ns,bound_ns,pts_us";

    /// <summary>Writes the videos of all cameras into a folder, which is made if it is missing.</summary>
    /// <exception cref="EpisodeException">The episode has no camera with pictures.</exception>
    /// <exception cref="Media.MediaException">ffmpeg or libjpeg-turbo is missing, or ffmpeg failed.</exception>
    public static IReadOnlyList<ExportedVideo> Write(EpisodeReader episode, string folder, IProgress<ExportProgress>? progress = null, Mp4Options? options = null, CancellationToken cancel = default)
    {
        var cameras = episode.Streams.Where(s => s.Info.Kind == StreamKinds.CameraFrame && s.Rows > 0).ToList();
        if (cameras.Count == 0)
        {
            throw new EpisodeException(EpisodeProblem.Invalid, "it has no camera with pictures", episode.Folder, "Export another episode, or another format.");
        }

        Directory.CreateDirectory(folder);
        return [.. cameras.Select(camera => WriteOne(camera, folder, progress, options, cancel))];
    }

    private static ExportedVideo WriteOne(EpisodeStream camera, string folder, IProgress<ExportProgress>? progress, Mp4Options? options, CancellationToken cancel)
    {
        string name = camera.Info.Name;
        string video = Path.Combine(folder, name + ".mp4");
        string table = Path.Combine(folder, name + ".frames.csv");
        using var frames = new FrameTable(camera, table);
        using var pictures = Mp4Source.Of(camera);
        Mp4Writer? writer = null;
        try
        {
            long undecodable = 0;
            for (int b = 0; b < camera.Batches; b++)
            {
                cancel.ThrowIfCancellationRequested();
                RecordBatch batch = camera.ReadBatch(b);
                ArrowColumn data = batch.Column(CameraFrameSchema.Data);
                for (int i = 0; i < batch.Rows; i++)
                {
                    long row = camera.FirstRow(b) + i;
                    byte[] picture = data.Bytes(i).ToArray();
                    if (!pictures.Takes(picture, out bool keyFrame))
                    {
                        undecodable++;
                        frames.AddWithoutFrame(batch, i, row);
                        continue;
                    }

                    writer ??= new Mp4Writer(video, pictures.Kind, pictures.WidthPx, pictures.HeightPx, options);
                    writer.Write(frames.Add(batch, i, row), picture, keyFrame);
                }

                progress?.Report(new ExportProgress(name, camera.FirstRow(b) + batch.Rows, camera.Rows));
            }

            if (writer is null)
            {
                throw new EpisodeException(EpisodeProblem.Damaged, "none of its pictures can be decoded", camera.FilePath, "'capture verify' lists them.");
            }

            writer.Finish();
            frames.Finish();
            return new ExportedVideo(name, video, table, writer.Frames, undecodable);
        }
        finally
        {
            writer?.Dispose();
        }
    }

    /// <summary>The table of frames, and the times of the video.</summary>
    private sealed class FrameTable : IDisposable
    {
        private readonly string _path;
        private readonly StreamWriter _writer;
        private readonly long[] _times;
        private readonly long[]? _sigmas;
        private readonly long[]? _bounds;
        private long _frame;
        private long _first;
        private long _lastPts = -1;
        private bool _finished;

        public FrameTable(EpisodeStream camera, string path)
        {
            _path = path;
            _times = camera.ReadTimes();
            if (camera.Times is { } final && final.Rows == camera.Rows)
            {
                _sigmas = final.ReadInt64(FittedClockSchema.Sigma);
                _bounds = final.ReadBounds();
            }

            _writer = new StreamWriter(path + ".part");
            _writer.WriteLine(Header);
        }

        /// <summary>Adds a frame and returns its time in the video, µs: from the first frame on, always rising.</summary>
        public long Add(RecordBatch batch, int i, long row)
        {
            _first = _frame == 0 ? _times[row] : _first;
            long pts = Math.Max((_times[row] - _first + 500) / 1000, _lastPts + 1);
            _lastPts = pts;
            Line(batch, i, row, _frame++, pts);
            return pts;
        }

        public void AddWithoutFrame(RecordBatch batch, int i, long row) => Line(batch, i, row, null, null);

        public void Finish()
        {
            _writer.Dispose();
            File.Move(_path + ".part", _path, overwrite: true);
            _finished = true;
        }

        public void Dispose()
        {
            _writer.Dispose();
            if (!_finished)
            {
                File.Delete(_path + ".part");
            }
        }

        private void Line(RecordBatch batch, int i, long row, long? frame, long? pts)
        {
            long sequence = batch.Column(CommonColumns.Sequence).Values<long>()[i];
            int segment = batch.Column(CommonColumns.Segment).Values<int>()[i];
            long? sigma = _sigmas?[row];
            long? bound = _bounds?[row] is >= 0 and long b ? b : null;
            _writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{frame},{row},{segment},{sequence},{_times[row]},{sigma},{bound},{pts}"));
        }
    }
}
