using System.CommandLine;
using System.Diagnostics;
using Capture.Core.Time;
using Microsoft.AspNetCore.Connections;
using Replay.Server.Hosting;

namespace Replay.Server.Commands;

/// <summary><c>replay serve DIR</c>: episodes and their labels in a browser, until Ctrl+C.</summary>
internal static class ServeCommand
{
    private const int DefaultPort = 8300;

    /// <summary>Adds the command's argument and options to <paramref name="command"/>: the root has them too, for serving is what replay does.</summary>
    public static T Define<T>(T command)
        where T : Command
    {
        var folder = new Argument<string>("DIR") { Description = "folder of episodes (NAME.episode)", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => "." };
        var port = new Option<int>("--port") { Description = "port on 127.0.0.1; 0: any that is free", DefaultValueFactory = _ => DefaultPort };
        var open = new Option<bool>("--open") { Description = "open the page in the browser" };
        port.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && (!int.TryParse(result.Tokens[0].Value, out int value) || value is < 0 or > 65535))
            {
                result.AddError("--port takes a number from 0 to 65535.");
            }
        });
        folder.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && result.Tokens[0].Value.StartsWith('-'))
            {
                result.AddError($"There is no option '{result.Tokens[0].Value}'; a folder of that name is given as ./{result.Tokens[0].Value}.");
            }
        });
        command.Arguments.Add(folder);
        command.Options.Add(port);
        command.Options.Add(open);
        command.SetAction((parsed, cancel) => Serve(parsed.GetValue(folder)!, parsed.GetValue(port), parsed.GetValue(open), cancel));
        return command;
    }

    private static async Task<int> Serve(string folder, int port, bool open, CancellationToken cancel)
    {
        if (ServedFolder.Problem(folder) is { } problem)
        {
            return Exit.With(Exit.Environment, problem);
        }

        ReplayServer server;
        try
        {
            server = await ReplayServer.Start(Path.GetFullPath(folder), port, HostClock.System);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            return Exit.With(Exit.Environment, $"port {port} is in use, perhaps by another replay. Stop that one, or give another port: replay serve {folder} --port 0 takes any that is free.");
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            return Exit.With(Exit.Environment, $"port {port} cannot be used ({e.Message.TrimEnd('.')}). Ports below 1024 need rights; give another port, or 0 for any that is free.");
        }

        await using (server)
        {
            Console.WriteLine($"replay serves {Path.GetFullPath(folder)} at {server.Address}  (Ctrl+C ends it)");
            if (!server.HasPage)
            {
                Console.Error.WriteLine("replay: the page was not built with this program; only the interface under /api answers. Build replay/web, then this program again.");
            }

            if (server.LabelProblem is { } labels)
            {
                Console.Error.WriteLine($"replay: labels can be neither read nor set: {labels}");
            }

            if (open)
            {
                OpenBrowser(server.Address);
            }

            try
            {
                await Task.Delay(Timeout.Infinite, cancel);
            }
            catch (OperationCanceledException)
            {
                // Ctrl+C or SIGTERM: the way it is meant to end.
            }
        }

        return Exit.Good;
    }

    private static void OpenBrowser(string address)
    {
        try
        {
            using var browser = Process.Start(new ProcessStartInfo("xdg-open", address) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.Error.WriteLine($"replay: no browser could be opened from here; go to {address}.");
        }
    }
}
