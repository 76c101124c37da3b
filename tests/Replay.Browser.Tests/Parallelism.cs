// Every test here runs a browser and servers that need both cores.
[assembly: NonParallelizable]
[assembly: LevelOfParallelism(1)]
