using Capture.Core.Time;
using FirmwareBridge.Board;
using FirmwareBridge.Protocol;

namespace Capture.Devices.Mcu;

/// <summary>Listens to a board before an episode begins, and keeps nothing.</summary>
internal sealed class Unheard : IBoardHandler
{
    public static Unheard Instance { get; } = new();

    public void OnImu(in ImuSample sample)
    {
    }

    public void OnEdge(in TriggerEdge edge)
    {
    }

    public void OnClockExchange(in ClockExchange exchange)
    {
    }

    public void OnClockLost(HostTime sent, int segment)
    {
    }

    public void OnGap(in BoardGap gap)
    {
    }

    public void OnCounts(in StreamCount count, int segment, HostTime arrival)
    {
    }

    public void OnRestart(BoardInfo info, int segment, HostTime arrival)
    {
    }

    public void OnProblem(BoardProblem problem, string text, HostTime at)
    {
    }
}
