using System.Globalization;
using Calibration.Detection;
using Calibration.Targets;

namespace Calibration.Episodes;

/// <summary>How the pictures of a recording are looked through.</summary>
/// <param name="Live">Follow a growing episode until there are enough views.</param>
/// <param name="Progress">Told once a round, one line each.</param>
/// <param name="Stop">Ends following early; what has come by then is used.</param>
public sealed record LookOptions(bool Live = false, Action<string>? Progress = null, CancellationToken Stop = default);

/// <summary>What was seen in one camera of a recording, and which of it is worth calibrating from.</summary>
public sealed class EpisodeViews
{
    /// <summary>Pictures looked at, evenly over the recording: at 30 a second 40 s are looked at whole.</summary>
    public const int MostLooks = 1_200;

    /// <summary>Views, and parts of the picture's cells with corners in them, at which a live calibration has enough.</summary>
    public const int EnoughViews = 20;
    public const double EnoughCoverage = 0.5;

    // Where the quick detector finds nothing the slow one gets a few pictures to try.
    private const int SlowLooks = 60;
    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(500);

    private EpisodeViews(string camera, IReadOnlyList<DetectedImage> seen, IReadOnlyList<Target> targets)
    {
        (Camera, Seen, Targets) = (camera, seen, targets);
        Choice = ViewChoice.Of(seen, targets);
    }

    public string Camera { get; }

    /// <summary>All pictures that were looked at, in order of time.</summary>
    public IReadOnlyList<DetectedImage> Seen { get; }

    public IReadOnlyList<Target> Targets { get; }

    public ViewChoice Choice { get; }

    /// <summary>The pictures to calibrate from.</summary>
    public IReadOnlyList<DetectedImage> Chosen => [.. Choice.Chosen.Select(i => Seen[i])];

    /// <exception cref="CalibrationException">A picture cannot be decoded.</exception>
    public static EpisodeViews Look(EpisodeCamera camera, IReadOnlyList<Target> targets, LookOptions options) => LookAll([camera], targets, options)[0];

    /// <summary>Several cameras of one recording; a live one ends when each has enough.</summary>
    public static IReadOnlyList<EpisodeViews> LookAll(IReadOnlyList<EpisodeCamera> cameras, IReadOnlyList<Target> targets, LookOptions options)
    {
        var looks = cameras.Select(c => new CameraLook(c, targets)).ToArray();
        while (true)
        {
            // Asked before looking: what was recorded until then is seen in this round.
            bool more = options.Live && cameras.Any(c => c.IsGrowing) && !options.Stop.IsCancellationRequested;
            EpisodeViews[] views = [.. looks.Select(l => l.Round(more))];
            foreach (EpisodeViews view in views)
            {
                options.Progress?.Invoke(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{view.Camera}: {view.Choice.Sentence}; corners in {view.Choice.Coverage() * 100:0} % of the picture{(options.Live ? $" (enough: {EnoughViews} views, {EnoughCoverage * 100:0} %)" : "")}"));
            }

            if (!more || views.All(v => v.Choice.Chosen.Count >= EnoughViews && v.Choice.Coverage() >= EnoughCoverage))
            {
                return views;
            }

            options.Stop.WaitHandle.WaitOne(s_round);
            foreach (EpisodeCamera camera in cameras)
            {
                camera.Refresh();
            }
        }
    }

    private sealed class CameraLook(EpisodeCamera camera, IReadOnlyList<Target> targets)
    {
        private readonly List<DetectedImage> _seen = [];
        private readonly BoardDetector _detector = new(targets) { Quick = true };
        private int _next;

        public EpisodeViews Round(bool growing)
        {
            // A growing recording is looked at whole as it comes: how long it will be nobody knows.
            int fresh = camera.Pictures.Count - _next;
            int step = growing ? 1 : Math.Max(1, (fresh + MostLooks - 1) / MostLooks);
            ImageSource[] sources = [.. Enumerable.Range(0, (fresh + step - 1) / step).Select(i => camera.Pictures[_next + (i * step)])];
            _next = camera.Pictures.Count;
            _seen.AddRange(_detector.DetectMore(sources));
            if (!growing && !_seen.Any(i => i.Sightings.Any(s => s.Corners.Count > 0)) && _seen.Count > 0)
            {
                int sparse = Math.Max(1, _seen.Count / SlowLooks);
                _seen.Clear();
                _seen.AddRange(new BoardDetector(targets).Detect([.. camera.Pictures.Where((_, i) => i % sparse == 0)]));
            }

            return new EpisodeViews(camera.Name, [.. _seen.OrderBy(s => s.Source.StampNs)], targets);
        }
    }
}
