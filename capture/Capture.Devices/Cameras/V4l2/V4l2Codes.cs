using System.Text;

namespace Capture.Devices.Cameras.V4l2;

/// <summary>Request numbers and constants of linux/videodev2.h and v4l2-controls.h; checked against the headers by a test.</summary>
internal static class V4l2Codes
{
    public const nuint QueryCapability = 0x8068_5600;
    public const nuint EnumFormat = 0xC040_5602;
    public const nuint SetFormat = 0xC0D0_5605;
    public const nuint RequestBuffers = 0xC014_5608;
    public const nuint QueryBuffer = 0xC058_5609;
    public const nuint Queue = 0xC058_560F;
    public const nuint Dequeue = 0xC058_5611;
    public const nuint StreamOn = 0x4004_5612;
    public const nuint StreamOff = 0x4004_5613;
    public const nuint SetParameters = 0xC0CC_5616;
    public const nuint GetControl = 0xC008_561B;
    public const nuint SetControl = 0xC008_561C;
    public const nuint QueryControl = 0xC044_5624;
    public const nuint QueryMenu = 0xC02C_5625;
    public const nuint EnumFrameSizes = 0xC02C_564A;
    public const nuint EnumFrameIntervals = 0xC034_564B;

    public const uint CapVideoCapture = 0x1;
    public const uint CapStreaming = 0x0400_0000;
    public const uint CapDeviceCaps = 0x8000_0000;

    public const uint BufferVideoCapture = 1;
    public const uint MemoryMapped = 1;
    public const uint FieldNone = 1;
    public const uint FrameSizeDiscrete = 1;
    public const uint ParametersTimePerFrame = 0x1000;

    public const uint FlagKeyFrame = 0x8;
    public const uint FlagError = 0x40;
    public const uint FlagClockMask = 0xE000;
    public const uint FlagClockMonotonic = 0x2000;
    public const uint FlagMomentMask = 0x7_0000;
    public const uint FlagStartOfExposure = 0x1_0000;

    public const uint ControlNext = 0x8000_0000;
    public const uint ControlDisabled = 0x1;
    public const uint ControlReadOnly = 0x4;
    public const uint ControlInactive = 0x10;
    public const uint ControlWriteOnly = 0x40;
    public const uint ControlInteger = 1;
    public const uint ControlBoolean = 2;
    public const uint ControlMenu = 3;
    public const uint ControlIntegerMenu = 9;

    public const uint ExposureAuto = 0x009A_0901;
    public const uint ExposureAbsolute = 0x009A_0902;
    public const uint AutoGain = 0x0098_0912;
    public const uint Gain = 0x0098_0913;
    public const uint AutoWhiteBalance = 0x0098_090C;
    public const uint WhiteBalanceTemperature = 0x0098_091A;
    public const uint FocusAuto = 0x009A_090C;
    public const uint FocusAbsolute = 0x009A_090A;

    // poll.h
    public const short PollIn = 0x1;
    public const short PollError = 0x8;
    public const short PollHangUp = 0x10;

    // errno.h, negative as the seam gives them.
    public const int NoEntry = -2;
    public const int Interrupted = -4;
    public const int NoDeviceOrAddress = -6;
    public const int Again = -11;
    public const int Access = -13;
    public const int Busy = -16;
    public const int NoDevice = -19;
    public const int Invalid = -22;
    public const int NoSpace = -28;

    /// <summary>A pixel format's number from its four letters.</summary>
    public static uint FourCc(string code) => BitConverter.ToUInt32(Encoding.ASCII.GetBytes(code.PadRight(4)[..4]));

    /// <summary>The four letters of a pixel format.</summary>
    public static string FourCc(uint code) => Encoding.ASCII.GetString(BitConverter.GetBytes(code & 0x7F7F_7F7F)).TrimEnd();
}
