// Every test here runs processes that need both cores.
[assembly: NonParallelizable]
[assembly: LevelOfParallelism(1)]
