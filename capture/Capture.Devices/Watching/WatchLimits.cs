using Capture.Core.Time;

namespace Capture.Devices.Watching;

/// <summary>From when on a stream is marked. Each limit says why it is where it is; a time of 0 switches its kind off.</summary>
public sealed record WatchLimits
{
    /// <summary>Those of a stream whose rig file says nothing.</summary>
    public static WatchLimits Default { get; } = new();

    /// <summary>
    /// Frozen: byte for byte the same picture for so long, and three times at least. No sensor gives the same noise twice; a server that repeats its last picture over a
    /// hiccup of its own does so for a few frames, and one second is beyond any of those while the operator still can act.
    /// </summary>
    public Duration FrozenAfter { get; init; } = Duration.FromMilliseconds(1000);

    /// <summary>Black or saturated: for so long, by two looks at least. An exposure that is being regulated, or a hand before the lens, is over sooner as a rule.</summary>
    public Duration DarkAfter { get; init; } = Duration.FromMilliseconds(500);

    /// <summary>Luma of 0–255 up to which a block of 8 × 8 pixels is black: 16 is the black of video range, and a covered sensor's noise, averaged over a block, stays below 8 more.</summary>
    public int BlackLevel { get; init; } = 24;

    /// <summary>Share of the picture, 0–1, that must be black. Not all: a lamp in the dark, a status LED or a text that the camera writes into its picture must not hide it.</summary>
    public double BlackShare { get; init; } = 0.98;

    /// <summary>Luma from which a block is saturated. Paper under a lamp is exposed to 200–240; from 250 on a block holds clipped pixels only.</summary>
    public int SaturatedLevel { get; init; } = 250;

    /// <summary>Share of the picture that must be saturated. A window or a white table can fill half of a usable picture.</summary>
    public double SaturatedShare { get; init; } = 0.9;

    /// <summary>Silent: all channels below <see cref="SilentDb"/> for so long. A pause of speech lasts as long, but a room is never that quiet.</summary>
    public Duration SilentAfter { get; init; } = Duration.FromMilliseconds(1000);

    /// <summary>
    /// Half the distance from the lowest to the highest sample of a period, dB of full scale. −84 dB is two steps of 16 bits: a muted or dead input; the noise of a
    /// microphone in a quiet room lies at −75 dB and above. A constant offset is silence.
    /// </summary>
    public double SilentDb { get; init; } = -84;

    /// <summary>Clipped: judged over windows of so long; ends after two windows without.</summary>
    public Duration ClippedWithin { get; init; } = Duration.FromMilliseconds(500);

    /// <summary>
    /// Share of a channel's samples, 0–1, at 99.9 % of full scale or beyond. 0.5 % of half a second is 2.5 ms in all: a dropped tool touches the limit for less, a voice that is too
    /// loud for longer.
    /// </summary>
    public double ClippedShare { get; init; } = 0.005;
}
