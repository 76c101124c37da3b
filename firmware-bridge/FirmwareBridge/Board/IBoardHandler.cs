using System.Numerics;
using Capture.Core.Time;
using FirmwareBridge.Protocol;

namespace FirmwareBridge.Board;

/// <summary>One IMU sample.</summary>
/// <param name="Sequence">Since the board's boot.</param>
/// <param name="Ticks">Unwrapped; when the sensor sampled.</param>
/// <param name="Segment">Counts the boots that this link saw.</param>
/// <param name="Arrival">When the read that held its frame returned; the same for all samples of a frame.</param>
/// <param name="Acceleration">m/s², sensor's frame.</param>
/// <param name="AngularRate">rad/s.</param>
public readonly record struct ImuSample(int Imu, ulong Sequence, DeviceTicks Ticks, int Segment, HostTime Arrival, Vector3 Acceleration, Vector3 AngularRate);

/// <summary>A trigger line changed.</summary>
/// <param name="Sequence">Rising and falling alike, since boot: pulse number = sequence / 2.</param>
public readonly record struct TriggerEdge(int Channel, ulong Sequence, DeviceTicks Ticks, int Segment, HostTime Arrival, bool Rising);

/// <summary>Samples or edges whose numbers were skipped. Those that the board itself dropped are among them: <see cref="StreamCount.Dropped"/> says how many.</summary>
public readonly record struct BoardGap(BoardStreamKind Kind, int Id, ulong FirstSequence, ulong Count, int Segment, HostTime Arrival);

/// <summary>What went wrong on a link that goes on.</summary>
public enum BoardProblem
{
    /// <summary>A frame or message was wrong and is lost; if it held samples, a gap follows.</summary>
    CorruptFrame,

    /// <summary>The driver did not take a request: the line is stuck or the board does not read.</summary>
    WriteTimedOut,

    /// <summary>A request was repeated several times without an answer.</summary>
    NoAnswer,

    /// <summary>The board refused a request.</summary>
    Refused,

    /// <summary>A message that is not the next of its stream, or contradicts the protocol; it was ignored.</summary>
    OutOfOrder,
}

/// <summary>
/// Takes what a board says. Called on the thread that runs <see cref="BoardLink.Poll"/>; must neither block nor throw. Only the calls marked so may come with text, and none of those is on the path of a sample.
/// </summary>
public interface IBoardHandler
{
    void OnImu(in ImuSample sample);

    void OnEdge(in TriggerEdge edge);

    /// <summary>An answered exchange. It may follow a <see cref="OnClockLost"/> of the same request, when the answer came late.</summary>
    void OnClockExchange(in ClockExchange exchange);

    /// <summary>A request that was not answered within <see cref="BoardLinkOptions.ClockTimeout"/>.</summary>
    void OnClockLost(HostTime sent, int segment);

    void OnGap(in BoardGap gap);

    /// <summary>The board's totals of one stream, about once a second.</summary>
    void OnCounts(in StreamCount count, int segment, HostTime arrival);

    /// <summary>The board started anew: counters and ticks begin again. Its streams are started again by the link.</summary>
    void OnRestart(BoardInfo info, int segment, HostTime arrival);

    /// <param name="text">A sentence for the operator.</param>
    void OnProblem(BoardProblem problem, string text, HostTime at);
}
