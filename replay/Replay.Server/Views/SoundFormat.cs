using System.Globalization;
using Capture.Arrow;
using Capture.Episodes.Schema;
using Replay.Server.Episodes;
using Replay.Server.Hosting;

namespace Replay.Server.Views;

/// <summary>How a sound stream's rows are made.</summary>
/// <param name="RateHz">Frames a second.</param>
/// <param name="Channels">Samples a frame.</param>
/// <param name="PeriodFrames">Frames a row.</param>
/// <param name="Item">int16, int32 or float32.</param>
internal sealed record SoundFormat(int RateHz, int Channels, int PeriodFrames, ArrowType Item)
{
    /// <summary>How long a row lasts, ns.</summary>
    public long PeriodNs => FrameNs(PeriodFrames);

    public static SoundFormat Of(OpenStream stream)
    {
        if (stream.Kind != StreamKinds.AudioPeriod)
        {
            throw ApiException.BadRequest($"it is a {stream.Kind}, and only {StreamKinds.AudioPeriod} is a sound", stream.Name, "Ask for 'series' or 'rows'.");
        }

        return Of(stream.Schema) ?? throw ApiException.BadRequest("its file does not say how its sound is made", stream.Name, "Run 'capture verify' on the episode.");
    }

    public static SoundFormat? Of(ArrowSchema schema)
    {
        int rate = Number(schema, MetadataKeys.AudioRate);
        int channels = Number(schema, MetadataKeys.AudioChannels);
        int frames = Number(schema, MetadataKeys.AudioPeriodFrames);
        int index = schema.IndexOf(AudioPeriodSchema.Samples);
        return rate > 0 && channels > 0 && frames > 0 && index >= 0
            && schema.Fields[index].Type is FixedSizeListType { Item.Type: IntType { BitWidth: 16 or 32 } or FloatType { BitWidth: 32 } } list
            && list.Size == (long)frames * channels
            ? new SoundFormat(rate, channels, frames, list.Item.Type)
            : null;
    }

    /// <summary>From the first frame of a row to the one of this number, ns.</summary>
    public long FrameNs(int frame) => (long)(frame * 1_000_000_000L / RateHz);

    /// <summary>One channel of a batch's row, −1…1.</summary>
    public void ReadFirstChannel(ArrowColumn samples, int row, Span<float> values)
    {
        (int start, _) = samples.Items(row);
        switch (Item)
        {
            case IntType { BitWidth: 16 }:
                ReadOnlySpan<short> s16 = samples.Item.Values<short>();
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = s16[start + (i * Channels)] / 32768f;
                }

                break;
            case IntType:
                ReadOnlySpan<int> s32 = samples.Item.Values<int>();
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = s32[start + (i * Channels)] / 2147483648f;
                }

                break;
            default:
                ReadOnlySpan<float> f32 = samples.Item.Values<float>();
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = f32[start + (i * Channels)];
                }

                break;
        }
    }

    private static int Number(ArrowSchema schema, string key) =>
        int.TryParse(schema.Metadata.Find(key), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0;
}
