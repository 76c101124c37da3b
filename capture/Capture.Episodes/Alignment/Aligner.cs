using Capture.Arrow;
using Capture.Episodes.Closing;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Alignment;

/// <summary>
/// Brings the streams of an episode to common times and writes them as one Arrow table: <c>time_ns</c>, then for every stream <c>STREAM.row</c> (index of the
/// source row, null where none is near enough), <c>STREAM.distance_ns</c> (source time − row time), and its numeric columns. Pictures and sound are named by
/// their row, not copied. Memory: the times of all streams, and a batch of each.
/// </summary>
public static class Aligner
{
    public const string Time = "time_ns";

    private const int RowsPerBatch = 4096;
    private const long DefaultToleranceNs = 100_000_000;

    /// <summary>Writes the table to <paramref name="file"/>, which must not exist.</summary>
    /// <exception cref="EpisodeException">A stream is missing or empty, the options contradict each other, or the file cannot be written.</exception>
    public static AlignmentResult Write(EpisodeReader episode, AlignmentOptions options, string file)
    {
        if (File.Exists(file))
        {
            throw new EpisodeException(EpisodeProblem.Invalid, "it exists already", file, "Choose another name.");
        }

        List<Source> sources = Sources(episode, options);
        long[] grid = Grid(episode, options, sources);
        ArrowField[] fields =
        [
            CommonColumns.Nanoseconds(Time),
            .. sources.SelectMany(s => s.Fields),
        ];
        var metadata = ArrowMetadata.Of(
            ("capture.format", "capture-aligned/1"),
            ("capture.episode", episode.Manifest.Id),
            ("capture.times", episode.Manifest.Times?.InForce ?? "online"));
        try
        {
            using var table = new DerivedFile(Disk.KernelDisk.Instance, Path.GetFullPath(file), new BatchBuilder(new ArrowSchema(fields, metadata), new BatchCapacity { Rows = RowsPerBatch }));
            Int64Column time = table.Builder.Column<Int64Column>(0);
            int column = 1;
            foreach (Source source in sources)
            {
                source.Bind(table.Builder, ref column);
            }

            foreach (long at in grid)
            {
                time.Append(at);
                foreach (Source source in sources)
                {
                    source.Append(at);
                }

                table.Builder.EndRow();
                if (!table.Builder.HasRoomForRow)
                {
                    table.Flush();
                }
            }

            table.Finish(syncFolder: true);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not EpisodeException))
        {
            throw Disk.DiskTrouble.Explain(e, file);
        }

