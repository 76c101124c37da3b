using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Capture.Devices.Cameras.V4l2;

namespace Capture.Devices.Tests.Cameras.V4l2;

/// <summary>Sizes, offsets and request numbers against the kernel's own headers, by a C program compiled here.</summary>
public sealed class KernelHeadersTests
{
    private static readonly (string C, long Here)[] s_numbers =
    [
        ("VIDIOC_QUERYCAP", (long)V4l2Codes.QueryCapability),
        ("VIDIOC_ENUM_FMT", (long)V4l2Codes.EnumFormat),
        ("VIDIOC_S_FMT", (long)V4l2Codes.SetFormat),
        ("VIDIOC_REQBUFS", (long)V4l2Codes.RequestBuffers),
        ("VIDIOC_QUERYBUF", (long)V4l2Codes.QueryBuffer),
        ("VIDIOC_QBUF", (long)V4l2Codes.Queue),
        ("VIDIOC_DQBUF", (long)V4l2Codes.Dequeue),
        ("VIDIOC_STREAMON", (long)V4l2Codes.StreamOn),
        ("VIDIOC_STREAMOFF", (long)V4l2Codes.StreamOff),
        ("VIDIOC_S_PARM", (long)V4l2Codes.SetParameters),
        ("VIDIOC_G_CTRL", (long)V4l2Codes.GetControl),
        ("VIDIOC_S_CTRL", (long)V4l2Codes.SetControl),
        ("VIDIOC_QUERYCTRL", (long)V4l2Codes.QueryControl),
        ("VIDIOC_QUERYMENU", (long)V4l2Codes.QueryMenu),
        ("VIDIOC_ENUM_FRAMESIZES", (long)V4l2Codes.EnumFrameSizes),
        ("VIDIOC_ENUM_FRAMEINTERVALS", (long)V4l2Codes.EnumFrameIntervals),
        ("V4L2_CAP_VIDEO_CAPTURE", V4l2Codes.CapVideoCapture),
        ("V4L2_CAP_STREAMING", V4l2Codes.CapStreaming),
        ("V4L2_CAP_DEVICE_CAPS", V4l2Codes.CapDeviceCaps),
        ("V4L2_BUF_TYPE_VIDEO_CAPTURE", V4l2Codes.BufferVideoCapture),
        ("V4L2_MEMORY_MMAP", V4l2Codes.MemoryMapped),
        ("V4L2_FIELD_NONE", V4l2Codes.FieldNone),
        ("V4L2_FRMSIZE_TYPE_DISCRETE", V4l2Codes.FrameSizeDiscrete),
        ("V4L2_FRMIVAL_TYPE_DISCRETE", V4l2Codes.FrameSizeDiscrete),
        ("V4L2_BUF_FLAG_KEYFRAME", V4l2Codes.FlagKeyFrame),
        ("V4L2_BUF_FLAG_ERROR", V4l2Codes.FlagError),
        ("V4L2_BUF_FLAG_TIMESTAMP_MASK", V4l2Codes.FlagClockMask),
        ("V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC", V4l2Codes.FlagClockMonotonic),
        ("V4L2_BUF_FLAG_TSTAMP_SRC_MASK", V4l2Codes.FlagMomentMask),
        ("V4L2_BUF_FLAG_TSTAMP_SRC_SOE", V4l2Codes.FlagStartOfExposure),
        ("V4L2_CTRL_FLAG_NEXT_CTRL", V4l2Codes.ControlNext),
        ("V4L2_CTRL_FLAG_DISABLED", V4l2Codes.ControlDisabled),
        ("V4L2_CTRL_FLAG_WRITE_ONLY", V4l2Codes.ControlWriteOnly),
        ("V4L2_CTRL_TYPE_INTEGER", V4l2Codes.ControlInteger),
        ("V4L2_CTRL_TYPE_BOOLEAN", V4l2Codes.ControlBoolean),
        ("V4L2_CTRL_TYPE_MENU", V4l2Codes.ControlMenu),
        ("V4L2_CTRL_TYPE_INTEGER_MENU", V4l2Codes.ControlIntegerMenu),
        ("V4L2_CID_EXPOSURE_AUTO", V4l2Codes.ExposureAuto),
        ("V4L2_CID_EXPOSURE_ABSOLUTE", V4l2Codes.ExposureAbsolute),
        ("V4L2_EXPOSURE_MANUAL", 1),
        ("V4L2_CID_AUTOGAIN", V4l2Codes.AutoGain),
        ("V4L2_CID_GAIN", V4l2Codes.Gain),
        ("V4L2_CID_AUTO_WHITE_BALANCE", V4l2Codes.AutoWhiteBalance),
        ("V4L2_CID_WHITE_BALANCE_TEMPERATURE", V4l2Codes.WhiteBalanceTemperature),
        ("V4L2_CID_FOCUS_AUTO", V4l2Codes.FocusAuto),
        ("V4L2_CID_FOCUS_ABSOLUTE", V4l2Codes.FocusAbsolute),
        ("V4L2_PIX_FMT_MJPEG", V4l2Codes.FourCc("MJPG")),
        ("V4L2_PIX_FMT_H264", V4l2Codes.FourCc("H264")),
        ("V4L2_PIX_FMT_Z16", V4l2Codes.FourCc("Z16 ")),
        ("V4L2_PIX_FMT_RGB24", V4l2Codes.FourCc("RGB3")),
        ("POLLIN", V4l2Codes.PollIn),
        ("POLLERR", V4l2Codes.PollError),
        ("POLLHUP", V4l2Codes.PollHangUp),
        ("-ENOENT", V4l2Codes.NoEntry),
        ("-EINTR", V4l2Codes.Interrupted),
        ("-ENXIO", V4l2Codes.NoDeviceOrAddress),
        ("-EAGAIN", V4l2Codes.Again),
        ("-EACCES", V4l2Codes.Access),
        ("-EBUSY", V4l2Codes.Busy),
        ("-ENODEV", V4l2Codes.NoDevice),
        ("-EINVAL", V4l2Codes.Invalid),
        ("-ENOSPC", V4l2Codes.NoSpace),
    ];

