using System.Globalization;
using Calibration.Detection;
using Calibration.Episodes;
using Calibration.Results;

namespace Calibration.Reports;

/// <summary>The pictures of views that were taken from an episode: nobody chose them by hand, so a person should see them.</summary>
internal static class ViewPictures
{
    private const int MostOfACamera = 24;
    private const int WidthPixels = 220;

    public static void Add(HtmlReport report, CalibrationResult result, IReadOnlyList<ImageSource> sources)
    {
        var byName = sources.ToDictionary(s => s.Name, StringComparer.Ordinal);
        foreach (IGrouping<string, ViewResult> camera in result.Views.Where(v => v.State == "used" && EpisodeCamera.IsPicture(v.Image) && byName.ContainsKey(v.Image)).GroupBy(v => v.Camera))
        {
            // All of a few; of many as many, evenly.
            ViewResult[] views = [.. camera];
            int shown = Math.Min(views.Length, MostOfACamera);
            report.Section($"Views of {camera.Key} that were taken from the episode{(shown < views.Length ? $": {shown} of {views.Length}" : "")}");
            for (int i = 0; i < shown; i++)
            {
                ViewResult view = views[i * views.Length / shown];
                using GrayImage image = GrayImage.Decode(byName[view.Image].Read(), view.Image);
                report.Picture(image.ToJpeg(WidthPixels), string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(view.StampNs is { } t ? $"{t / 1e9:0.000} s: " : "")}{view.Corners.Count} corners, RMS {view.RmsPixels ?? double.NaN:0.00} px, edges {view.EdgeWidthPixels ?? double.NaN:0.0} px wide"));
            }
        }
    }
}
