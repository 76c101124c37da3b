using System.Runtime.InteropServices;

namespace Calibration.Detection;

/// <summary>The C ABI of calibration/native (capture_vision.h), which says what each call does and returns.</summary>
internal static partial class VisionNative
{
    private const string Library = "capture_vision";

    static VisionNative() => NativeLibrary.SetDllImportResolver(typeof(VisionNative).Assembly, Resolve);

    public enum Status
    {
        Ok = 0,
        Nothing = 1,
        BadImage = 2,
        BadAsk = 3,
        TooSmall = 4,
        Failed = 5,
    }

    public static string LastError => Marshal.PtrToStringUTF8(Error()) ?? "";

    [LibraryImport(Library, EntryPoint = "vision_image_decode")]
    public static partial Status Decode(ReadOnlySpan<byte> bytes, nuint length, out VisionImageHandle image, out int width, out int height);

    [LibraryImport(Library, EntryPoint = "vision_image_from_gray")]
    public static partial Status FromGray(ReadOnlySpan<byte> pixels, int width, int height, int stride, out VisionImageHandle image);

    [LibraryImport(Library, EntryPoint = "vision_image_free")]
    public static partial void Free(nint image);

    [LibraryImport(Library, EntryPoint = "vision_image_pixels")]
    public static partial nint Pixels(VisionImageHandle image);

    [LibraryImport(Library, EntryPoint = "vision_image_jpeg")]
    public static partial Status Jpeg(VisionImageHandle image, int maxWidth, int quality, Span<byte> bytes, nuint capacity, out nuint length);

    [LibraryImport(Library, EntryPoint = "vision_chessboard")]
    public static partial Status Chessboard(VisionImageHandle image, int columns, int rows, int detector, Span<float> uv);

    [LibraryImport(Library, EntryPoint = "vision_chessboard_size")]
    public static partial Status ChessboardSize(VisionImageHandle image, out int columns, out int rows);

    [LibraryImport(Library, EntryPoint = "vision_refine")]
    public static partial Status Refine(VisionImageHandle image, int halfWindow, Span<float> uv, int count);

    [LibraryImport(Library, EntryPoint = "vision_markers", StringMarshalling = StringMarshalling.Utf8)]
    public static partial Status Markers(VisionImageHandle image, string dictionary, int capacity, Span<int> ids, Span<float> corners, out int count);

    [LibraryImport(Library, EntryPoint = "vision_marker_bits", StringMarshalling = StringMarshalling.Utf8)]
    public static partial Status MarkerBits(string dictionary, int id, int capacity, Span<byte> bits, out int side);

    [LibraryImport(Library, EntryPoint = "vision_apriltags", StringMarshalling = StringMarshalling.Utf8)]
    public static partial Status AprilTags(VisionImageHandle image, string family, int borderBits, int capacity, Span<int> ids, Span<float> corners, Span<float> margins, out int count);

    [LibraryImport(Library, EntryPoint = "vision_apriltag_bits", StringMarshalling = StringMarshalling.Utf8)]
    public static partial Status AprilTagBits(string family, int id, int capacity, Span<byte> bits, out int side);

    [LibraryImport(Library, EntryPoint = "vision_matches")]
    public static partial Status Matches(VisionImageHandle a, VisionImageHandle b, int most, float ratio, int capacity, Span<float> uvuv, out int count);

    [LibraryImport(Library, EntryPoint = "vision_one_motion")]
    public static partial Status OneMotion(ReadOnlySpan<double> xyxy, int count, double threshold, Span<byte> inside, out int agreeing);

    [LibraryImport(Library, EntryPoint = "vision_error")]
    private static partial nint Error();

    private static nint Resolve(string name, System.Reflection.Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
        {
            return 0;
        }

        // Beside the program: the build copies it there.
        string file = Path.Combine(AppContext.BaseDirectory, "libcapture_vision.so");
        if (NativeLibrary.TryLoad(file, out nint handle))
        {
            return handle;
        }

        throw new CalibrationException(
            CalibrationProblem.Environment,
            File.Exists(file) ? "cannot be loaded: OpenCV or libapriltag is missing" : "is missing",
            file,
            "`./run build` installs OpenCV and libapriltag, and builds it.");
    }
}

/// <summary>An image in native memory.</summary>
internal sealed class VisionImageHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        VisionNative.Free(handle);
        return true;
    }
}
