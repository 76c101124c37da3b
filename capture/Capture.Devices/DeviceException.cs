namespace Capture.Devices;

/// <summary>What kind of trouble it is, for exit codes and tests; the sentence is in the message.</summary>
public enum DeviceTrouble
{
    NotFound,
    PermissionDenied,
    InUse,
    Unreachable,
    Timeout,
    Refused,
    WrongFormat,
    Unsupported,
}

/// <summary>A device cannot be had as the settings ask.</summary>
public sealed class DeviceException : Exception
{
    /// <param name="what">What went wrong, as one sentence without a full stop.</param>
    /// <param name="where">The device's address as in rig.yaml, without credentials.</param>
    /// <param name="remedy">What the operator can do about it, with the command where there is one.</param>
    public DeviceException(DeviceTrouble trouble, string what, string where, string remedy, Exception? inner = null)
        : base($"{where}: {what}. {remedy}", inner)
    {
        Trouble = trouble;
        What = what;
        Where = where;
        Remedy = remedy;
    }

    public DeviceTrouble Trouble { get; }

    public string What { get; }

    public string Where { get; }

    public string Remedy { get; }
}