        return new AlignmentResult(file, grid.Length, [.. sources.Select(s => s.Result)]);
    }

    private static List<Source> Sources(EpisodeReader episode, AlignmentOptions options)
    {
        foreach (StreamAlignment named in options.Streams)
        {
            _ = episode.Stream(named.Stream);
        }

        var sources = new List<Source>();
        foreach (EpisodeStream stream in episode.Streams)
        {
            if (!stream.Info.HasSamples || stream.Rows == 0)
            {
                continue;
            }

            StreamAlignment? named = options.Streams.FirstOrDefault(s => s.Stream == stream.Info.Name);
            long tolerance = (named is not null ? named.ToleranceNs : options.DefaultToleranceNs)
                ?? (named is not null ? long.MaxValue : stream.Info.RateHz is { } hz ? (long)(1.5e9 / hz) : DefaultToleranceNs);
            sources.Add(new Source(stream, named?.Method ?? options.Default, tolerance));
        }

        return sources.Count > 0
            ? sources
            : throw new EpisodeException(EpisodeProblem.Invalid, "no stream of it has a row", episode.Folder, "There is nothing to align.");
    }

    private static long[] Grid(EpisodeReader episode, AlignmentOptions options, List<Source> sources)
    {
        if (options.RateHz is null == options.ReferenceStream is null)
        {
            throw new EpisodeException(EpisodeProblem.Invalid, "a table needs either a rate or a reference stream", episode.Folder, "Give exactly one of the two.");
        }

        if (options.ReferenceStream is { } name)
        {
            _ = episode.Stream(name);
            Source? reference = sources.Find(s => s.Stream.Info.Name == name);
            return reference?.Times.Where(t => t >= (options.FromNs ?? long.MinValue) && t <= (options.ToNs ?? long.MaxValue)).ToArray()
                ?? throw new EpisodeException(EpisodeProblem.Invalid, $"the stream '{name}' has no rows with times", episode.Folder, "Choose another reference.");
        }

        double rate = options.RateHz!.Value;
        if (rate is not (> 0 and <= 100_000))
        {
            throw new EpisodeException(EpisodeProblem.Invalid, $"{rate} is no rate", episode.Folder, "Give 0 to 100,000 rows a second.");
        }

        // Streams of single events (edges) say nothing of when the take began.
        var periodic = sources.Where(s => s.Stream.Info.RateHz is not null).DefaultIfEmpty(sources[0]).ToList();
        long from = options.FromNs ?? periodic.Max(s => s.Times[0]);
        long to = options.ToNs ?? periodic.Min(s => s.Times[^1]);
        if (to < from)
        {
            return [];
        }

        long rows = (long)Math.Floor((to - from) * rate / 1e9) + 1;
        if (rows > 100_000_000)
        {
            throw new EpisodeException(EpisodeProblem.Invalid, $"the table would have {rows} rows", episode.Folder, "Lower the rate, or give a shorter span.");
        }

        long[] grid = new long[rows];
        for (long k = 0; k < rows; k++)
        {
            grid[k] = from + (long)Math.Round(k * 1e9 / rate);
        }

        return grid;
    }

    /// <summary>One stream on its way into the table.</summary>
    private sealed class Source
    {
        private static readonly string[] s_stampColumns = [CommonColumns.Segment, CommonColumns.HostTime, CommonColumns.EpisodeTime, CommonColumns.DeviceTicks];

        private readonly AlignmentMethod _method;
        private readonly long _tolerance;
        private readonly List<AlignedColumn> _columns;
        private readonly SourceSearch _search;
        private readonly long[] _rows;
        private readonly RecordBatch?[] _batches = new RecordBatch?[2];
        private readonly int[] _batchIndex = [-1, -1];
        private Int64Column _row = null!;
        private Int64Column _distance = null!;
        private ColumnBuilder[] _targets = [];
        private long _nulls;
        private long? _maxDistance;

        public Source(EpisodeStream stream, AlignmentMethod method, long tolerance)
        {
            Stream = stream;
            _method = method;
            _tolerance = tolerance;
            Times = stream.ReadTimes();
            _rows = [.. Enumerable.Range(0, Times.Length).Select(i => (long)i)];

            // Estimates of neighbouring rows may cross by their error: the order of time counts.
            if (!IsAscending(Times))
            {
                Array.Sort(Times, _rows);
            }

            _search = new SourceSearch(Times, method, tolerance);
            _columns = method == AlignmentMethod.None ? [] : [.. AlignedColumn.Of(stream.Info.Name, stream.Schema, s_stampColumns)];
        }

        public EpisodeStream Stream { get; }

        public long[] Times { get; }

        public IEnumerable<ArrowField> Fields =>
        [
            new ArrowField($"{Stream.Info.Name}.row", ArrowType.Int64, Nullable: true),
            CommonColumns.Nanoseconds($"{Stream.Info.Name}.distance_ns", nullable: true),
            .. _columns.Select(c => c.Target),
        ];

        public AlignedStream Result => new(Stream.Info.Name, _method, _tolerance, _nulls, _maxDistance);

        public void Bind(BatchBuilder builder, ref int column)
        {
            _row = builder.Column<Int64Column>(column++);
            _distance = builder.Column<Int64Column>(column++);
            int first = column;
            _targets = [.. _columns.Select((_, i) => builder.Columns[first + i])];
            column += _columns.Count;
        }

        public void Append(long time)
        {
            SourceSamples samples = _search.At(time);
            if (samples.Row < 0)
            {
                _nulls++;
                _row.AppendNull();
                _distance.AppendNull();
                foreach (ColumnBuilder target in _targets)
                {
                    target.AppendNull();
                }

                return;
            }

            long distance = Times[samples.Row] - time;
            _maxDistance = Math.Max(_maxDistance ?? 0, Math.Abs(distance));
            _row.Append(_rows[samples.Row]);
            _distance.Append(distance);
            bool blends = _method is AlignmentMethod.Linear or AlignmentMethod.Slerp;
            for (int i = 0; i < _targets.Length; i++)
            {
                AlignedColumn column = _columns[i];
                if (blends && column.IsReal)
                {
                    Blend(column, samples, _targets[i]);
                }
                else
                {
                    (RecordBatch batch, int row) = Locate(_rows[samples.Row], 0);
                    ValueWriter.Copy(column.In(batch, row), row, _targets[i]);
                }
            }
        }

        private void Blend(AlignedColumn column, in SourceSamples samples, ColumnBuilder target)
        {
            if (samples.Before < 0)
            {
                target.AppendNull();
                return;
            }

            (RecordBatch a, int rowA) = Locate(_rows[samples.Before], 0);
            if (samples.Weight == 0)
            {
                ValueWriter.Copy(column.In(a, rowA), rowA, target);
                return;
            }

            (RecordBatch b, int rowB) = Locate(_rows[samples.Before + 1], 1);
            ValueWriter.Blend(column.In(a, rowA), rowA, column.In(b, rowB), rowB, samples.Weight, _method == AlignmentMethod.Slerp && column.IsQuaternion, target);
        }

        private (RecordBatch Batch, int Row) Locate(long row, int slot)
        {
            int batch = Stream.BatchOf(row);
            if (_batchIndex[slot] != batch)
            {
                _batches[slot] = _batchIndex[1 - slot] == batch ? _batches[1 - slot] : Stream.ReadBatch(batch);
                _batchIndex[slot] = batch;
            }

            return (_batches[slot]!, (int)(row - Stream.FirstRow(batch)));
        }

        private static bool IsAscending(long[] times)
        {
            for (int i = 1; i < times.Length; i++)
            {
                if (times[i] < times[i - 1])
                {
                    return false;
                }
            }

            return true;
        }
    }
}
