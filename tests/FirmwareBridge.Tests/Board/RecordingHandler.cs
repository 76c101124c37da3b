using Capture.Core.Time;
using FirmwareBridge.Board;
using FirmwareBridge.Protocol;

namespace FirmwareBridge.Tests.Board;

/// <summary>Keeps everything that a link says.</summary>
internal sealed class RecordingHandler : IBoardHandler
{
    public List<ImuSample> Imu { get; } = [];

    public List<TriggerEdge> Edges { get; } = [];

    public List<ClockExchange> Exchanges { get; } = [];

    public List<HostTime> ClockLost { get; } = [];

    public List<BoardGap> Gaps { get; } = [];

    public Dictionary<(BoardStreamKind Kind, int Id), StreamCount> Counts { get; } = [];

    public List<(BoardInfo Info, int Segment)> Restarts { get; } = [];

    public List<(BoardProblem Problem, string Text)> Problems { get; } = [];

    public void OnImu(in ImuSample sample) => Imu.Add(sample);

    public void OnEdge(in TriggerEdge edge) => Edges.Add(edge);

    public void OnClockExchange(in ClockExchange exchange) => Exchanges.Add(exchange);

    public void OnClockLost(HostTime sent, int segment) => ClockLost.Add(sent);

    public void OnGap(in BoardGap gap) => Gaps.Add(gap);

    public void OnCounts(in StreamCount count, int segment, HostTime arrival) => Counts[(count.Kind, count.Id)] = count;

    public void OnRestart(BoardInfo info, int segment, HostTime arrival) => Restarts.Add((info, segment));

    public void OnProblem(BoardProblem problem, string text, HostTime at) => Problems.Add((problem, text));
}
