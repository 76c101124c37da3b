using System.Text.Json;
using Calibration.Detection;
using Calibration.Results;
using Calibration.Targets;
using Capture.Core.Geometry;

namespace Calibration.HandEye;

/// <summary>A picture's name, and the corners that were found in it.</summary>
public sealed record SeenPicture(string Name, int Width, int Height, IReadOnlyList<Corner> Corners);

/// <summary>Pairs from the robot's poses and pictures of the target, one picture a pose.</summary>
public static class PicturePairs
{
    private const int FewestCorners = 8;

    /// <summary>Reads what `calibrate detect --json` printed.</summary>
    /// <exception cref="CalibrationException">It is something else.</exception>
    public static IReadOnlyList<SeenPicture> ReadDetections(string path)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            return
            [
                .. json.RootElement.GetProperty("images").EnumerateArray().Select(i => new SeenPicture(
                    i.GetProperty("image").GetString()!,
                    i.GetProperty("width").GetInt32(),
                    i.GetProperty("height").GetInt32(),
                    [.. i.GetProperty("corners").EnumerateArray().Select(c => new Corner(c.GetProperty("id").GetInt32(), c.GetProperty("u").GetDouble(), c.GetProperty("v").GetDouble()))])),
            ];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new CalibrationException(CalibrationProblem.Data, $"holds no corners ({e.Message.TrimEnd('.')})", path, "Give what `calibrate detect --images … --target … --json` printed.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CalibrationException(CalibrationProblem.Environment, $"cannot be read ({e.Message})", path, "Give what `calibrate detect --json` printed.", e);
        }
    }

    public static IReadOnlyList<SeenPicture> Detect(IReadOnlyList<ImageSource> sources, Target target) =>
        [.. new BoardDetector([target]).Detect(sources).Select(i => new SeenPicture(i.Source.Name, i.Width, i.Height, i.Sightings[0].Corners))];

    /// <param name="robots">T_base_gripper, and the picture of that moment; null: pictures and poses go by order.</param>
    /// <exception cref="CalibrationException">Poses and pictures do not go together, or the target cannot give a pose.</exception>
    public static PosePair[] Make(IReadOnlyList<(Pose Robot, string? Image, string Label)> robots, IReadOnlyList<SeenPicture> pictures, Target target, CameraResult lens)
    {
        if (target.Renumberings.Count > 1)
        {
            throw new CalibrationException(
                CalibrationProblem.Asked, "looks the same when it is turned, so a pose cannot be told from its opposite", target.Text, "Use a chessboard with an odd and an even number of corners (9x6), charuco, or apriltag.");
        }

        if (pictures.FirstOrDefault(p => p.Width != lens.Width || p.Height != lens.Height) is { } odd)
        {
            throw new CalibrationException(CalibrationProblem.Data, $"is {odd.Width} × {odd.Height} pixels, and the lens holds for {lens.Width} × {lens.Height}", odd.Name, "Calibrate the lens at this size.");
        }

        bool named = robots.All(r => r.Image is not null);
        if (!named && robots.Count != pictures.Count)
        {
            throw new CalibrationException(
                CalibrationProblem.Data, $"there are {robots.Count} poses and {pictures.Count} pictures", "--pairs", "Give one picture a pose, in the same order, or name the picture of each row in a column `image`.");
        }

        CameraModel camera = lens.ToCamera();
        var pairs = new List<PosePair>();
        for (int i = 0; i < robots.Count; i++)
        {
            string? wanted = robots[i].Image;
            SeenPicture picture = !named ? pictures[i] : pictures.FirstOrDefault(p => p.Name == wanted || Path.GetFileName(p.Name) == wanted)
                ?? throw new CalibrationException(CalibrationProblem.Data, $"{robots[i].Label} names the picture {wanted}, which is not among those given", "--images", "Give all of the pictures.");
            if (picture.Corners.Count >= FewestCorners && picture.Corners.All(c => c.Id >= 0 && c.Id < target.Points.Count))
            {
                pairs.Add(new PosePair(robots[i].Robot, Pose.Identity, picture.Name)
                {
                    Pixels = new TargetPixels(camera, [.. picture.Corners.Select(c => target.Points[c.Id])], [.. picture.Corners.SelectMany(c => new[] { c.U, c.V })]),
                });
            }
        }

        return pairs.Count >= 3
            ? [.. pairs]
            : throw new CalibrationException(CalibrationProblem.Data, $"{pairs.Count} of {robots.Count} pictures show {target.Text}", "--images", "Check --target, and that the pictures are of these poses.");
    }
}