    [Test]
    public void Sizes_offsets_and_numbers_are_those_of_the_kernel()
    {
        (string C, long Here)[] all = [.. s_numbers, .. Structures()];
        Dictionary<string, long> kernel = Compile(all.Select(n => n.C));
        Assert.Multiple(() =>
        {
            foreach ((string c, long here) in all)
            {
                Assert.That(here, Is.EqualTo(kernel[c]), c);
            }
        });
        TestContext.Out.WriteLine($"{all.Length} numbers compared with the kernel's headers");
    }

    private static IEnumerable<(string C, long Here)> Structures()
    {
        yield return Size<V4l2Capability>("v4l2_capability");
        yield return Size<V4l2FormatDescription>("v4l2_fmtdesc");
        yield return Size<V4l2FrameSize>("v4l2_frmsizeenum");
        yield return Size<V4l2FrameInterval>("v4l2_frmivalenum");
        yield return Size<V4l2Format>("v4l2_format");
        yield return Size<V4l2StreamParameters>("v4l2_streamparm");
        yield return Size<V4l2RequestBuffers>("v4l2_requestbuffers");
        yield return Size<V4l2Buffer>("v4l2_buffer");
        yield return Size<V4l2QueryControl>("v4l2_queryctrl");
        yield return Size<V4l2QueryMenu>("v4l2_querymenu");
        yield return Size<V4l2Control>("v4l2_control");

        V4l2Capability capability = default;
        yield return Offset("v4l2_capability", "bus_info", ref capability, ref capability.BusInfo);
        yield return Offset("v4l2_capability", "device_caps", ref capability, ref capability.DeviceCaps);
        V4l2FormatDescription description = default;
        yield return Offset("v4l2_fmtdesc", "pixelformat", ref description, ref description.PixelFormat);
        V4l2FrameSize size = default;
        yield return Offset("v4l2_frmsizeenum", "discrete.height", ref size, ref size.HeightOrMaxWidth);
        yield return Offset("v4l2_frmsizeenum", "stepwise.max_width", ref size, ref size.HeightOrMaxWidth);
        yield return Offset("v4l2_frmsizeenum", "stepwise.step_height", ref size, ref size.StepHeight);
        V4l2FrameInterval interval = default;
        yield return Offset("v4l2_frmivalenum", "discrete.denominator", ref interval, ref interval.Denominator);
        yield return Offset("v4l2_frmivalenum", "stepwise.max.numerator", ref interval, ref interval.MaxNumerator);
        V4l2Format format = default;
        yield return Offset("v4l2_format", "fmt.pix.width", ref format, ref format.Width);
        yield return Offset("v4l2_format", "fmt.pix.bytesperline", ref format, ref format.BytesPerLine);
        yield return Offset("v4l2_format", "fmt.pix.sizeimage", ref format, ref format.SizeImage);
        V4l2StreamParameters parameters = default;
        yield return Offset("v4l2_streamparm", "parm.capture.timeperframe.numerator", ref parameters, ref parameters.Numerator);
        yield return Offset("v4l2_streamparm", "parm.capture.timeperframe.denominator", ref parameters, ref parameters.Denominator);
        V4l2Buffer buffer = default;
        yield return Offset("v4l2_buffer", "bytesused", ref buffer, ref buffer.BytesUsed);
        yield return Offset("v4l2_buffer", "flags", ref buffer, ref buffer.Flags);
        yield return Offset("v4l2_buffer", "timestamp.tv_sec", ref buffer, ref buffer.Seconds);
        yield return Offset("v4l2_buffer", "timestamp.tv_usec", ref buffer, ref buffer.Microseconds);
        yield return Offset("v4l2_buffer", "sequence", ref buffer, ref buffer.Sequence);
        yield return Offset("v4l2_buffer", "memory", ref buffer, ref buffer.Memory);
        yield return Offset("v4l2_buffer", "m.offset", ref buffer, ref buffer.Offset);
        yield return Offset("v4l2_buffer", "length", ref buffer, ref buffer.Length);
        V4l2QueryControl control = default;
        yield return Offset("v4l2_queryctrl", "minimum", ref control, ref control.Minimum);
        yield return Offset("v4l2_queryctrl", "flags", ref control, ref control.Flags);
        V4l2QueryMenu menu = default;
        yield return Offset("v4l2_querymenu", "name", ref menu, ref menu.Name);
    }

