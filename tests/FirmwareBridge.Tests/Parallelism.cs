// The tests against a running board mostly wait; three at a time leave a small machine room.
[assembly: LevelOfParallelism(3)]
