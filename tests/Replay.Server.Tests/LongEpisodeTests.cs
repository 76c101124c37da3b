using System.Diagnostics;
using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Recording;
using Replay.Server.Tests.Support;

namespace Replay.Server.Tests;

/// <summary>Ten minutes of everything. The bounds are gross, for busy machines; the figures are printed.</summary>
[Category("Long")]
[Explicit]
public sealed class LongEpisodeTests
{
    [Test]
    public async Task Ten_minutes_are_answered_without_reading_the_pictures()
    {
        await using var server = new Served();
        const int Seconds = 600;
        using (var recorder = EpisodeRecorder.Create(Recorded.Settings(server.Folder, "long")))
        {
            var sinks = new Recorded.Sinks(recorder);
            recorder.Arm();
            HostTime origin = recorder.Anchor.Origin;
            for (long ms = 0; ms < Seconds * 1000L; ms++)
            {
                sinks.Append(origin, ms);
                if (ms % 5000 == 4999)
                {
                    // Far faster than life: the writer gets time to empty the pools.
                    Thread.Sleep(60);
                }
            }

            recorder.Stop(StopReason.Operator);
            recorder.Seal();
        }

        await server.Start();
        foreach ((string what, int boundMs) in new[]
        {
            ("", 5000), ("", 500), ("/frames/front", 5000), ("/frames/front", 500), ("/series/arm?points=2000", 10_000), ("/series/arm?points=2000", 1000),
            ("/rows/arm?columns=position[0],position[1],position[2]&from=300000000000&to=304000000000", 500), ("/peaks/room?points=2000", 10_000), ("/peaks/room?points=2000", 1000),
            ("/peaks/room?from=300000000000&to=301000000000&points=2000", 1000), ("/sound/room?from=300000000000&to=302000000000", 1000),
        })
        {
            long read = BytesRead();
            var watch = Stopwatch.StartNew();
            byte[] body = await server.Http.GetByteArrayAsync("/api/episodes/long" + what);
            TestContext.Out.WriteLine($"{(what.Length == 0 ? "the episode" : what),-90} {watch.ElapsedMilliseconds,6} ms {body.Length,10} bytes, read {(BytesRead() - read) / 1e6:F1} MB");
            Assert.That(watch.ElapsedMilliseconds, Is.LessThan(boundMs), what);
        }

        (_, List<RecordBatch> frames) = await server.Arrow("/api/episodes/long/frames/front");
        Assert.That(frames.Sum(f => f.Rows), Is.EqualTo(Seconds * 30));
    }

    private static long BytesRead() => long.Parse(File.ReadAllLines("/proc/self/io")[0].Split(' ')[1]);
}
