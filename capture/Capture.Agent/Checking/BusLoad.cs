using System.Globalization;
using Capture.Devices;

namespace Capture.Agent.Checking;

/// <summary>What the cameras on one USB bus ask of it together.</summary>
/// <param name="CapacityBytesPerSecond">What a bus of this speed carries of video; 0 where its speed is not known.</param>
internal sealed record BusLoad(string Bus, IReadOnlyList<string> Sources, double BytesPerSecond, double CapacityBytesPerSecond, bool Exact)
{
    // USB 2.0, 5.6: periodic transfers get 80 % of a high-speed bus's microframes, and a microframe carries 13 packets of 512 bytes or 3 of 1024 an end point; hosts reach about 40 MB/s of
    // payload. Above high speed nine tenths of the signalling rate, less 8b/10b, is a cautious share.
    private const double HighSpeedPayload = 40e6;
    private const double FullSpeedPayload = 1e6;

    public double Share => CapacityBytesPerSecond > 0 ? BytesPerSecond / CapacityBytesPerSecond : 0;

    public bool IsTooMuch => Share > 1;

    /// <summary>One load a bus. Pictures that the camera compresses count as measured while the rig was tried, where they were.</summary>
    public static IReadOnlyList<BusLoad> Of(IReadOnlyList<ISource> sources, IReadOnlyList<StreamCheck> measured) =>
    [
        .. sources.OfType<IBusUser>().Select(s => s.Demand).OfType<BusDemand>().GroupBy(d => d.Bus.Name, StringComparer.Ordinal).Select(bus => new BusLoad(
            bus.Key,
            [.. bus.Select(d => d.Source)],
            bus.Sum(d => d.Exact ? d.BytesPerSecond : Measured(d, measured) ?? d.BytesPerSecond),
            Capacity(bus.Min(d => d.Bus.MegabitsPerSecond)),
            bus.All(d => d.Exact || Measured(d, measured) is not null))),
    ];

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"USB bus {Bus}: {string.Join(" + ", Sources)} {(Exact ? "take" : "take about")} {BytesPerSecond / 1e6:0.0} MB/s{(CapacityBytesPerSecond > 0 ? $", {Share * 100:0} % of what it carries" : "")}{(IsTooMuch ? ": too much. Set format: mjpeg, a smaller size or fewer fps, or use another USB controller (lsusb -t)" : "")}");

    private static double? Measured(BusDemand demand, IReadOnlyList<StreamCheck> measured) =>
        measured.FirstOrDefault(m => m.Name == demand.Source) is { Rows: > 1 } stream ? stream.BytesPerSecond : null;

    private static double Capacity(double megabits) => megabits switch
    {
        <= 0 => 0,
        <= 12 => FullSpeedPayload,
        <= 480 => HighSpeedPayload,
        _ => megabits * 1e6 / 8 * 0.8 * 0.9,
    };
}
