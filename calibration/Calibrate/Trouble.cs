using Calibration;
using Calibration.HandEye;
using Calibration.Latency;
using Calibration.Tables;
using Capture.Episodes;
using Capture.Media;

namespace Calibrate;

/// <summary>Turns the errors that a command may meet into a sentence on standard error and an exit code.</summary>
internal static class Trouble
{
    public static int Guard(Func<int> action)
    {
        try
        {
            return action();
        }
        catch (CalibrationException e)
        {
            Console.Error.WriteLine($"calibrate: {e.Message}");
            return e.Problem switch
            {
                CalibrationProblem.Asked => ExitCode.Usage,
                CalibrationProblem.Data => ExitCode.FoundWrong,
                _ => ExitCode.Environment,
            };
        }
        catch (Exception e) when (e is TableException or NoLagException or UndeterminedMotionException)
        {
            Console.Error.WriteLine($"calibrate: {e.Message}");
            return ExitCode.FoundWrong;
        }
        catch (EpisodeException e)
        {
            Console.Error.WriteLine($"calibrate: {e.Message}");
            return e.Problem is EpisodeProblem.Disk or EpisodeProblem.Held ? ExitCode.Environment : ExitCode.FoundWrong;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or MediaException)
        {
            Console.Error.WriteLine($"calibrate: {e.Message}");
            return ExitCode.Environment;
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"calibrate: an error of the program itself; please report it with these lines.{Environment.NewLine}{e}");
            return ExitCode.Environment;
        }
    }
}
