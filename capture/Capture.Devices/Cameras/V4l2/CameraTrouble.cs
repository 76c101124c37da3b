using Capture.Devices.Discovery;

namespace Capture.Devices.Cameras.V4l2;

/// <summary>From errno to a sentence with what to do about it.</summary>
internal static class CameraTrouble
{
    /// <exception cref="DeviceException">The result is −errno.</exception>
    public static void Require(int result, string where, string node, string what)
    {
        if (result < 0)
        {
            throw At(result, where, node, what);
        }
    }

    public static DeviceException At(int error, string where, string node, string what)
    {
        (DeviceTrouble trouble, string why, string remedy) = error switch
        {
            V4l2Codes.Access => (DeviceTrouble.PermissionDenied, $"no permission for {node}", AccessRemedy.For(node, "video")),
            V4l2Codes.Busy => (DeviceTrouble.InUse, "another program streams from it", $"Find it with: fuser -v {node}"),
            V4l2Codes.NoEntry or V4l2Codes.NoDevice or V4l2Codes.NoDeviceOrAddress => (DeviceTrouble.NotFound, "it is gone", "Check the cable, then run: capture devices"),
            _ => (DeviceTrouble.Refused, $"error {-error}", $"See what the driver says: sudo dmesg | tail; and try: v4l2-ctl -d {node} --all"),
        };
        return new DeviceException(trouble, $"{what}: {why}", where, remedy);
    }
}
