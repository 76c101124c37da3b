namespace Capture.Core.Streams;

/// <summary>What moment of a sample its stamp means.</summary>
public enum StampInstant
{
    Unknown,
    StartOfExposure,
    MidExposure,
    EndOfExposure,
    FirstPayload,
    RequestProcessed,
    FirstSample,
    Edge,
    Arrival,
}

/// <summary>Who took the host time of a row.</summary>
public enum StampSource
{
    /// <summary>The kernel, when the data came in.</summary>
    Kernel,

    /// <summary>The program, when the read call returned.</summary>
    ReadReturn,

    /// <summary>The midpoint of a request and its reply, both stamped by the program.</summary>
    ExchangeMidpoint,
}
