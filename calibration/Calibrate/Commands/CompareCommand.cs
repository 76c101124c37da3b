using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Calibration;
using Calibration.Reports;
using Calibration.Results;

namespace Calibrate.Commands;

/// <summary><c>calibrate compare A B</c>: how far apart two calibrations see the same point, in pixels over the image.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        Argument<string> first = new("a") { Description = "A result of `calibrate` (JSON)." };
        Argument<string> second = new("b") { Description = "Another of the same camera." };
        Option<double> limit = new("--limit") { Description = "Exit with 1 when the median difference is above this, pixels.", DefaultValueFactory = _ => double.PositiveInfinity };
        Option<bool> json = Options.Json();
        var command = new Command("compare", "How far apart two calibrations of a camera see the same far point, in pixels over the image.") { first, second, limit, json };
        command.SetAction(parsed => Trouble.Guard(() =>
        {
            string a = parsed.GetRequiredValue(first), b = parsed.GetRequiredValue(second);
            (CameraResult A, CameraResult B)[] pairs = [.. Pairs(a, b)];
            bool within = true;
            var differences = pairs.Select(p => (p.A.Name, Difference: LensDifference.Between(p.A.ToCamera(), p.B.ToCamera()))).ToArray();
            foreach ((string name, LensDifference d) in differences)
            {
                within &= d.MedianPixels <= parsed.GetValue(limit);
                if (!parsed.GetValue(json))
                {
                    Print(name, d);
                }
            }

            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(
                    differences.Select(d => new { Camera = d.Name, d.Difference.MedianPixels, d.Difference.WorstPixels, d.Difference.TurnRad, d.Difference.Columns, d.Difference.Rows, Pixels = d.Difference.Pixels.Select(p => double.IsFinite(p) ? (double?)p : null) }),
                    ResultFile.Json));
            }

            return within ? ExitCode.Good : ExitCode.FoundWrong;
        }));
        return command;
    }

    private static IEnumerable<(CameraResult A, CameraResult B)> Pairs(string a, string b)
    {
        CalibrationResult first = ResultFile.Read(a), second = ResultFile.Read(b);
        if (first.Cameras.Count == 1 && second.Cameras.Count == 1)
        {
            return [(first.Cameras[0], second.Cameras[0])];
        }

        (CameraResult, CameraResult)[] pairs = [.. first.Cameras.Join(second.Cameras, c => c.Name, c => c.Name, (x, y) => (x, y))];
        return pairs.Length > 0
            ? pairs
            : throw new CalibrationException(CalibrationProblem.Data, "no camera has the same name in both", $"{a} and {b}", "Compare two results that hold the same camera.");
    }

    private static void Print(string name, LensDifference d)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: median {d.MedianPixels:0.000} px, worst {d.WorstPixels:0.000} px, after a turn of {d.TurnRad * 1e3:0.000} mrad. Over the image, px:"));
        for (int r = 0; r < d.Rows; r += 3)
        {
            Console.WriteLine(string.Concat(Enumerable.Range(0, d.Columns / 3).Select(c => d.Pixels[(r * d.Columns) + (c * 3)].ToString("0.00", CultureInfo.InvariantCulture).PadLeft(7))));
        }
    }
}
