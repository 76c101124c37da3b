using System.Globalization;
using System.Xml.Linq;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Capture.Episodes.SyncCheck;
using Capture.Episodes.SyncPage;
using Capture.Episodes.Tests.Support;

namespace Capture.Episodes.Tests.SyncCheck;

/// <summary>The certificate's page. Whether it is calm to look at is not tested here.</summary>
public sealed class SyncPageTests
{
    [Test]
    public void A_page_draws_every_stream_and_needs_nothing_else()
    {
        using var rig = new Rig();
        ICameraFrameSink camera = rig.Recorder.Open(Streams.Camera());
        IMocapFrameSink mocap = rig.Recorder.Open(Streams.Mocap());
        rig.Recorder.Arm();
        HostTime t0 = rig.Recorder.Anchor.Origin + Duration.FromSeconds(1);
        for (int i = 0; i < 480; i++)
        {
            HostTime t = t0 + new Duration(i * 8_333_333L);
            mocap.Append(Rig.Stamp(i, t, i * 8333L), [null, null], []);
            if (i % 4 == 0 && i is < 100 or > 300)
            {
                camera.Append(Rig.Stamp(i / 4, t), Jpegs.Grey8, true);
            }
        }

        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        using EpisodeReader episode = EpisodeReader.Open(rig.Folder);
        string file = rig.Temp.At("sync.html");
        SyncPageFile.Write(episode, [new SyncMeasurement(SyncMethod.ImageMotion, "arm", "<front>", SyncVerdict.Alarm, 12_000_000, 10_000_000, 14_000_000, 0.9, 1_000_000, "it is late")], file);
        string page = File.ReadAllText(file);
        Assert.Multiple(() =>
        {
            Assert.That(page, Does.Contain("prefers-color-scheme:dark").And.Contain("&lt;front&gt;").And.Contain("12.0 ms").And.Not.Contain("http").And.Not.Contain("<script"));
            Assert.That(page, Does.Not.Contain("NaN").And.Not.Contain("∞"));
        });
        List<XElement> drawings = [.. Drawings(page)];
        Assert.That(drawings, Has.Count.EqualTo(2), "one of each stream");
        foreach (XElement svg in drawings)
        {
            Assert.That(svg.Elements().Select(e => (string?)e.Attribute("class")), Is.SupersetOf(["offset", "sigma", "bound", "grid", "tick"]));
            foreach (string point in svg.Elements("polyline").SelectMany(l => ((string)l.Attribute("points")!).Split(' ')))
            {
                double[] xy = [.. point.Split(',').Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
                Assert.That(xy[0], Is.InRange(0, 860));
                Assert.That(xy[1], Is.InRange(0, 132));
            }
        }

        Assert.That(drawings.Max(d => d.Elements("polyline").Count()), Is.GreaterThan(1), "the gap of the camera is drawn as one");
    }

    private static IEnumerable<XElement> Drawings(string page)
    {
        for (int at = page.IndexOf("<svg", StringComparison.Ordinal); at >= 0; at = page.IndexOf("<svg", at + 1, StringComparison.Ordinal))
        {
            yield return XElement.Parse(page[at..(page.IndexOf("</svg>", at, StringComparison.Ordinal) + 6)]);
        }
    }
}
