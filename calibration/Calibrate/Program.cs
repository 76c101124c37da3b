using System.CommandLine;

RootCommand root = new("Calibrates cameras, rigs, hands and latencies, and says how wrong the result may be.");
return await root.Parse(args).InvokeAsync();
