namespace Capture.Core.Geometry;

/// <summary>How a camera maps directions to pixels. One object per model; the parameters are handed in, so that solvers can vary them.</summary>
/// <remarks>All models have no skew and begin with fx, fy, cx, cy in pixels. Pixel (0, 0) is the centre of the top-left pixel.</remarks>
public abstract class LensModel
{
    private protected LensModel(string name, params string[] distortion)
    {
        Name = name;
        ParameterNames = ["fx", "fy", "cx", "cy", .. distortion];
    }

    /// <summary>x/z, y/z; no distortion.</summary>
    public static LensModel Pinhole { get; } = new BrownConradyLens("pinhole", 0);

    /// <summary>k1 k2 p1 p2: the next one with k3 = 0.</summary>
    public static LensModel BrownConrady4 { get; } = new BrownConradyLens("brown-conrady-4", 4);

    /// <summary>k1 k2 p1 p2 k3: OpenCV's and ROS's <c>plumb_bob</c>.</summary>
    public static LensModel BrownConrady5 { get; } = new BrownConradyLens("brown-conrady-5", 5);

    /// <summary>k1 k2 p1 p2 k3 k4 k5 k6: OpenCV's rational model, ROS's <c>rational_polynomial</c>.</summary>
    public static LensModel BrownConrady8 { get; } = new BrownConradyLens("brown-conrady-8", 8);

    /// <summary>k1 k2 k3 k4 over the angle: OpenCV's <c>fisheye</c>, ROS's and Kalibr's <c>equidistant</c>.</summary>
    public static LensModel KannalaBrandt { get; } = new KannalaBrandtLens();

    public static IReadOnlyList<LensModel> All { get; } = [Pinhole, BrownConrady4, BrownConrady5, BrownConrady8, KannalaBrandt];

    public string Name { get; }

    public IReadOnlyList<string> ParameterNames { get; }

    public int Count => ParameterNames.Count;

    /// <exception cref="ArgumentException">No model has this name.</exception>
    public static LensModel Named(string name) => All.FirstOrDefault(m => m.Name == name)
        ?? throw new ArgumentException($"there is no lens model '{name}': {string.Join(", ", All.Select(m => m.Name))}", nameof(name));

    /// <summary>Pixel of a point in the camera's frame (metres, or any length: only the direction counts).</summary>
    /// <param name="byPoint">Empty, or 6 numbers: ∂u/∂(x y z), then ∂v/∂(x y z).</param>
    /// <param name="byParameter">Empty, or 2 × <see cref="Count"/> numbers: ∂u/∂parameters, then ∂v/∂parameters.</param>
    /// <returns>False when the model cannot see the point (behind a pinhole); the outputs are then undefined.</returns>
    public abstract bool Project(ReadOnlySpan<double> parameters, Vector3d point, out double u, out double v, Span<double> byPoint, Span<double> byParameter);

    /// <summary>Unit direction in the camera's frame that is seen at a pixel: found by Newton's method to 1e-12 of a radian or so.</summary>
    /// <returns>False where the model maps no direction, or folds: beyond the radius at which its distortion turns back.</returns>
    public abstract bool Unproject(ReadOnlySpan<double> parameters, double u, double v, out Vector3d direction);
}
