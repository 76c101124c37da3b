using FirmwareBridge.Serial;

namespace Capture.Devices;

/// <summary>A serial port's refusal in the words of <see cref="DeviceException"/>.</summary>
internal static class SerialTrouble
{
    public static DeviceException ToDevice(SerialPortException e)
    {
        DeviceTrouble trouble = e.Fault switch
        {
            SerialFault.NotFound or SerialFault.Gone => DeviceTrouble.NotFound,
            SerialFault.NoPermission => DeviceTrouble.PermissionDenied,
            SerialFault.Busy => DeviceTrouble.InUse,
            SerialFault.NotASerialPort => DeviceTrouble.WrongFormat,
            SerialFault.BaudNotSupported => DeviceTrouble.Unsupported,
            _ => DeviceTrouble.Refused,
        };

        // The port's own message is "PATH: what. What to do."
        string text = e.Message.StartsWith(e.Path + ": ", StringComparison.Ordinal) ? e.Message[(e.Path.Length + 2)..] : e.Message;
        int end = text.IndexOf(". ", StringComparison.Ordinal);
        return end < 0
            ? new DeviceException(trouble, text.TrimEnd('.'), e.Path, "`capture devices` lists the ports.", e)
            : new DeviceException(trouble, text[..end], e.Path, text[(end + 2)..], e);
    }
}
