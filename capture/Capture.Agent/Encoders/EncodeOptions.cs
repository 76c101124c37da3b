using System.Globalization;
using Capture.Core.Time;
using Capture.Media.Video;

namespace Capture.Agent.Encoders;

/// <summary>What happens to pictures while the encoder is behind, dead or slow.</summary>
public enum BehindPolicy
{
    /// <summary>A few wait; the next one goes into the ledger. A kill costs little, a slow encoder costs pictures.</summary>
    DropNew,

    /// <summary>They wait in memory up to a cap in bytes, then as <see cref="DropNew"/>. A slow encoder costs nothing until then, a kill costs what waits.</summary>
    Spill,
}

/// <summary>How a camera is encoded: <c>encode</c> in rig.yaml.</summary>
public sealed record EncodeOptions
{
    public H264Settings Video { get; init; } = new();

    public BehindPolicy WhenBehind { get; init; } = BehindPolicy.Spill;

    /// <summary>Cap of <see cref="BehindPolicy.Spill"/>, MiB a camera. Memory is taken as pictures wait, not before.</summary>
    public int SpillMb { get; init; } = 256;

    /// <summary>Most pictures that wait under <see cref="BehindPolicy.DropNew"/>.</summary>
    public int FewWaiting { get; init; } = 8;

    /// <summary>An encoder that holds a picture and gives nothing for so long is ended and started anew.</summary>
    public Duration StallLimit { get; init; } = Duration.FromSeconds(5);

    /// <summary>Most pictures that wait.</summary>
    /// <param name="leastBytes">The smallest picture that is to be expected.</param>
    public int MostWaiting(long leastBytes) => WhenBehind == BehindPolicy.DropNew ? FewWaiting : (int)Math.Clamp(((long)SpillMb << 20) / Math.Max(leastBytes, 1), FewWaiting, 100_000);

    /// <summary>As the stream's metadata has it.</summary>
    public string Describe()
    {
        string rate = Video.KilobitsPerSecond is { } kilobits
            ? string.Create(CultureInfo.InvariantCulture, $"kbit={kilobits}")
            : string.Create(CultureInfo.InvariantCulture, $"quality={Video.Quality}");
        string behind = WhenBehind == BehindPolicy.DropNew ? "drop-new" : string.Create(CultureInfo.InvariantCulture, $"spill,spill_mb={SpillMb}");
        return string.Create(CultureInfo.InvariantCulture, $"codec=h264,program=libx264,preset={Video.Preset},{rate},key_every={Video.KeyFrameEvery},when_behind={behind}");
    }
}
