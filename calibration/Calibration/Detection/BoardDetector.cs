using Calibration.Results;
using Calibration.Targets;

namespace Calibration.Detection;

/// <summary>Looks for targets in pictures; what a target leaves open (layout, border, order of rows) is found out from all pictures together.</summary>
public sealed class BoardDetector(IReadOnlyList<Target> targets)
{
    /// <summary>How many pictures decide a target's layout before all are read.</summary>
    private const int PicturesForLayout = 12;

    private readonly CharucoDetector?[] _charuco = [.. targets.Select(t => t is CharucoBoard b ? new CharucoDetector(b) : null)];
    private readonly AprilTagDetector?[] _tags = [.. targets.Select(t => t is AprilTagGrid g ? new AprilTagDetector(g.Family) : null)];
    private bool _layoutKnown;

    public IReadOnlyList<Target> Targets => targets;

    /// <summary>Chessboards by the quick detector alone: for long recordings, most pictures of which show the board well or not at all.</summary>
    public bool Quick { get; init; }

    /// <summary>In the order of the sources. Two threads work at most; a file that is no picture is an error that names it.</summary>
    public IReadOnlyList<DetectedImage> Detect(IReadOnlyList<ImageSource> sources)
    {
        FindLayouts(sources);
        return DetectAll(sources);
    }

    /// <summary>More pictures of the same recording: what a target leaves open is not asked again once tags were seen.</summary>
    public IReadOnlyList<DetectedImage> DetectMore(IReadOnlyList<ImageSource> sources)
    {
        if (!_layoutKnown)
        {
            FindLayouts(sources);
        }

        IReadOnlyList<DetectedImage> found = DetectAll(sources);
        _layoutKnown |= found.Any(i => i.Sightings.Any(s => s.Corners.Count > 0));
        return found;
    }

    private DetectedImage[] DetectAll(IReadOnlyList<ImageSource> sources)
    {
        var found = new DetectedImage[sources.Count];
        try
        {
            Parallel.For(0, sources.Count, new ParallelOptions { MaxDegreeOfParallelism = Math.Min(4, Environment.ProcessorCount) }, i => found[i] = DetectOne(sources[i]));
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<CalibrationException>().FirstOrDefault() is { } first)
        {
            throw new CalibrationException(first);
        }

        return found;
    }

    /// <summary>One picture, after <see cref="Detect"/> or on its own.</summary>
    public DetectedImage DetectOne(ImageSource source)
    {
        byte[] bytes = source.Read();
        using GrayImage image = GrayImage.Decode(bytes, source.Name);
        var sightings = new BoardSighting[targets.Count];
        for (int t = 0; t < targets.Count; t++)
        {
            BoardSighting seen = targets[t] switch
            {
                Chessboard board => ChessboardDetector.Detect(image, board, Quick),
                CharucoBoard => _charuco[t]!.Detect(image, _charuco[t]!.FindMarkers(image)),
                AprilTagGrid grid => _tags[t]!.Place(image, grid, _tags[t]!.FindTags(image)),
                _ => throw new InvalidOperationException($"no detector for {targets[t].Text}"),
            };
            sightings[t] = seen.Corners.Count == 0 ? seen : seen with { EdgeWidth = Sharpness.EdgeWidth(image, targets[t], seen.Corners) };
        }

        return new(source, InputFile.Of(source.Name, bytes), image.Width, image.Height, sightings);
    }

    /// <summary>All tags of a family in a picture, whatever board they stand on.</summary>
    public static IReadOnlyList<MarkerSighting> FindTags(string family, ImageSource source, out int width, out int height)
    {
        using GrayImage image = GrayImage.Decode(source.Read(), source.Name);
        (width, height) = (image.Width, image.Height);
        return new AprilTagDetector(family).FindTags(image);
    }

    /// <summary>Inner corners of the largest chessboard in a picture: what to propose when the size that was asked for is not there.</summary>
    public static (int Columns, int Rows)? ChessboardSize(ImageSource source)
    {
        using GrayImage image = GrayImage.Decode(source.Read(), source.Name);
        return VisionNative.ChessboardSize(image.Handle, out int columns, out int rows) == VisionNative.Status.Ok ? (columns, rows) : null;
    }

    private void FindLayouts(IReadOnlyList<ImageSource> sources)
    {
        if (_charuco.All(c => c is null) && _tags.All(t => t is null))
        {
            return;
        }

        int step = Math.Max(1, sources.Count / PicturesForLayout);
        var markers = targets.Select(_ => new List<MarkerSighting[]>()).ToArray();
        for (int i = 0; i < sources.Count; i += step)
        {
            using GrayImage image = GrayImage.Decode(sources[i].Read(), sources[i].Name);
            for (int t = 0; t < targets.Count; t++)
            {
                if (_charuco[t] is { } charuco)
                {
                    markers[t].Add(charuco.FindMarkers(image));
                }
                else if (_tags[t] is { } tags)
                {
                    markers[t].Add(tags.FindTags(image));
                }
            }
        }

        for (int t = 0; t < targets.Count; t++)
        {
            _charuco[t]?.FindLayout(markers[t]);
            if (targets[t] is AprilTagGrid grid)
            {
                _tags[t]!.FindRows(grid, markers[t]);
            }
        }
    }
}
