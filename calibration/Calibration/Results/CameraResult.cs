using Capture.Core.Geometry;

namespace Calibration.Results;

/// <summary>A camera's intrinsics.</summary>
/// <param name="Model">Name of the lens model, see conventions.md.</param>
/// <param name="ParameterNames">In the order of <paramref name="Parameters"/>.</param>
/// <param name="Covariance">Row after row, parameters × parameters, in their units squared.</param>
public sealed record CameraResult(
    string Name,
    int Width,
    int Height,
    string Model,
    IReadOnlyList<string> ParameterNames,
    double[] Parameters,
    double[]? Covariance)
{
    /// <summary>Which camera it is, as the recorder says it (a device's own identity, else its address); null where that is not known.</summary>
    public string? Device { get; init; }

    public double[]? Sigma => Covariance is null ? null : [.. Parameters.Select((_, i) => Math.Sqrt(Covariance[(i * Parameters.Length) + i]))];

    /// <summary>RMS of the reprojection error over the corners that were used, pixels, √(mean of du² + dv²).</summary>
    public double? RmsPixels { get; init; }

    /// <summary>The same over views that took no part in the fit.</summary>
    public double? HeldOutRmsPixels { get; init; }

    /// <summary>Standard deviation of a corner per coordinate as the residuals show it, pixels.</summary>
    public double? CornerSigmaPixels { get; init; }

    /// <summary>σ of the projection over the image.</summary>
    public UncertaintyMap? Uncertainty { get; init; }

    /// <summary>The camera, ready to project.</summary>
    public CameraModel ToCamera() => new(LensModel.Named(Model), Width, Height, Parameters);
}

/// <summary>σ of the projection, in pixels, on a regular grid over the image: how far the estimate of where something is seen may be off.</summary>
/// <param name="SigmaPixels">Row after row; the larger axis of the error ellipse.</param>
public sealed record UncertaintyMap(int Columns, int Rows, double[] SigmaPixels)
{
    public double Worst => SigmaPixels.Max();
}

/// <summary>One picture of a target.</summary>
/// <param name="Image">File name, or stream and row.</param>
/// <param name="State"><c>used</c>, or why not: <c>no-target</c>, <c>blurred</c>, <c>duplicate</c>, <c>outlier</c>.</param>
/// <param name="Corners">Per corner: id, u, v and the residual du, dv (observed − predicted) in pixels; residuals are 0 where the view was not used.</param>
/// <param name="Rejected">Ids of corners that were left out as wild.</param>
public sealed record ViewResult(string Camera, string Image, string State, IReadOnlyList<double[]> Corners, IReadOnlyList<int> Rejected)
{
    /// <summary>T_camera_board: x y z, then quaternion x y z w; null where it was not solved.</summary>
    public double[]? BoardPose { get; init; }

    public double? RmsPixels { get; init; }

    /// <summary>Width of the edges at the corners in pixels (10 % to 90 %): small is sharp.</summary>
    public double? EdgeWidthPixels { get; init; }

    /// <summary>The stamp that the picture's name or stream gave, ns; null where there is none.</summary>
    public long? StampNs { get; init; }
}
