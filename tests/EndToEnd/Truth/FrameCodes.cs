using Capture.Episodes.Schema;
using Capture.Media.Jpeg;
using Capture.Simulation.Cameras;
using EndToEnd.Processes;
using JpegDecoder = Capture.Media.Jpeg.JpegDecoder;

namespace EndToEnd.Truth;

/// <summary>The frame numbers that stand in the pictures themselves.</summary>
internal static class FrameCodes
{
    private const int WidthPx = 640;
    private const int HeightPx = 480;

    /// <summary>Decodes every picture of a camera's stream. Asserts that each one can be read and is this camera's.</summary>
    public static long[] Read(RecordedStream stream, byte camera)
    {
        using var decoder = new JpegDecoder();
        byte[] pixels = new byte[WidthPx * HeightPx];
        int row = 0;
        return stream.Each(CameraFrameSchema.Data, (column, index) =>
        {
            bool decoded = decoder.TryDecode(column.Bytes(index), JpegPixels.Gray, 1, pixels, out JpegHeader size, out string? reason);
            Assert.That(decoded && size is { WidthPx: WidthPx, HeightPx: HeightPx }, Is.True, $"{stream.Name} row {row}: {reason} {size}");
            bool read = FrameCode.TryReadGray(pixels, WidthPx, HeightPx, out byte id, out uint frame);
            Assert.That(read && id == camera, Is.True, $"{stream.Name} row {row}: its frame code cannot be read or is that of camera {id}");
            row++;
            return (long)frame;
        });
    }

    /// <summary>Decodes a camera's H.264 by ffmpeg, from the first row to the last. Asserts that each picture can be read and is this camera's.</summary>
    public static long[] ReadH264(RecordedStream stream, byte camera)
    {
        byte[] units = [.. stream.Each(CameraFrameSchema.Data, (column, index) => column.Bytes(index).ToArray()).SelectMany(u => u)];
        Finished decoded = Programs.Run("ffmpeg", ["-v", "error", "-f", "h264", "-i", "pipe:0", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"], input: units);
        return [.. decoded.OutputBytes.Chunk(WidthPx * HeightPx).Select((gray, row) =>
        {
            bool read = FrameCode.TryReadGray(gray, WidthPx, HeightPx, out byte id, out uint frame);
            Assert.That(read && id == camera, Is.True, $"{stream.Name} picture {row}: its frame code cannot be read or is that of camera {id}");
            return (long)frame;
        })];
    }
}
