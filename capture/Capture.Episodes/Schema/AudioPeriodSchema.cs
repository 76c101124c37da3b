using System.Globalization;
using System.Runtime.InteropServices;
using Capture.Arrow;
using Capture.Core.Time;

namespace Capture.Episodes.Schema;

/// <summary>Kind <c>audio.period</c>: one period of interleaved samples a row.</summary>
public static class AudioPeriodSchema
{
    public const string Samples = "samples";

    public static ArrowSchema For(AudioPeriodStream stream, EpisodeIdentity episode) => new(
        [
            .. CommonColumns.Fields,
            new ArrowField(Samples, ArrowType.FixedSizeList(ItemType(stream.Format), checked(stream.PeriodFrames * stream.Channels)))
            {
                Metadata = ArrowMetadata.Of(("shape", string.Create(CultureInfo.InvariantCulture, $"{stream.PeriodFrames}x{stream.Channels}")), ("range", Range(stream.Format))),
            },
            .. CommonColumns.ReadTimeOf(stream),
        ],
        StreamInfo.Of(stream, episode).ToMetadata(
            (MetadataKeys.AudioRate, stream.SampleRateHz.ToString(CultureInfo.InvariantCulture)),
            (MetadataKeys.AudioChannels, stream.Channels.ToString(CultureInfo.InvariantCulture)),
            (MetadataKeys.AudioSignificantBits, stream.SignificantBits?.ToString(CultureInfo.InvariantCulture)),
            (MetadataKeys.AudioPeriodFrames, stream.PeriodFrames.ToString(CultureInfo.InvariantCulture))));

    /// <summary>Bytes of a sample of one channel.</summary>
    public static int BytesPerSample(AudioSampleFormat format) => format == AudioSampleFormat.S16 ? 2 : 4;

    private static ArrowType ItemType(AudioSampleFormat format) => format switch
    {
        AudioSampleFormat.S16 => ArrowType.Int16,
        AudioSampleFormat.S32 => ArrowType.Int32,
        _ => ArrowType.Float32,
    };

    private static string Range(AudioSampleFormat format) => format switch
    {
        AudioSampleFormat.S16 => "-32768..32767",
        AudioSampleFormat.S32 => "-2147483648..2147483647",
        _ => "-1..1",
    };
}

/// <summary>A batch of audio periods.</summary>
public sealed class AudioPeriodRows : SampleRows
{
    private readonly FixedSizeListColumn _samples;
    private readonly AudioSampleFormat _format;

    public AudioPeriodRows(BatchBuilder builder, EpisodeAnchor anchor, AudioSampleFormat format)
        : base(builder, anchor)
    {
        _samples = builder.Column<FixedSizeListColumn>(AudioPeriodSchema.Samples);
        _format = format;
        PeriodBytes = _samples.ListSize * AudioPeriodSchema.BytesPerSample(format);
    }

    /// <summary>Bytes of a whole period.</summary>
    public int PeriodBytes { get; }

    public void Append(in SampleStamp stamp, ReadOnlySpan<byte> interleaved)
    {
        AppendStamp(stamp);
        switch (_format)
        {
            case AudioSampleFormat.S16:
                _samples.Append(MemoryMarshal.Cast<byte, short>(interleaved));
                break;
            case AudioSampleFormat.S32:
                _samples.Append(MemoryMarshal.Cast<byte, int>(interleaved));
                break;
            default:
                _samples.Append(MemoryMarshal.Cast<byte, float>(interleaved));
                break;
        }

        Builder.EndRow();
    }
}
