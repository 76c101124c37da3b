using Capture.Core.Time;
using Capture.Devices.Watching;

namespace Capture.Agent.Rig;

/// <summary>Reads <c>watch:</c> of a camera or microphone: from when on its stream is marked. What is left out keeps its default; 0 ms switches a kind off.</summary>
internal static class WatchEntries
{
    // Longer, and nothing is found while it still matters.
    private const double LongestMs = 60_000;

    public static WatchLimits Camera(Section entry)
    {
        if (entry.Child("watch") is not { } watch)
        {
            return WatchLimits.Default;
        }

        WatchLimits d = WatchLimits.Default;
        var limits = new WatchLimits
        {
            FrozenAfter = Milliseconds(watch, "frozen_ms") ?? d.FrozenAfter,
            DarkAfter = Milliseconds(watch, "dark_ms") ?? d.DarkAfter,
            BlackLevel = watch.Integer("black_level", "luma", 0, 255) ?? d.BlackLevel,
            BlackShare = watch.Number("black_share", "the picture", 0.01, 1) ?? d.BlackShare,
            SaturatedLevel = watch.Integer("saturated_level", "luma", 0, 255) ?? d.SaturatedLevel,
            SaturatedShare = watch.Number("saturated_share", "the picture", 0.01, 1) ?? d.SaturatedShare,
        };
        watch.Finish();
        return limits;
    }

    public static WatchLimits Microphone(Section entry)
    {
        if (entry.Child("watch") is not { } watch)
        {
            return WatchLimits.Default;
        }

        WatchLimits d = WatchLimits.Default;
        var limits = new WatchLimits
        {
            SilentAfter = Milliseconds(watch, "silent_ms") ?? d.SilentAfter,
            SilentDb = watch.Number("silent_db", "dB of full scale", -200, 0) ?? d.SilentDb,
            ClippedWithin = Milliseconds(watch, "clipped_ms") ?? d.ClippedWithin,
            ClippedShare = watch.Number("clipped_share", "the samples", 0.0001, 1) ?? d.ClippedShare,
        };
        watch.Finish();
        return limits;
    }

    private static Duration? Milliseconds(Section watch, string key) =>
        watch.Number(key, "ms", 0, LongestMs) is { } ms ? new Duration((long)(ms * 1e6)) : null;
}