    private static (string C, long Here) Size<T>(string name)
        where T : unmanaged => ($"sizeof(struct {name})", Unsafe.SizeOf<T>());

    private static (string C, long Here) Offset<T, TField>(string name, string field, ref T whole, ref TField part)
        where T : unmanaged => ($"offsetof(struct {name}, {field})", Unsafe.ByteOffset(ref Unsafe.As<T, byte>(ref whole), ref Unsafe.As<TField, byte>(ref part)));

    private static Dictionary<string, long> Compile(IEnumerable<string> expressions)
    {
        if (!File.Exists("/usr/include/linux/videodev2.h"))
        {
            Assert.Ignore("the kernel's headers are not installed (linux-libc-dev)");
        }

        string[] all = [.. expressions.Distinct()];
        string folder = Directory.CreateTempSubdirectory("capture-headers-").FullName;
        try
        {
            string program = string.Concat(all.Select(e => $"  printf(\"%lld\\n\", (long long)({e}));\n"));
            File.WriteAllText(Path.Combine(folder, "numbers.c"), $"#include <stdio.h>\n#include <stddef.h>\n#include <errno.h>\n#include <poll.h>\n#include <linux/videodev2.h>\nint main(void) {{\n{program}  return 0;\n}}\n");
            Run("cc", $"-o {folder}/numbers {folder}/numbers.c");
            string[] lines = Run(Path.Combine(folder, "numbers"), "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return all.Zip(lines).ToDictionary(p => p.First, p => long.Parse(p.Second, CultureInfo.InvariantCulture), StringComparer.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Run(string program, string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        string output = process.StandardOutput.ReadToEnd();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, errors);
        return output;
    }
}
