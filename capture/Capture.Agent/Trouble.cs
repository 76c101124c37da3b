using Calibration;
using Capture.Agent.Recording;
using Capture.Agent.Rig;
using Capture.Arrow;
using Capture.Devices;
using Capture.Episodes;
using Capture.Media;

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
        catch (DeviceProblems e)
        {
            foreach (DeviceException problem in e.Problems)
            {
                Console.Error.WriteLine($"capture: {problem.Message}");
            }

            return ExitCode.Environment;
        }
        catch (CalibrationException e)
        {
            Console.Error.WriteLine($"capture: {e.Message}");
            return e.Problem == CalibrationProblem.Data ? ExitCode.FoundWrong : ExitCode.Environment;
        }
        catch (EpisodeException e)
        {
            Console.Error.WriteLine($"capture: {e.Message}");
            return e.Problem is EpisodeProblem.Disk or EpisodeProblem.Held ? ExitCode.Environment : ExitCode.FoundWrong;
        }
        catch (ArrowFormatException e)
        {
            Console.Error.WriteLine($"capture: {e.Message}");
            return ExitCode.FoundWrong;
        }
        catch (DeviceException e)
        {
            Console.Error.WriteLine($"capture: {e.Message}");
            return ExitCode.Environment;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("capture: ended before it was done");
            return ExitCode.FoundWrong;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or MediaException)
        {
            Console.Error.WriteLine($"capture: {e.Message}");
            return ExitCode.Environment;
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"capture: an error of the program itself; please report it with these lines. What was recorded so far is whole: capture recover mends it.{Environment.NewLine}{e}");
            return ExitCode.Environment;
        }
    }
}
