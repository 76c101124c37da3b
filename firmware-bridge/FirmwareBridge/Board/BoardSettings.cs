using FirmwareBridge.Protocol;

namespace FirmwareBridge.Board;

/// <summary>Whether a board is the one meant, and offers what is asked of it: said before the first sample, with what it does offer.</summary>
internal static class BoardSettings
{
    /// <exception cref="BoardLinkException">It does not.</exception>
    internal static void Check(BoardInfo info, BoardLinkOptions options)
    {
        if (info.ProtocolMajor != WireProtocol.Major)
        {
            throw new BoardLinkException($"{options.Port}: the board speaks protocol {info.ProtocolMajor}.{info.ProtocolMinor}, this program {WireProtocol.Major}.{WireProtocol.Minor}. Update the older of the two.");
        }

        if (options.ExpectedUid is { } uid && !uid.Equals(info.Uid, StringComparison.OrdinalIgnoreCase))
        {
            throw new BoardLinkException($"{options.Port}: this is board {info.Uid}, but {uid} is wanted. Swap the cables, or change the settings.");
        }

        foreach (ImuSetting setting in options.Imus)
        {
            BoardImu imu = info.Imus.FirstOrDefault(i => i.Id == setting.Imu)
                ?? throw new BoardLinkException($"{options.Port}: no IMU {setting.Imu}; the board has {Ids(info.Imus.Select(i => i.Id))}.");
            if (!imu.RatesHz.Contains(setting.RateHz))
            {
                throw new BoardLinkException($"{options.Port}: IMU {setting.Imu} has no rate of {setting.RateHz} Hz; it offers {Ids(imu.RatesHz)}.");
            }

            if (setting.SamplesPerFrame < 1 || setting.SamplesPerFrame > imu.MaxSamplesPerFrame)
            {
                throw new BoardLinkException($"{options.Port}: {setting.SamplesPerFrame} samples per frame; IMU {setting.Imu} takes 1 to {imu.MaxSamplesPerFrame}.");
            }
        }

        foreach (TriggerSetting setting in options.Triggers)
        {
            BoardTrigger trigger = info.Triggers.FirstOrDefault(t => t.Channel == setting.Channel)
                ?? throw new BoardLinkException($"{options.Port}: no trigger channel {setting.Channel}; the board has {Ids(info.Triggers.Select(t => t.Channel))}.");
            if (setting.Period < trigger.MinPeriod || setting.Period > trigger.MaxPeriod)
            {
                throw new BoardLinkException($"{options.Port}: trigger {setting.Channel} cannot have a period of {setting.Period}; {trigger.MinPeriod} to {trigger.MaxPeriod} are possible.");
            }

            if (setting.Width.Nanoseconds <= 0 || setting.Width >= setting.Period || setting.Phase.Nanoseconds < 0 || setting.Phase >= setting.Period)
            {
                throw new BoardLinkException($"{options.Port}: trigger {setting.Channel}: phase ({setting.Phase}) and width ({setting.Width}) must be shorter than the period ({setting.Period}), the width more than 0.");
            }
        }
    }

    private static string Ids(IEnumerable<int> ids)
    {
        string joined = string.Join(", ", ids);
        return joined.Length == 0 ? "none" : joined;
    }
}
