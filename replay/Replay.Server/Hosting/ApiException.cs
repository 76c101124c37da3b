namespace Replay.Server.Hosting;

/// <summary>A request that cannot be answered: the status, and what, where, what to do.</summary>
internal sealed class ApiException(int status, string what, string where, string remedy) : Exception($"{where}: {what}. {remedy}")
{
    public int Status { get; } = status;

    public string What { get; } = what;

    public string Where { get; } = where;

    public string Remedy { get; } = remedy;

    /// <summary>The present head of the log, in answer to an operation on an old one.</summary>
    public string? Head { get; init; }

    public static ApiException BadRequest(string what, string where, string remedy) => new(StatusCodes.Status400BadRequest, what, where, remedy);

    public static ApiException NotFound(string what, string where, string remedy) => new(StatusCodes.Status404NotFound, what, where, remedy);

    public static ApiException Conflict(string what, string where, string remedy, string? head = null) =>
        new(StatusCodes.Status409Conflict, what, where, remedy) { Head = head };

    public static ApiException TooLarge(string what, string where, string remedy) => new(StatusCodes.Status413PayloadTooLarge, what, where, remedy);

    public static ApiException Unavailable(string what, string where, string remedy) => new(StatusCodes.Status503ServiceUnavailable, what, where, remedy);
}
