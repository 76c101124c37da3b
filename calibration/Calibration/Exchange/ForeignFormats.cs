using System.Globalization;
using System.Text;
using Calibration.Results;
using Capture.Core.Geometry;

namespace Calibration.Exchange;

/// <summary>Writes a result as other programs read it. One text per camera, or one for all where the format holds a rig.</summary>
public static class ForeignFormats
{
    public static IReadOnlyList<string> Names { get; } = ["opencv", "ros", "kalibr", "mrcal"];

    /// <returns>File name (without folder) and its text.</returns>
    /// <exception cref="CalibrationException">There is no such format, or it has no such lens.</exception>
    public static IReadOnlyList<(string File, string Text)> Write(CalibrationResult result, string format)
    {
        if (result.Cameras.Count == 0)
        {
            throw new CalibrationException(CalibrationProblem.Data, $"holds no camera (it is of kind {result.Kind})", "the result", "Export results of `calibrate intrinsics` or `calibrate rig`.");
        }

        return format switch
        {
            "opencv" => [.. result.Cameras.Select(c => ($"{c.Name}.yml", OpenCv(c, FromRig(result, c))))],
            "ros" => [.. result.Cameras.Select(c => ($"{c.Name}.yaml", Ros(c)))],
            "kalibr" => [("camchain.yaml", Kalibr(result))],
            "mrcal" => [.. result.Cameras.Select(c => ($"{c.Name}.cameramodel", Mrcal(c, FromRig(result, c))))],
            _ => throw new CalibrationException(CalibrationProblem.Asked, $"there is no format '{format}'", "--as", $"Use {string.Join(", ", Names)}."),
        };
    }

    /// <summary>T_camera_rig; the identity for the first camera.</summary>
    private static Pose FromRig(CalibrationResult result, CameraResult camera) =>
        result.Transforms.FirstOrDefault(t => t.Child == camera.Name) is { } t ? RigPose.Of(t).Inverse() : Pose.Identity;

    // k1 k2 p1 p2 k3 (k4 k5 k6), zeros where the model has fewer; for Kannala-Brandt its four.
    private static double[] Distortion(CameraResult camera) => camera.Model switch
    {
        "pinhole" => [0, 0, 0, 0, 0],
        "brown-conrady-4" => [.. camera.Parameters[4..], 0],
        _ => camera.Parameters[4..],
    };

    private static string OpenCv(CameraResult camera, Pose fromRig)
    {
        double[] p = camera.Parameters, d = Distortion(camera);
        var text = new StringBuilder("%YAML:1.0\n---\n");
        text.Append(CultureInfo.InvariantCulture, $"image_width: {camera.Width}\nimage_height: {camera.Height}\ndistortion_model: {(camera.Model == "kannala-brandt" ? "fisheye" : d.Length == 8 ? "rational_polynomial" : "plumb_bob")}\n");
        Matrix(text, "camera_matrix", 3, 3, [p[0], 0, p[2], 0, p[1], p[3], 0, 0, 1]);
        Matrix(text, "distortion_coefficients", 1, d.Length, d);
        double[] r = fromRig.Rotation.ToMatrix().ToRows();
        Matrix(text, "rotation_camera_rig", 3, 3, r);
        Matrix(text, "translation_camera_rig", 3, 1, [fromRig.Translation.X, fromRig.Translation.Y, fromRig.Translation.Z]);
        if (camera.RmsPixels is { } rms)
        {
            text.Append(CultureInfo.InvariantCulture, $"avg_reprojection_error: {rms:R}\n");
        }

        return text.ToString();
    }

    private static string Ros(CameraResult camera)
    {
        double[] p = camera.Parameters, d = Distortion(camera);
        string model = camera.Model == "kannala-brandt" ? "equidistant" : d.Length == 8 ? "rational_polynomial" : "plumb_bob";
        return string.Create(CultureInfo.InvariantCulture, $"""
            image_width: {camera.Width}
            image_height: {camera.Height}
            camera_name: {camera.Name}
            camera_matrix:
              rows: 3
              cols: 3
              data: {List([p[0], 0, p[2], 0, p[1], p[3], 0, 0, 1])}
            distortion_model: {model}
            distortion_coefficients:
              rows: 1
              cols: {d.Length}
              data: {List(d)}
            rectification_matrix:
              rows: 3
              cols: 3
              data: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
            projection_matrix:
              rows: 3
              cols: 4
              data: {List([p[0], 0, p[2], 0, 0, p[1], p[3], 0, 0, 0, 1, 0])}

            """);
    }

