namespace Calibration.Tables;

/// <summary>A file of numbers that cannot be used: where, what, and what to do.</summary>
public sealed class TableException : IOException
{
    public TableException(string where, string what, string remedy)
        : base($"{where}: {what}. {remedy}")
    {
        Where = where;
        What = what;
        Remedy = remedy;
    }

    public string Where { get; }

    public string What { get; }

    public string Remedy { get; }
}
