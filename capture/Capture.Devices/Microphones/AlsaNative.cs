using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Capture.Devices.Microphones;

/// <summary>The calls of libasound (ALSA library API reference, module PCM) that a microphone needs. Negative results are −errno.</summary>
internal static partial class AlsaNative
{
    public const int StreamCapture = 1;
    public const int ModeNonBlock = 1;
    public const int AccessInterleaved = 3;
    public const int TimestampEnable = 1;
    public const int TimestampTypeMonotonic = 1;

    // errno values of Linux.
    public const int ENoEnt = -2;
    public const int EIo = -5;
    public const int EAgain = -11;
    public const int EAcces = -13;
    public const int EBusy = -16;
    public const int ENoDev = -19;
    public const int EInval = -22;
    public const int EPipe = -32;
    public const int EBadFd = -77;
    public const int EStrPipe = -86;

    // enum snd_pcm_type
    public const int TypeHardware = 0;

    private const string Library = "libasound.so.2";

    [LibraryImport(Library, EntryPoint = "snd_pcm_open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(out SafePcmHandle pcm, string name, int stream, int mode);

    [LibraryImport(Library, EntryPoint = "snd_pcm_close")]
    public static partial int Close(nint pcm);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_sizeof")]
    public static partial nuint HwParamsSize();

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_any")]
    public static partial int HwParamsAny(SafePcmHandle pcm, Span<byte> parameters);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_set_rate_resample")]
    public static partial int SetRateResample(SafePcmHandle pcm, Span<byte> parameters, uint value);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_set_access")]
    public static partial int SetAccess(SafePcmHandle pcm, Span<byte> parameters, int access);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_set_format")]
    public static partial int SetFormat(SafePcmHandle pcm, Span<byte> parameters, int format);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_set_channels")]
    public static partial int SetChannels(SafePcmHandle pcm, Span<byte> parameters, uint channels);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_set_rate")]
    public static partial int SetRate(SafePcmHandle pcm, Span<byte> parameters, uint rate, int direction);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_set_period_size_near")]
    public static partial int SetPeriodSizeNear(SafePcmHandle pcm, Span<byte> parameters, ref nuint frames, ref int direction);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_set_buffer_size_near")]
    public static partial int SetBufferSizeNear(SafePcmHandle pcm, Span<byte> parameters, ref nuint frames);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params")]
    public static partial int HwParams(SafePcmHandle pcm, Span<byte> parameters);

    [LibraryImport(Library, EntryPoint = "snd_pcm_sw_params_sizeof")]
    public static partial nuint SwParamsSize();

    [LibraryImport(Library, EntryPoint = "snd_pcm_sw_params_current")]
    public static partial int SwParamsCurrent(SafePcmHandle pcm, Span<byte> parameters);

    [LibraryImport(Library, EntryPoint = "snd_pcm_sw_params_set_avail_min")]
    public static partial int SetAvailMin(SafePcmHandle pcm, Span<byte> parameters, nuint frames);

    [LibraryImport(Library, EntryPoint = "snd_pcm_sw_params_set_tstamp_mode")]
    public static partial int SetTimestampMode(SafePcmHandle pcm, Span<byte> parameters, int mode);

    [LibraryImport(Library, EntryPoint = "snd_pcm_sw_params_set_tstamp_type")]
    public static partial int SetTimestampType(SafePcmHandle pcm, Span<byte> parameters, int type);

    [LibraryImport(Library, EntryPoint = "snd_pcm_sw_params")]
    public static partial int SwParams(SafePcmHandle pcm, Span<byte> parameters);

    [LibraryImport(Library, EntryPoint = "snd_pcm_prepare")]
    public static partial int Prepare(SafePcmHandle pcm);

    [LibraryImport(Library, EntryPoint = "snd_pcm_start")]
    public static partial int Start(SafePcmHandle pcm);

    [LibraryImport(Library, EntryPoint = "snd_pcm_drop")]
    public static partial int Drop(SafePcmHandle pcm);

    [LibraryImport(Library, EntryPoint = "snd_pcm_wait")]
    public static partial int Wait(SafePcmHandle pcm, int milliseconds);

    [LibraryImport(Library, EntryPoint = "snd_pcm_readi")]
    public static partial nint ReadInterleaved(SafePcmHandle pcm, ref byte buffer, nuint frames);

    /// <summary>The kind of PCM; <see cref="TypeHardware"/> is a card without a plugin before it.</summary>
    [LibraryImport(Library, EntryPoint = "snd_pcm_type")]
    public static partial int Type(SafePcmHandle pcm);

    /// <summary>Frames that are there, and when the last of them came in, on the clock that was set.</summary>
    [LibraryImport(Library, EntryPoint = "snd_pcm_htimestamp")]
    public static partial int Timestamp(SafePcmHandle pcm, out nuint available, out TimeSpec stamp);

    /// <summary>The library's own text of an error; static memory.</summary>
    public static string Explain(int error) => Marshal.PtrToStringUTF8(StrError(error)) ?? $"error {error}";

    [LibraryImport(Library, EntryPoint = "snd_strerror")]
    private static partial nint StrError(int error);
}

/// <summary>struct timespec on 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimeSpec
{
    public long Seconds;
    public long Nanoseconds;
}

/// <summary>An open PCM.</summary>
internal sealed class SafePcmHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle() => AlsaNative.Close(handle) == 0;
}
