using System.CommandLine;
using Replay.Server.Commands;

RootCommand root = ServeCommand.Define(new RootCommand("replay: episodes of a capture rig in a browser, and labels on them"));
root.Subcommands.Add(ServeCommand.Define(new Command("serve", "serve a folder of episodes to the browser (what replay does when no command is given)")));
root.Subcommands.Add(LabelCommands.Labels());
root.Subcommands.Add(LabelCommands.Release());
root.Subcommands.Add(VerifyLogCommand.Create());
ParseResult parsed = root.Parse(args);
int code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(5) });
return parsed.Errors.Count > 0 ? Exit.Usage : code;