    private static string Kalibr(CalibrationResult result)
    {
        var text = new StringBuilder();
        Pose before = Pose.Identity;
        for (int c = 0; c < result.Cameras.Count; c++)
        {
            CameraResult camera = result.Cameras[c];
            double[] p = camera.Parameters;
            (string model, double[] d) = camera.Model switch
            {
                "pinhole" => ("radtan", [0.0, 0, 0, 0]),
                "brown-conrady-4" => ("radtan", p[4..]),
                "brown-conrady-5" or "brown-conrady-8" when p[8..].All(k => k == 0) => ("radtan", p[4..8]),
                "kannala-brandt" => ("equidistant", p[4..]),
                _ => throw new CalibrationException(
                    CalibrationProblem.Data, string.Create(CultureInfo.InvariantCulture, $"Kalibr has no lens like {camera.Model}: its radtan ends at k1 k2 p1 p2, and without the rest the image's corner would be {WithoutTheRest(camera):0.0} px off"), $"camera {camera.Name}", "Calibrate with --model brown-conrady-4 or kannala-brandt."),
            };
            text.Append(CultureInfo.InvariantCulture, $"cam{c}:\n");
            Pose fromRig = FromRig(result, camera);
            if (c > 0)
            {
                Pose step = fromRig * before.Inverse();
                Matrix3d r = step.Rotation.ToMatrix();
                text.Append("  T_cn_cnm1:\n");
                text.Append(CultureInfo.InvariantCulture, $"  - {List([r.M00, r.M01, r.M02, step.Translation.X])}\n  - {List([r.M10, r.M11, r.M12, step.Translation.Y])}\n  - {List([r.M20, r.M21, r.M22, step.Translation.Z])}\n  - [0.0, 0.0, 0.0, 1.0]\n");
            }

            before = fromRig;
            text.Append(CultureInfo.InvariantCulture, $"  camera_model: pinhole\n  distortion_coeffs: {List(d)}\n  distortion_model: {model}\n  intrinsics: {List(p[..4])}\n  resolution: [{camera.Width}, {camera.Height}]\n  rostopic: /{camera.Name}/image_raw\n");
        }

        return text.ToString();
    }

    // What a lens that ends at k1 k2 p1 p2 would do to the pixel in the corner, px.
    private static double WithoutTheRest(CameraResult camera)
    {
        CameraModel whole = camera.ToCamera();
        var cut = new CameraModel(LensModel.BrownConrady4, camera.Width, camera.Height, camera.Parameters.AsSpan(0, 8));
        return whole.Unproject(0, 0, out Vector3d ray) && cut.Project(ray, out double u, out double v) ? Math.Sqrt((u * u) + (v * v)) : double.NaN;
    }

    private static string Mrcal(CameraResult camera, Pose fromRig)
    {
        double[] p = camera.Parameters;
        (string model, double[] d) = camera.Model switch
        {
            "pinhole" => ("LENSMODEL_PINHOLE", Array.Empty<double>()),
            "brown-conrady-4" => ("LENSMODEL_OPENCV4", p[4..]),
            "brown-conrady-5" => ("LENSMODEL_OPENCV5", p[4..]),
            "brown-conrady-8" => ("LENSMODEL_OPENCV8", p[4..]),
            _ => throw new CalibrationException(CalibrationProblem.Data, $"mrcal has no lens like {camera.Model}: its own for wide lenses are CAHVORE and splined models", $"camera {camera.Name}", "Calibrate with --model brown-conrady-8, or let mrcal fit a splined model to the corners (`views` of the result)."),
        };
        Vector3d r = fromRig.Rotation.ToRotationVector(), t = fromRig.Translation;
        return $$"""
            {
                'lensmodel': '{{model}}',
                'extrinsics': {{List([r.X, r.Y, r.Z, t.X, t.Y, t.Z])}},
                'intrinsics': {{List([.. p[..4], .. d])}},
                'imagersize': [{{camera.Width}}, {{camera.Height}}],
            }

            """;
    }

    private static void Matrix(StringBuilder text, string name, int rows, int columns, double[] data) =>
        text.Append(CultureInfo.InvariantCulture, $"{name}: !!opencv-matrix\n   rows: {rows}\n   cols: {columns}\n   dt: d\n   data: {List(data)}\n");

    private static string List(double[] values) => "[" + string.Join(", ", values.Select(Number)) + "]";

    // YAML readers of the 1.0 kind take "1" for an integer and "1E-05" for a word: a point, and a signed exponent.
    private static string Number(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        int exponent = text.IndexOf('E', StringComparison.Ordinal);
        string mantissa = exponent < 0 ? text : text[..exponent];
        mantissa = mantissa.Contains('.', StringComparison.Ordinal) ? mantissa : mantissa + ".0";
        return exponent < 0 ? mantissa : mantissa + "e" + text[(exponent + 1)..];
    }
}
