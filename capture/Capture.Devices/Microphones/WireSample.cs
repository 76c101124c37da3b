using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Capture.Episodes.Schema;

namespace Capture.Devices.Microphones;

/// <summary>How a sample lies in the bytes that ALSA gives, and what is stored of it.</summary>
/// <param name="AlsaFormat">SND_PCM_FORMAT_*; the host is little-endian.</param>
/// <param name="Bytes">Of one sample as it is read.</param>
/// <param name="ShiftBits">How far it is moved up, so that full scale is that of <paramref name="Stored"/>.</param>
internal sealed record WireSample(int AlsaFormat, int Bytes, AudioSampleFormat Stored, int ShiftBits)
{
    // enum snd_pcm_format: S16_LE 2, S24_LE 6 (low three bytes of four), S32_LE 10, FLOAT_LE 14, S24_3LE 32.
    private static readonly WireSample[] s_s16 = [new(2, 2, AudioSampleFormat.S16, 0)];
    private static readonly WireSample[] s_s24 = [new(32, 3, AudioSampleFormat.S32, 8), new(6, 4, AudioSampleFormat.S32, 8)];
    private static readonly WireSample[] s_s32 = [new(10, 4, AudioSampleFormat.S32, 0)];
    private static readonly WireSample[] s_f32 = [new(14, 4, AudioSampleFormat.F32, 0)];

    /// <summary>What is asked for, in this order.</summary>
    public static IReadOnlyList<WireSample> For(SampleWidth samples) => samples switch
    {
        SampleWidth.S16 => s_s16,
        SampleWidth.S24 => s_s24,
        SampleWidth.S32 => s_s32,
        _ => s_f32,
    };

    public int StoredBytes => Stored == AudioSampleFormat.S16 ? 2 : 4;

    /// <summary>True where the bytes are stored as they are read.</summary>
    public bool IsStoredAsRead => ShiftBits == 0;

    /// <summary>Moves 24-bit samples up into 32 bits; the lowest byte becomes 0, and nothing is lost.</summary>
    /// <param name="stored">Four bytes for each sample of <paramref name="read"/>.</param>
    public void Widen(ReadOnlySpan<byte> read, Span<byte> stored)
    {
        Span<int> samples = MemoryMarshal.Cast<byte, int>(stored);
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = Bytes == 3
                ? (read[i * 3] << 8) | (read[(i * 3) + 1] << 16) | (read[(i * 3) + 2] << 24)
                : BinaryPrimitives.ReadInt32LittleEndian(read[(i * 4)..]) << ShiftBits;
        }
    }
}
