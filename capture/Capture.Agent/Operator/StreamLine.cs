namespace Capture.Agent.Operator;

/// <summary>One line of the operator's table. Values are copied in, so that drawing touches no recorder.</summary>
internal struct StreamLine
{
    public string Name { get; set; }

    /// <summary>One word, constant text.</summary>
    public string State { get; set; }

    /// <summary>What is wrong with what it delivers, one word, constant text; null where nothing is.</summary>
    public string? Mark { get; set; }

    /// <summary>Rows a second over the last seconds.</summary>
    public double RateHz { get; set; }

    /// <summary>Nominal rows a second; NaN where there is none.</summary>
    public double NominalHz { get; set; }

    /// <summary>Milliseconds since the last sample; NaN before the first.</summary>
    public double LagMs { get; set; }

    public long Rows { get; set; }
    public long Dropped { get; set; }
    public long Bytes { get; set; }

    /// <summary>Microseconds; NaN where unknown.</summary>
    public double SigmaUs { get; set; }
}
