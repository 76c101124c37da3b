namespace Capture.Episodes.SyncCheck;

/// <summary>What a comparison of two streams says of the certificate.</summary>
public enum SyncVerdict
{
    /// <summary>What was measured is compatible with what the certificate allows.</summary>
    Agrees,

    /// <summary>The streams are further apart than the certificate allows, with the interval and the method's own error taken off.</summary>
    Alarm,

    /// <summary>Too little happens in both streams at once, or it does not fit one lag.</summary>
    CannotTell,
}

/// <summary>By what two streams were compared.</summary>
public enum SyncMethod
{
    /// <summary>How fast the same body turns, as two of gyroscope, motion capture and arm (through its model) see it.</summary>
    Rotation,

    /// <summary>How far the joints move from frame to frame, against how much the picture changes.</summary>
    ImageMotion,

    /// <summary>How fast the joints move, against how loud it is.</summary>
    MotorSound,

    /// <summary>When the gripper stops closing, against the click.</summary>
    ContactClick,

    /// <summary>A trigger's edges against the frames that they expose, modulo the trigger's period.</summary>
    TriggerExposure,
}

/// <summary>The residual between two streams, measured from what they recorded.</summary>
/// <param name="Reference">The stream that is taken as right.</param>
/// <param name="Stream">The stream that is measured against it.</param>
/// <param name="ResidualNs">Positive: <paramref name="Stream"/>'s times are too late. Null where no lag could be looked for.</param>
/// <param name="LowNs">Lower end of the 99 % interval (block bootstrap).</param>
/// <param name="HighNs">Upper end.</param>
/// <param name="Score">Share of the one signal's variance that the other explains at this lag, 0 to 1; contacts: share of them that have their click.</param>
/// <param name="AllowedNs">How far apart the certificate allows them to be: the sum of both bounds (p99), or three sigma where a stream states no bound.</param>
/// <param name="Reason">In words, for <see cref="SyncVerdict.CannotTell"/> and alarms.</param>
public sealed record SyncMeasurement(
    SyncMethod Method, string Reference, string Stream, SyncVerdict Verdict, long? ResidualNs, long? LowNs, long? HighNs, double Score, long? AllowedNs, string Reason);

/// <summary>The written thresholds: what is too little to tell.</summary>
public sealed record SyncCheckOptions
{
    /// <summary>Lags looked at, either way.</summary>
    public long MaxLagNs { get; init; } = 400_000_000;

    /// <summary>A score below this cannot tell.</summary>
    public double LeastScore { get; init; } = 0.3;

    /// <summary>Streams that overlap less than this cannot tell.</summary>
    public long LeastOverlapNs { get; init; } = 5_000_000_000;

    /// <summary>Of longer episodes the middle stretch of this length is taken.</summary>
    public long MostNs { get; init; } = 300_000_000_000;

    /// <summary>What a method may be off by itself, beyond its interval; an interval of more than three times this either way cannot tell.</summary>
    public static long FloorNs(SyncMethod method) => method switch
    {
        SyncMethod.Rotation or SyncMethod.TriggerExposure => 2_000_000,
        SyncMethod.MotorSound or SyncMethod.ContactClick => 5_000_000,
        _ => 10_000_000,
    };
}
