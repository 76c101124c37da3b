using System.Globalization;

namespace Capture.Devices.Cameras.V4l2;

/// <summary>What a camera can do, as lines for the operator.</summary>
internal static class CameraFacts
{
    /// <summary>Modes and controls; both empty where the camera cannot be opened.</summary>
    public static (IReadOnlyList<string> Modes, IReadOnlyList<string> Controls) Of(IV4l2 kernel, FoundCamera camera, string root)
    {
        if (camera.OpenError != 0 || kernel.Open(Path.Combine(root, camera.Node.TrimStart('/')), out IV4l2Node? node) != 0 || node is null)
        {
            return ([], []);
        }

        using (node)
        {
            string[] modes = [.. CameraModes.Lines(node, CameraModes.Sizes(node))];
            string[] controls = [.. CameraControls.List(node).Where(c => c.HasValue).Select(c => string.Create(
                CultureInfo.InvariantCulture,
                $"{c.Name} {c.Minimum}..{c.Maximum}{(CameraControls.Read(node, c.Id) is { } now ? $" (now {now})" : "")}"))];
            return (modes, controls);
        }
    }
}
