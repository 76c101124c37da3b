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

    /// <summary>The last pixel of the frame reached the host (V4L2_BUF_FLAG_TSTAMP_SRC_EOF): after the exposure and the read-out.</summary>
    EndOfFrame,
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

    /// <summary>The program, when a read from an ffmpeg process returned: later than the input by whatever ffmpeg held it.</summary>
    Ffmpeg,

    /// <summary>Nobody: the times of a file that was played as fast as it goes, laid on the host's clock from the moment at which playing began.</summary>
    File,
}
