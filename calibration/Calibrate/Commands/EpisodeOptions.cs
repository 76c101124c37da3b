using System.CommandLine;
using System.Runtime.InteropServices;
using Calibration.Episodes;
using Calibration.Targets;

namespace Calibrate.Commands;

/// <summary>The options of verbs that take pictures from an episode instead of from files.</summary>
internal sealed class EpisodeOptions
{
    public Option<string?> Episode { get; } = new("--episode") { Description = "Take the pictures from this episode (its folder), with --camera; it may still be growing." };

    public Option<string?> Camera { get; } = new("--camera") { Description = "With --episode: the camera's stream." };

    public Option<bool> Live { get; } = new("--live") { Description = $"With --episode: follow the recording until there are {EpisodeViews.EnoughViews} views that fill half of the picture, or it ends (Ctrl+C: use what there is)." };

    public Option<string?> Robot { get; } = new("--robot");

    public Option<string?> Lens { get; } = new("--lens") { Description = "With --episode: a result that holds the camera's lens; else the episode's own is taken, else one from this recording." };

    /// <summary>Either pictures or an episode with a camera, never both.</summary>
    /// <param name="instead">The option that stands for pictures from files.</param>
    public void Require(Command command, Option instead)
    {
        command.Validators.Add(result =>
        {
            bool episode = result.GetValue(Episode) is not null;
            if (episode == (result.GetResult(instead) is not null))
            {
                result.AddError($"give {instead.Name}, or --episode EPISODE with --camera NAME");
            }
            else if (episode && result.GetValue(Camera) is null)
            {
                result.AddError("--episode needs --camera NAME");
            }
            else if (!episode && result.GetValue(Live))
            {
                result.AddError("--live follows an episode: give --episode");
            }
        });
    }

    public EpisodeCamera Open(ParseResult parsed) => EpisodeCamera.Open(parsed.GetRequiredValue(Episode)!, parsed.GetRequiredValue(Camera)!);

    /// <summary>The arm and the camera of the episode that is asked for, one target.</summary>
    public ArmAndCamera ArmAndCamera(ParseResult parsed, EpisodeCamera camera, string target, Following following) =>
        new(camera, Arm(parsed), TargetText.Read(target), parsed.GetValue(Lens), following.Options);

    public EpisodeSource Arm(ParseResult parsed)
    {
        string folder = parsed.GetRequiredValue(Episode)!;
        string[] parts = parsed.GetRequiredValue(Robot)!.Split('/', 2);
        return new EpisodeSource(folder.TrimEnd('/'), parts[0], parts.Length == 2 ? parts[1] : null);
    }

    /// <summary>Progress on standard error; Ctrl+C ends the following, not the program.</summary>
    public Following Follow(ParseResult parsed) => new(parsed.GetValue(Live));
}

/// <summary>A recording being looked at.</summary>
internal sealed class Following : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration? _interrupt;
    private string _last = "";

    public Following(bool live)
    {
        if (live)
        {
            _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
            {
                context.Cancel = true;
                _stop.Cancel();
            });
        }

        Options = new LookOptions(live, Say, _stop.Token);
    }

    public LookOptions Options { get; }

    public void Dispose()
    {
        _interrupt?.Dispose();
        _stop.Dispose();
    }

    private void Say(string line)
    {
        if (line != _last)
        {
            Console.Error.WriteLine("calibrate: " + line);
            _last = line;
        }
    }
}
