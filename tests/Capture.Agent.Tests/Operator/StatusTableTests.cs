using System.Text;
using Capture.Agent.Operator;

namespace Capture.Agent.Tests.Operator;

/// <summary>The operator's table as text. Does not prove how a terminal shows it.</summary>
public sealed class StatusTableTests
{
    private static StreamLine[] Lines() =>
    [
        new() { Name = "front", State = "running", RateHz = 30, NominalHz = 30, LagMs = 12.34, Rows = 300, Bytes = 4_200_000, SigmaUs = 53.8 },
        new() { Name = "board.imu", State = "lost", RateHz = 0, NominalHz = 1000, LagMs = double.NaN, Rows = 0, Dropped = 17, Bytes = 0, SigmaUs = double.NaN },
    ];

    private static string Draw(bool redraw, bool colour, int times = 1, string note = "")
    {
        using var output = new MemoryStream();
        var table = new StatusTable(output, 2, redraw, colour);
        for (int i = 0; i < times; i++)
        {
            table.Draw(Lines(), new TimeSpan(1, 2, 3), note);
        }

        return Encoding.UTF8.GetString(output.ToArray());
    }

    [Test]
    public void Each_stream_has_a_line_with_rate_lag_rows_drops_bytes_and_sigma()
    {
        string text = Draw(redraw: true, colour: false);
        Assert.That(text, Does.Contain("01:02:03").And.Contain("17 dropped"));
        Assert.That(text.Split('\n').Single(l => l.Contains("front", StringComparison.Ordinal)), Does.Match(@"front\s+running\s+30\.0\s+12\.3\s+300\s+0\s+4\.2 MB\s+53\.8"));
        Assert.That(text.Split('\n').Single(l => l.Contains("board.imu", StringComparison.Ordinal)), Does.Match(@"board\.imu\s+lost\s+0\.0\s+-\s+0\s+17\s+0\.0 kB\s+-"));
    }

    [Test]
    public void On_a_terminal_the_table_is_drawn_over_itself() =>
        Assert.That(Draw(redraw: true, colour: false, times: 2), Does.Contain("\e[4F"), "two lines of streams and two above them");

    [Test]
    public void Elsewhere_each_draw_is_one_plain_line()
    {
        string text = Draw(redraw: false, colour: true, times: 2, note: "board: the port is gone");
        Assert.That(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(2));
        Assert.That(text, Does.Contain("1/2 streams running").And.Contain("the port is gone").And.Not.Contain("\e["));
    }

    [Test]
    public void A_lost_stream_is_red_only_where_colour_is_wanted()
    {
        Assert.That(Draw(redraw: true, colour: true), Does.Contain("\e[31m board.imu"));
        Assert.That(Draw(redraw: true, colour: false), Does.Not.Contain("\e[31m"));
    }

    [Test]
    public void Text_longer_than_the_buffer_is_cut_and_nothing_breaks() =>
        Assert.That(Draw(redraw: true, colour: false, note: new string('x', 100_000)), Does.Contain("recording"));

    [Test]
    public void Drawing_allocates_nothing()
    {
        var table = new StatusTable(Stream.Null, 2, redraw: true, colour: true);
        StreamLine[] lines = Lines();
        table.Draw(lines, TimeSpan.FromSeconds(1), "");
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            table.Draw(lines, TimeSpan.FromSeconds(i), "a note");
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
