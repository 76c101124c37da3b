namespace Capture.Devices.Discovery;

/// <summary>What an operator does about a device node that this user may not open.</summary>
public static class AccessRemedy
{
    /// <param name="group">The group that Debian's udev rules give such nodes to: video, audio, dialout.</param>
    public static string For(string node, string group) =>
        $"sudo usermod -aG {group} $USER, then log out and in again (ls -l {node} shows whose it is; where it is not group {group}: echo 'KERNEL==\"{Pattern(node)}\", GROUP=\"{group}\", MODE=\"0660\"' | sudo tee /etc/udev/rules.d/70-capture.rules && sudo udevadm control --reload && sudo udevadm trigger)";

    // video0 → video[0-9]*: the number changes with the order of plugging.
    private static string Pattern(string node)
    {
        string name = Path.GetFileName(node).TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        return name.Length == 0 || name.Contains('-') ? Path.GetFileName(node) : name + "[0-9]*";
    }
}
