using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Capture.Devices.Cameras.V4l2;

// The structures of linux/videodev2.h that a capture device needs, on 64-bit Linux. A test compiles a C program that prints sizes and offsets from the kernel's headers, and compares.

/// <summary>struct v4l2_capability.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct V4l2Capability
{
    public Text16 Driver;
    public Text32 Card;
    public Text32 BusInfo;
    public uint Version;
    public uint Capabilities;
    public uint DeviceCaps;
    public Words3 Reserved;
}

/// <summary>struct v4l2_fmtdesc.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct V4l2FormatDescription
{
    public uint Index;
    public uint Type;
    public uint Flags;
    public Text32 Description;
    public uint PixelFormat;
    public uint MbusCode;
    public Words3 Reserved;
}

/// <summary>struct v4l2_frmsizeenum; a discrete size uses the first two numbers, a range all six (min, max, step of width, then of height).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct V4l2FrameSize
{
    public uint Index;
    public uint PixelFormat;
    public uint Type;
    public uint Width;
    public uint HeightOrMaxWidth;
    public uint StepWidth;
    public uint MinHeight;
    public uint MaxHeight;
    public uint StepHeight;
    public uint Reserved0;
    public uint Reserved1;
}

/// <summary>struct v4l2_frmivalenum; a discrete interval uses the first fraction, a range all three (min, max, step).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct V4l2FrameInterval
{
    public uint Index;
    public uint PixelFormat;
    public uint Width;
    public uint Height;
    public uint Type;
    public uint Numerator;
    public uint Denominator;
    public uint MaxNumerator;
    public uint MaxDenominator;
    public uint StepNumerator;
    public uint StepDenominator;
    public uint Reserved0;
    public uint Reserved1;
}

/// <summary>struct v4l2_format with its single-plane member.</summary>
[StructLayout(LayoutKind.Explicit, Size = 208)]
internal struct V4l2Format
{
    [FieldOffset(0)]
    public uint Type;

    [FieldOffset(8)]
    public uint Width;

    [FieldOffset(12)]
    public uint Height;

    [FieldOffset(16)]
    public uint PixelFormat;

    [FieldOffset(20)]
    public uint Field;

    [FieldOffset(24)]
    public uint BytesPerLine;

    [FieldOffset(28)]
    public uint SizeImage;
}

/// <summary>struct v4l2_streamparm with its capture member.</summary>
[StructLayout(LayoutKind.Explicit, Size = 204)]
internal struct V4l2StreamParameters
{
    [FieldOffset(0)]
    public uint Type;

    [FieldOffset(4)]
    public uint Capability;

    [FieldOffset(8)]
    public uint CaptureMode;

    [FieldOffset(12)]
    public uint Numerator;

    [FieldOffset(16)]
    public uint Denominator;
}

/// <summary>struct v4l2_requestbuffers.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct V4l2RequestBuffers
{
    public uint Count;
    public uint Type;
    public uint Memory;
    public uint Capabilities;
    public uint FlagsAndReserved;
}

/// <summary>struct v4l2_buffer.</summary>
[StructLayout(LayoutKind.Explicit, Size = 88)]
internal struct V4l2Buffer
{
    [FieldOffset(0)]
    public uint Index;

    [FieldOffset(4)]
    public uint Type;

    [FieldOffset(8)]
    public uint BytesUsed;

    [FieldOffset(12)]
    public uint Flags;

    [FieldOffset(24)]
    public long Seconds;

    [FieldOffset(32)]
    public long Microseconds;

    [FieldOffset(56)]
    public uint Sequence;

    [FieldOffset(60)]
    public uint Memory;

    [FieldOffset(64)]
    public uint Offset;

    [FieldOffset(72)]
    public uint Length;
}

/// <summary>struct v4l2_queryctrl.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct V4l2QueryControl
{
    public uint Id;
    public uint Type;
    public Text32 Name;
    public int Minimum;
    public int Maximum;
    public int Step;
    public int Default;
    public uint Flags;
    public uint Reserved0;
    public uint Reserved1;
}

/// <summary>struct v4l2_querymenu (packed).</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct V4l2QueryMenu
{
    public uint Id;
    public uint Index;
    public Text32 Name;
    public uint Reserved;
}

/// <summary>struct v4l2_control.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct V4l2Control
{
    public uint Id;
    public int Value;
}

/// <summary>A zero-terminated text of 16 bytes.</summary>
[InlineArray(16)]
internal struct Text16
{
    private byte _first;

    public readonly override string ToString() => FixedText.Read(this);
}

/// <summary>A zero-terminated text of 32 bytes.</summary>
[InlineArray(32)]
internal struct Text32
{
    private byte _first;

    public static Text32 Of(string text)
    {
        Text32 fixedText = default;
        Encoding.UTF8.GetBytes(text.AsSpan(0, Math.Min(text.Length, 31)), fixedText);
        return fixedText;
    }

    public readonly override string ToString() => FixedText.Read(this);
}

[InlineArray(3)]
internal struct Words3
{
    private uint _first;
}

internal static class FixedText
{
    public static string Read(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]).Trim();
    }
}
