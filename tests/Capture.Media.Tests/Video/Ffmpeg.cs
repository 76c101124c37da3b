using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Capture.Media.Tests.Video;

/// <summary>ffmpeg and ffprobe as the other side.</summary>
internal static class Ffmpeg
{
    public static byte[] Run(string program, string arguments, byte[]? input = null)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardInput = input is not null, UseShellExecute = false })!;
            Task feeding = Task.Run(() =>
            {
                if (input is not null)
                {
                    process.StandardInput.BaseStream.Write(input);
                    process.StandardInput.Close();
                }
            });
            using var bytes = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(bytes);
            process.WaitForExit();
            feeding.Wait();
            return bytes.ToArray();
        }
        catch (Win32Exception)
        {
            Assert.Ignore($"{program} is not installed: sudo apt-get install ffmpeg");
            throw;
        }
    }

    /// <summary>A stream in NUT as the encoder process writes it.</summary>
    public static byte[] Nut(string what, string how) => Run("ffmpeg", $"-v error -f lavfi -i {what} {how} -flush_packets 1 -write_index 0 -f nut pipe:1");

    /// <summary>The luma of every picture of an H.264 byte stream, decoded by ffmpeg.</summary>
    public static byte[][] DecodeH264(byte[] stream, int widthPx, int heightPx)
    {
        byte[] pixels = Run("ffmpeg", "-v error -f h264 -i pipe:0 -fps_mode passthrough -f rawvideo -pix_fmt gray pipe:1", stream);
        return [.. pixels.Chunk(widthPx * heightPx)];
    }

    public static (long Time, int Size, bool Key)[] Packets(byte[] nut)
    {
        string text = Encoding.ASCII.GetString(Run("ffprobe", "-v quiet -show_entries packet=pts,size,flags -of csv=p=0 -f nut -i pipe:0", nut));
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(',')).Select(f => (long.Parse(f[0], null), int.Parse(f[1], null), f[2].StartsWith('K')))];
    }
}
