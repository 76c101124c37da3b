using Capture.Agent.Rig;
using Capture.Devices;

namespace Capture.Agent;

/// <summary>Turns the errors that a command may meet into a sentence on standard error and an exit code.</summary>
internal static class Trouble
{
    public static int Guard(Func<int> action)
    {
        try
        {
            return action();
        }
        catch (RigException e)
        {
            foreach (RigProblem problem in e.Problems)
            {
                Console.Error.WriteLine(problem.ToString());
            }

            return ExitCode.Usage;
        }
        catch (DeviceException e)
        {
            Console.Error.WriteLine($"capture: {e.Message}");
            return ExitCode.Environment;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"capture: {e.Message}");
            return ExitCode.Environment;
        }
    }
}
