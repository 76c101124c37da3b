using Benchmarks;

return BenchmarkProgram.Run(args);
