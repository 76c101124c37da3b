using Capture.Agent.Encoders;
using Capture.Core.Time;
using Capture.Media.Video;

namespace Capture.Agent.Tests.Encoders;

/// <summary>A real encoder process that is killed, stopped and slowed in the middle. Whatever happens to it: rows are pictures, at their own times, and what is missing is booked.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class EncodedCameraTests
{
    private const int Pictures = 150;
    private const int Middle = 40;
    private static readonly EncodeOptions s_spill = new();
    private static readonly EncodeOptions s_dropNew = new() { WhenBehind = BehindPolicy.DropNew };

    private static EncodeOptions[] Policies => [s_spill, s_dropNew];

    [Test]
    public void Nothing_is_lost_while_the_encoder_runs()
    {
        using EncodedTake take = EncodedTake.Record(s_spill, Pictures, CatchUp);
        take.ExpectTruth(Pictures);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(take.Sequence, Has.Length.EqualTo(Pictures));
            Assert.That(take.Stream.EncoderDepthFrames, Is.EqualTo(s_spill.MostWaiting(EncodedTake.Width * EncodedTake.Height) + EncodedCamera.MostInside));
        }
    }

    [TestCaseSource(nameof(Policies))]
    public void A_killed_encoder_costs_what_was_inside_it(EncodeOptions options)
    {
        using EncodedTake take = EncodedTake.Record(options, Pictures, (n, camera) => Do(n, camera, id => EncodedTake.Send("KILL", id), CatchUp));
        take.ExpectTruth(Pictures);
        Assert.That(take.Sequence[^1], Is.EqualTo(Pictures - 1), "a new one took over");
        if (options.WhenBehind == BehindPolicy.Spill)
        {
            Assert.That(take.Stream.Counts!.Dropped, Is.LessThanOrEqualTo(EncodedCamera.MostInside));
        }
    }

    [TestCaseSource(nameof(Policies))]
    public void An_encoder_that_stood_still_for_a_second_costs_what_the_policy_says(EncodeOptions options)
    {
        int held = 0;
        using EncodedTake take = EncodedTake.Record(options, Pictures, (n, camera) =>
        {
            Do(n, camera, id => EncodedTake.Send("STOP", held = id));
            if (n == Middle + 50)
            {
                EncodedTake.Send("CONT", held);
            }

            CatchUp(n, camera);
        });
        take.ExpectTruth(Pictures);
        long dropped = take.Stream.Counts!.Dropped;
        if (options.WhenBehind == BehindPolicy.Spill)
        {
            Assert.That(dropped, Is.Zero, "they waited");
        }
        else
        {
            Assert.That(dropped, Is.GreaterThanOrEqualTo(50 - options.FewWaiting - EncodedCamera.MostInside), "few may wait");
        }
    }

    [TestCaseSource(nameof(Policies))]
    public void An_encoder_that_stands_still_for_good_is_replaced(EncodeOptions options)
    {
        options = options with { StallLimit = Duration.FromMilliseconds(700) };
        using EncodedTake take = EncodedTake.Record(options, Pictures, (n, camera) => Do(n, camera, id => EncodedTake.Send("STOP", id), CatchUp));
        take.ExpectTruth(Pictures);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(take.Sequence[^1], Is.EqualTo(Pictures - 1), "a new one took over");
            Assert.That(take.Stream.Counts!.Dropped, Is.GreaterThan(0), "what was inside");
        }
    }

    [TestCaseSource(nameof(Policies))]
    public void A_slow_encoder_shifts_nothing(EncodeOptions options)
    {
        // A twentieth of the time it runs.
        const int End = Middle + 60;
        using EncodedTake take = EncodedTake.Record(options, Pictures, (n, camera) =>
        {
            if (n is > Middle and <= End && camera.ProcessId is > 0 and int id)
            {
                EncodedTake.Send(n % 20 == 0 || n == End ? "CONT" : "STOP", id);
            }

            CatchUp(n, camera);
        });
        take.ExpectTruth(Pictures);
        Assert.That(take.Sequence[^1], Is.EqualTo(Pictures - 1), "it caught up");
    }

    [Test]
    public void Without_an_encoder_the_cap_fills_and_the_rest_is_booked()
    {
        string folder = Directory.CreateTempSubdirectory("encoder-").FullName;
        string program = Path.Combine(folder, "ffmpeg");
        string real = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(f => Path.Combine(f, "ffmpeg")).First(File.Exists);
        File.CreateSymbolicLink(program, real);
        try
        {
            EncodeOptions options = s_dropNew with { Video = new H264Settings { Ffmpeg = program } };
            using EncodedTake take = EncodedTake.Record(options, Pictures, (n, camera) => Do(n, camera, id =>
            {
                // It dies, and the program is gone.
                File.Delete(program);
                EncodedTake.Send("KILL", id);
            }));
            take.ExpectTruth(Pictures);
            Assert.That(take.Sequence[^1], Is.LessThan(Middle + 1));
            Assert.That(take.Sequence, Has.Length.EqualTo(Pictures - take.Stream.Counts!.Dropped));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Do(int n, EncodedCamera camera, Action<int> fault, Action<int, EncodedCamera>? then = null)
    {
        if (n == Middle)
        {
            Assert.That(() => camera.ProcessId > 0 && camera.Waiting == 0, Is.True.After(30_000, 5), "an encoder runs, and has encoded what came");
            fault(camera.ProcessId);
        }

        then?.Invoke(n, camera);
    }

    // A busy machine may take its time: the last pictures come when nothing waits any more.
    private static void CatchUp(int n, EncodedCamera camera)
    {
        if (n == Pictures - 3)
        {
            Assert.That(() => camera.Waiting, Is.Zero.After(30_000, 5), $"it catches up: {camera.Trouble}");
        }
    }
}
