using System.Runtime.InteropServices;

namespace FirmwareBridge.Serial;

/// <summary>Why a port could not be opened.</summary>
public enum SerialFault
{
    NotFound,
    NoPermission,
    Busy,
    NotASerialPort,
    BaudNotSupported,
    Gone,
    Other,
}

/// <summary>A serial port could not be opened. The message says what, where, and what to do.</summary>
public sealed class SerialPortException : IOException
{
    internal SerialPortException(SerialFault fault, string path, string message, int errno = 0)
        : base(message)
    {
        Fault = fault;
        Path = path;
        Errno = errno;
    }

    public SerialFault Fault { get; }

    public string Path { get; }

    /// <summary>errno of the call that failed; 0 when none did.</summary>
    public int Errno { get; }

    internal static SerialPortException FromOpen(string path, int errno) => errno switch
    {
        SerialNative.ENOENT or SerialNative.ENXIO or SerialNative.ENODEV => new(SerialFault.NotFound, path, $"{path}: no such port ({Text(errno)}). Is the board plugged in? `capture devices` lists the ports.", errno),
        SerialNative.EACCES or SerialNative.EPERM => new(SerialFault.NoPermission, path, $"{path}: no permission ({Text(errno)}). Ports belong to the group dialout: run `sudo usermod -aG dialout $USER`, then log in again.", errno),
        SerialNative.EBUSY => Busy(path, errno),
        _ => new(SerialFault.Other, path, $"{path}: cannot be opened: {Text(errno)} (errno {errno}).", errno),
    };

    internal static SerialPortException Busy(string path, int errno)
    {
        string? user = PortUsers.Describe(path);
        string who = user is null ? "another program" : user;
        string remedy = user is not null && user.Contains("ModemManager", StringComparison.Ordinal)
            ? "It probes every new port: `sudo systemctl stop ModemManager`, or a udev rule with ID_MM_DEVICE_IGNORE=1."
            : "Close it there, then try again.";
        return new(SerialFault.Busy, path, $"{path}: in use by {who}. {remedy}", errno);
    }

    internal static SerialPortException FromSetting(string path, string what, int errno) => errno == SerialNative.ENOTTY
        ? new(SerialFault.NotASerialPort, path, $"{path}: is no serial port ({Text(errno)}).", errno)
        : new(errno == SerialNative.EIO ? SerialFault.Gone : SerialFault.Other, path, $"{path}: {what} failed: {Text(errno)} (errno {errno}).", errno);

    private static string Text(int errno) => Marshal.GetPInvokeErrorMessage(errno);
}
