using Capture.Core.Time;
using Microsoft.Data.Sqlite;
using Replay.Labels.Log;

namespace Replay.Labels.Tests.Log;

public sealed class LabelLogTests
{
    private const string Episode = "6f7c0a52-93f2-4a0c-9d6b-1f4b4c1f3e01";

    private static LabelOperation Create(string id, long from, long to) => new(OperationKind.Create, id) { Start = Edges.At(from), End = Edges.At(to), Verb = "grasp", Note = "é 抓 \"q\"" };

    private static string Append(LabelLog log, LabelOperation operation, string? parent = null, string episode = Episode) =>
        log.Append(episode, operation, "op-07", parent ?? log.View(episode).Head) is AppendResult.Appended done
            ? done.Head
            : throw new AssertionException($"{operation} was not taken");

    [Test]
    public void What_was_appended_is_there_after_it_is_opened_again()
    {
        using var folder = new Folder();
        LabelView before;
        using (LabelLog log = LabelLog.Open(folder.Path, HostClock.System))
        {
            Append(log, Create("a", 10, 20));
            Append(log, new LabelOperation(OperationKind.Verb, "a") { Verb = "lift" });
            Append(log, Create("b", 30, 40));
            Append(log, new LabelOperation(OperationKind.Delete, "b"));
            before = log.View(Episode);
        }

        using LabelLog again = LabelLog.OpenExisting(folder.Path, HostClock.System)!;
        LabelView after = again.View(Episode);
        Assert.That(after.Head, Is.EqualTo(before.Head));
        Assert.That(after.Segments, Is.EqualTo(before.Segments));
        Assert.That(after.Segments.Single(), Has.Property("Verb").EqualTo("lift").And.Property("Note").EqualTo("é 抓 \"q\""));
        Assert.That(again.Entries(Episode).Select(e => e.Entry.Number), Is.EqualTo(new long[] { 1, 2, 3, 4 }));
        Assert.That(again.VerbsInUse(), Is.EqualTo(new[] { "grasp", "lift" }));
        Assert.That(again.Verify().Faults, Is.Empty);
    }

    [Test]
    public void An_operation_on_an_old_head_is_not_written()
    {
        using var folder = new Folder();
        using LabelLog log = LabelLog.Open(folder.Path, HostClock.System);
        string first = Append(log, Create("a", 10, 20));
        string second = Append(log, new LabelOperation(OperationKind.Note, "a") { Note = "n" });
        AppendResult result = log.Append(Episode, new LabelOperation(OperationKind.Delete, "a"), "op-08", first);
        Assert.That(result, Is.EqualTo(new AppendResult.Stale(second)));
        Assert.That(log.Entries(Episode), Has.Count.EqualTo(2));
    }

    [Test]
    public void Two_processes_views_of_one_folder_agree_and_neither_overwrites()
    {
        using var folder = new Folder();
        using LabelLog one = LabelLog.Open(folder.Path, HostClock.System);
        using LabelLog two = LabelLog.Open(folder.Path, HostClock.System);
        string head = Append(one, Create("a", 10, 20));
        Assert.That(two.View(Episode).Head, Is.EqualTo(head));
        Append(two, Create("b", 30, 40));
        Assert.That(one.Append(Episode, Create("c", 50, 60), "op-07", head), Is.TypeOf<AppendResult.Stale>());
        Assert.That(one.View(Episode).Segments.Select(s => s.Id), Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public void Episodes_have_chains_of_their_own()
    {
        using var folder = new Folder();
        using LabelLog log = LabelLog.Open(folder.Path, HostClock.System);
        Append(log, Create("a", 10, 20));
        Append(log, Create("a", 10, 20), LogEntry.EmptyHead, episode: "6f7c0a52-93f2-4a0c-9d6b-1f4b4c1f3e02");
        Assert.That(log.Verify(), Has.Property("Episodes").EqualTo(2).And.Property("Entries").EqualTo(2L));
    }

    [Test]
    public void Stamps_the_hosts_utc_in_nanoseconds()
    {
        using var folder = new Folder();
        using LabelLog log = LabelLog.Open(folder.Path, new FixedClock(1_732_292_405_123_456_789));
        Append(log, Create("a", 10, 20));
        Assert.That(log.Entries(Episode).Single().Entry.Utc, Is.EqualTo("2024-11-22T16:20:05.123456789Z"));
    }

    [Test]
    public void The_log_refuses_sql_that_changes_it()
    {
        using var folder = new Folder();
        using LabelLog log = LabelLog.Open(folder.Path, HostClock.System);
        Append(log, Create("a", 10, 20));
        using SqliteConnection connection = Tampering.Open(folder.Path);
        Assert.That(() => Tampering.Run(connection, "UPDATE entries SET body = '{}'"), Throws.TypeOf<SqliteException>());
        Assert.That(() => Tampering.Run(connection, "DELETE FROM entries"), Throws.TypeOf<SqliteException>());
    }

    [Test]
    public void A_file_that_is_no_database_is_named_with_a_remedy()
    {
        using var folder = new Folder();
        Directory.CreateDirectory(Path.Combine(folder.Path, ".replay"));
        File.WriteAllText(Path.Combine(folder.Path, LabelLog.RelativePath), new string('x', 5000));
        Assert.That(() => LabelLog.Open(folder.Path, HostClock.System), Throws.TypeOf<LabelLogException>().With.Message.Contains("labels.db"));
    }

    [Test]
    public void A_later_versions_database_is_refused()
    {
        using var folder = new Folder();
        LabelLog.Open(folder.Path, HostClock.System).Dispose();
        using (SqliteConnection connection = Tampering.Open(folder.Path))
        {
            Tampering.Run(connection, "PRAGMA user_version = 2");
        }

        Assert.That(() => LabelLog.Open(folder.Path, HostClock.System), Throws.TypeOf<LabelLogException>().With.Message.Contains("version 2"));
    }

    private sealed class FixedClock(long realtime) : HostClock
    {
        public override HostTime Now => new(1);

        public override HostClockReading ReadAll() => new(new HostTime(1), realtime, 1, new HostTime(1));
    }
}
