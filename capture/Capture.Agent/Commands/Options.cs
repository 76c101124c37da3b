using System.CommandLine;

namespace Capture.Agent.Commands;

/// <summary>Options and arguments that several verbs share, so that they are spelt and explained alike.</summary>
internal static class Options
{
    public static Option<bool> Json() => new("--json") { Description = "Machine-readable output on standard output." };

    public static Argument<string> Episode() => new("EPISODE") { Description = "An episode's folder, NAME.episode." };

    public static Argument<string> Rig() => new("RIG") { Description = "The rig's file, rig.yaml." };
}
