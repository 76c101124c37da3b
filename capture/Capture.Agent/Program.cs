return Capture.Agent.CommandLine.Run(args);
