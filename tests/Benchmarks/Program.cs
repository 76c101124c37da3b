switch (args.FirstOrDefault())
{
    case "calibration":
        return Benchmarks.Calibration.MotionBenchmark.Run();
    default:
        Console.Error.WriteLine("benchmarks: name one: calibration");
        return 2;
}
