namespace Capture.Core.Geometry;

/// <summary>A camera: its lens model, its parameters, and the size of its image in pixels.</summary>
public sealed class CameraModel
{
    private readonly double[] _parameters;

    /// <exception cref="ArgumentException">The number of parameters is not the model's, a focal length is not above zero, or the image has no area.</exception>
    public CameraModel(LensModel lens, int width, int height, ReadOnlySpan<double> parameters)
    {
        ArgumentNullException.ThrowIfNull(lens);
        if (parameters.Length != lens.Count)
        {
            throw new ArgumentException($"{lens.Name} has {lens.Count} parameters ({string.Join(' ', lens.ParameterNames)}), not {parameters.Length}", nameof(parameters));
        }

        if (!(parameters[0] > 0) || !(parameters[1] > 0))
        {
            throw new ArgumentException($"focal lengths are above zero, not {parameters[0]} and {parameters[1]}", nameof(parameters));
        }

        if (width <= 0 || height <= 0)
        {
            throw new ArgumentException($"an image of {width} × {height} has no area", nameof(width));
        }

        Lens = lens;
        Width = width;
        Height = height;
        _parameters = parameters.ToArray();
    }

    public LensModel Lens { get; }

    public int Width { get; }

    public int Height { get; }

    /// <summary>fx, fy, cx, cy in pixels, then the distortion in the model's order.</summary>
    public ReadOnlySpan<double> Parameters => _parameters;

    /// <summary>Pixel of a point in the camera's frame; false when the model cannot see it. The pixel may lie outside of the image.</summary>
    public bool Project(Vector3d point, out double u, out double v) => Lens.Project(_parameters, point, out u, out v, [], []);

    /// <summary>Unit direction in the camera's frame that is seen at a pixel; false where the model has none.</summary>
    public bool Unproject(double u, double v, out Vector3d direction) => Lens.Unproject(_parameters, u, v, out direction);

    /// <summary>Whether a pixel lies in the image: −0.5 … width − 0.5, −0.5 … height − 0.5.</summary>
    public bool Contains(double u, double v) => u >= -0.5 && v >= -0.5 && u <= Width - 0.5 && v <= Height - 0.5;
}
