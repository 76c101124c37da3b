using System.Text;
using Capture.Core.Time;
using Microsoft.Data.Sqlite;
using Replay.Labels.Log;

namespace Replay.Labels.Tests.Log;

public sealed class LogVerificationTests
{
    private const string Episode = "6f7c0a52-93f2-4a0c-9d6b-1f4b4c1f3e01";

    private static Folder Written()
    {
        var folder = new Folder();
        using LabelLog log = LabelLog.Open(folder.Path, HostClock.System);
        for (int i = 0; i < 6; i++)
        {
            var create = new LabelOperation(OperationKind.Create, $"s{i}") { Start = Edges.At(i * 100), End = Edges.At((i * 100) + 50), Verb = "grasp", Note = $"note {i}" };
            Assert.That(log.Append(Episode, create, "op-07", log.View(Episode).Head), Is.TypeOf<AppendResult.Appended>());
        }

        return folder;
    }

    private static IReadOnlyList<string> FaultsAfter(string sql)
    {
        using Folder folder = Written();
        using (SqliteConnection connection = Tampering.Open(folder.Path))
        {
            Tampering.Run(connection, "DROP TRIGGER entries_stay; DROP TRIGGER entries_last;");
            Assert.That(Tampering.Run(connection, sql), Is.GreaterThan(0), "nothing was changed");
        }

        using LabelLog log = LabelLog.OpenExisting(folder.Path, HostClock.System)!;
        return log.Verify().Faults;
    }

    [TestCase("UPDATE entries SET body = replace(body, 'note 3', 'note 4') WHERE number = 4")]
    [TestCase("UPDATE entries SET parent = hash WHERE number = 3")]
    [TestCase("UPDATE entries SET hash = parent WHERE number = 3")]
    [TestCase("UPDATE entries SET number = 60 WHERE number = 6")]
    [TestCase("UPDATE entries SET episode = 'e' WHERE number = 1")]
    [TestCase("DELETE FROM entries WHERE number = 1")]
    [TestCase("DELETE FROM entries WHERE number = 3")]
    [TestCase("DELETE FROM entries WHERE number = 6")]
    [TestCase("DELETE FROM entries")]
    [TestCase("UPDATE heads SET number = 5")]
    [TestCase("UPDATE heads SET hash = '00'")]
    [TestCase("DELETE FROM heads")]
    public void Finds_a_change_by_sql(string sql) => Assert.That(FaultsAfter(sql), Is.Not.Empty);

    [Test]
    public void Finds_a_body_that_was_changed_and_hashed_anew()
    {
        using Folder folder = Written();
        using (SqliteConnection connection = Tampering.Open(folder.Path))
        {
            Tampering.Run(connection, "DROP TRIGGER entries_stay;");
            using SqliteCommand read = connection.CreateCommand();
            read.CommandText = "SELECT parent, replace(body, 'note 3', 'note 9') FROM entries WHERE number = 4";
            using SqliteDataReader row = read.ExecuteReader();
            Assert.That(row.Read());
            (string parent, string body) = (row.GetString(0), row.GetString(1));
            row.Close();
            Tampering.Run(connection, $"UPDATE entries SET body = '{body}', hash = '{LogEntry.Hash(parent, Encoding.UTF8.GetBytes(body))}' WHERE number = 4");
        }

        using LabelLog log = LabelLog.OpenExisting(folder.Path, HostClock.System)!;
        Assert.That(log.Verify().Faults, Has.Some.Contains("entry 5").And.Some.Contains("parent"));
    }

    [Test]
    public void Finds_every_single_byte_of_an_entry_that_changed_on_disk()
    {
        using Folder folder = Written();
        string path = Path.Combine(folder.Path, LabelLog.RelativePath);
        using (SqliteConnection connection = Tampering.Open(folder.Path))
        {
            Tampering.Run(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        }

        byte[] whole = File.ReadAllBytes(path);
        int at = whole.AsSpan().IndexOf("{\"episode\""u8);
        Assert.That(at, Is.GreaterThan(0));
        int length = whole.AsSpan(at).IndexOf((byte)'\n') is > 0 and int end ? Math.Min(end, 700) : 700;
        int bodyAndHash = Math.Min(length, whole.AsSpan(at).IndexOf("}}"u8) + 2 + 64);
        var missed = new List<int>();
        for (int i = at; i < at + bodyAndHash; i++)
        {
            byte[] flipped = [.. whole];
            flipped[i] ^= 0x01;
            File.WriteAllBytes(path, flipped);
            using LabelLog log = LabelLog.OpenExisting(folder.Path, HostClock.System)!;
            if (log.Verify().Faults.Count == 0)
            {
                missed.Add(i - at);
            }
        }

        Assert.That(missed, Is.Empty);
    }
}
