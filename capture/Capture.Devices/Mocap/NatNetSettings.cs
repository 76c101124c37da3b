using Capture.Core.Time;

namespace Capture.Devices.Mocap;

/// <summary>An OptiTrack server that speaks NatNet 3.0–4.1: <c>kind: mocap</c>, <c>protocol: natnet</c>.</summary>
public sealed record NatNetSettings
{
    public required string Name { get; init; }

    /// <summary>Host name or IPv4 address of the server.</summary>
    public required string Server { get; init; }

    /// <summary>The server's command port.</summary>
    public int CommandPort { get; init; } = 1510;

    /// <summary>The local port for frames when the server sends multicast; null takes what the server says.</summary>
    public int? DataPort { get; init; }

    /// <summary>Address of the local interface that joins the multicast group; null lets the kernel choose.</summary>
    public string? LocalAddress { get; init; }

    /// <summary>Names of the rigid bodies, in column order; empty takes all that the server describes.</summary>
    public IReadOnlyList<string> Bodies { get; init; } = [];

    /// <summary>Most labelled markers a row can hold.</summary>
    public int MaxMarkers { get; init; } = 256;

    /// <summary>Frames a second; null asks the server.</summary>
    public double? RateHz { get; init; }

    /// <summary>Clock exchanges a second (1–50).</summary>
    public int ExchangesHz { get; init; } = 8;

    /// <summary>Declared latency from mid-exposure to arrival; null where unknown. The clock does not need it: it is two-way.</summary>
    public LatencyRange? Latency { get; init; }

    public Duration OpenTimeout { get; init; } = Duration.FromSeconds(3);

    /// <summary>A server silent for so long is lost.</summary>
    public Duration SilenceTimeout { get; init; } = Duration.FromSeconds(1);
}
