using System.Runtime.InteropServices;
using Capture.Simulation.Clocks;
using Capture.Simulation.Rig;

// 0 good, 2 usage, 3 environment.
if (args is ["clocks", ..])
{
    return ClocksCommand.Run(args.AsSpan(1), Console.Out, Console.Error);
}

RigOptions options;
try
{
    options = RigOptions.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine("bench-rig: " + e.Message);
    return 2;
}

if (options.Help)
{
    Console.WriteLine(RigOptions.Usage);
    return 0;
}

using var end = new ManualResetEventSlim(false);
void OnSignal(PosixSignalContext context)
{
    context.Cancel = true;
    end.Set();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
try
{
    using var rig = new BenchRig(options);
    Console.WriteLine("ready " + rig.YamlPath);
    if (options.UntilStdinCloses)
    {
        new Thread(() =>
        {
            while (Console.In.Read() >= 0)
            {
            }

            end.Set();
        })
        { IsBackground = true, Name = "stdin" }.Start();
    }

    long endNs = options.Seconds is int seconds ? HostMonotonic.NowNs + (seconds * 1_000_000_000L) : long.MaxValue;
    while (!end.Wait(100) && HostMonotonic.NowNs < endNs)
    {
        rig.WriteContacts();
    }

    return 0;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Net.Sockets.SocketException or System.ComponentModel.Win32Exception)
{
    Console.Error.WriteLine("bench-rig: " + e.Message);
    return 3;
}
