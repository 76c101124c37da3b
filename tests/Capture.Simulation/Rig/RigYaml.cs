using System.Globalization;
using System.Text;
using Capture.Simulation.Microphone;

namespace Capture.Simulation.Rig;

/// <summary>Where the started devices can be reached; null for one that was left out.</summary>
public sealed record RigAddresses(CameraAddress? Front, bool FrontTriggered, CameraAddress? Wrist, bool Room, (int Command, int Data)? Mocap, string? Board, string? Leader, string? Follower);

/// <summary>A camera at its TCP port.</summary>
public sealed record CameraAddress(string Name, int Port, int Fps);

/// <summary>Writes the rig.yaml that `capture record` takes.</summary>
public static class RigYaml
{
    /// <summary>Declared latencies contain the simulated ones with room for a busy host. Cameras: from the start of exposure. Microphone: from the last sample of a period.</summary>
    public static string Write(RigAddresses a)
    {
        var text = new StringBuilder("rig: bench\nepisodes: ./episodes\nstreams:\n");
        foreach (CameraAddress camera in ((CameraAddress?[])[a.Front, a.Wrist]).OfType<CameraAddress>())
        {
            text.Append(CultureInfo.InvariantCulture, $"  {camera.Name}: {{kind: camera, url: \"http://127.0.0.1:{camera.Port}/stream\", format: mjpeg, size: 640x480, fps: {camera.Fps}, latency_ms: {{min: 8, max: 45}}}}\n");
        }

        if (a.Room)
        {
            text.Append(CultureInfo.InvariantCulture, $"  room: {{kind: microphone, device: \"{MicrophoneDevice.PcmName}\", rate: {BenchProfile.AudioRateHz}, channels: 1, sample: s16, latency_ms: {{min: 2, max: 20}}}}\n");
        }

        if (a.Mocap is var (command, data))
        {
            text.Append(CultureInfo.InvariantCulture, $"  mocap: {{kind: mocap, protocol: natnet, server: 127.0.0.1, command_port: {command}, data_port: {data}, bodies: [gripper, cube]}}\n");
        }

        if (a.Board is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"  board: {{kind: mcu, port: \"{a.Board}\"{(a.FrontTriggered ? ", trigger: {front: 1}" : "")}}}\n");
        }

        Arm(text, "leader", a.Leader);
        Arm(text, "follower", a.Follower);
        return text.Append("task: {instruction: \"pick the cube and place it\", operator: bench}\n").ToString();
    }

    private static void Arm(StringBuilder text, string name, string? port)
    {
        if (port is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {name}: {{kind: robot, protocol: dynamixel, port: \"{port}\", baud: 1000000, model: ./arms/bench.yaml, rate: {BenchProfile.ArmRateHz}, role: {name}}}\n");
        }
    }
}
