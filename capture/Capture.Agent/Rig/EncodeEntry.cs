using Capture.Agent.Encoders;
using Capture.Media.Video;

namespace Capture.Agent.Rig;

/// <summary>Reads <c>encode</c> of a camera: <c>h264</c>, or a mapping with what is to be other than usual.</summary>
internal static class EncodeEntry
{
    private const string Key = "encode";
    private static readonly string[] s_presets = ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"];

    public static EncodeOptions? Read(Section camera)
    {
        if (!camera.Has(Key))
        {
            return null;
        }

        if (!camera.IsMapping(Key))
        {
            _ = camera.OneOf(Key, "h264", "h264");
            return new EncodeOptions();
        }

        Section section = camera.Child(Key)!;
        var usual = new EncodeOptions();
        _ = section.OneOf("codec", "h264", "h264");
        var options = new EncodeOptions
        {
            Video = new H264Settings
            {
                Quality = section.Integer("quality", "(x264's constant rate factor)", 0, 51) ?? usual.Video.Quality,
                KilobitsPerSecond = section.Integer("kbit", "kbit/s", 100, 200_000),
                Preset = section.OneOf("preset", usual.Video.Preset, s_presets),
                KeyFrameEvery = section.Integer("key_every", "pictures", 1, 300) ?? usual.Video.KeyFrameEvery,
                Threads = section.Integer("threads", "threads", 1, 16) ?? usual.Video.Threads,
            },
            WhenBehind = section.OneOf("when_behind", "spill", "spill", "drop-new") == "spill" ? BehindPolicy.Spill : BehindPolicy.DropNew,
            SpillMb = section.Integer("spill_mb", "MiB", 16, 16_384) ?? usual.SpillMb,
        };
        if (section.Has("quality") && section.Has("kbit"))
        {
            section.Complain("kbit", "there is a quality as well: expected one of the two");
        }

        if (options.WhenBehind == BehindPolicy.DropNew && section.Has("spill_mb"))
        {
            section.Complain("spill_mb", "nothing spills with when_behind: drop-new");
        }

        section.Finish();
        return options;
    }
}
