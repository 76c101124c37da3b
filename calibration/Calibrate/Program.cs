return Calibrate.CommandLine.Run(args);
