using Capture.Devices;

namespace Capture.Agent.Recording;

/// <summary>Devices of a rig that cannot be had; all of them, not only the first.</summary>
internal sealed class DeviceProblems(IReadOnlyList<DeviceException> problems)
    : Exception(string.Join(Environment.NewLine, problems.Select(p => p.Message)))
{
    public IReadOnlyList<DeviceException> Problems { get; } = problems;
}
