// Arithmetic alone, and no clock is read: fixtures take turns on both cores. Those that redirect the console say so themselves.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(2)]
