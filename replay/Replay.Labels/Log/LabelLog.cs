using System.Text;
using Capture.Core.Time;
using Microsoft.Data.Sqlite;

namespace Replay.Labels.Log;

/// <summary>What became of an operation.</summary>
public abstract record AppendResult
{
    /// <summary>It is on disk.</summary>
    public sealed record Appended(string Head, LabelSegment Segment) : AppendResult;

    /// <summary>Someone else wrote since: <paramref name="Head"/> is the present head. Nothing was written.</summary>
    public sealed record Stale(string Head) : AppendResult;

    /// <summary>It does not fit the segments as they are. Nothing was written.</summary>
    public sealed record Refused(string Reason) : AppendResult;
}

/// <summary>The segments of an episode at one moment of its log.</summary>
/// <param name="Head">The newest entry's hash; <see cref="LogEntry.EmptyHead"/> of an empty log.</param>
/// <param name="Segments">Those in force, by start.</param>
public sealed record LabelView(string Head, IReadOnlyList<LabelSegment> Segments);

/// <summary>
/// The append-only log of label operations of all episodes in one folder: <c>.replay/labels.db</c>, one hash chain an episode. An operation is
/// acknowledged after SQLite has synced it (WAL, synchronous FULL), so a killed process and a power cut lose nothing that was acknowledged.
/// Safe for several threads, and for several processes on one folder.
/// </summary>
public sealed class LabelLog : IDisposable
{
    /// <summary>Where the database lies in a folder of episodes.</summary>
    public const string RelativePath = ".replay/labels.db";

    private const int SchemaVersion = 1;

    // Folded logs kept in memory; a fold of another episode is built again when asked for.
    private const int MaxFolds = 64;

    private readonly Lock _gate = new();
    private readonly SqliteConnection _connection;
    private readonly HostClock _clock;
    private readonly Dictionary<string, (string Head, LabelFold Fold)> _folds = new(StringComparer.Ordinal);

    private LabelLog(SqliteConnection connection, HostClock clock)
    {
        _connection = connection;
        _clock = clock;
    }

    /// <summary>Opens the log of a folder of episodes, making the database when there is none.</summary>
    /// <exception cref="LabelLogException">The folder cannot be written, or the file is no database of this version.</exception>
    public static LabelLog Open(string folder, HostClock clock)
    {
        string path = Path.Combine(folder, RelativePath);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LabelLogException("the folder for labels cannot be made", path, "Give this user the right to write there.", e);
        }

        return OpenAt(path, SqliteOpenMode.ReadWriteCreate, clock);
    }

    /// <summary>Opens the log of a folder as it is; null where no label was ever set.</summary>
    public static LabelLog? OpenExisting(string folder, HostClock clock)
    {
        string path = Path.Combine(folder, RelativePath);
        return File.Exists(path) ? OpenAt(path, SqliteOpenMode.ReadWrite, clock) : null;
    }

    /// <summary>The segments of an episode as they are now.</summary>
    public LabelView View(string episode)
    {
        lock (_gate)
        {
            (string head, LabelFold fold) = Folded(episode);
            return new LabelView(head, fold.InForce());
        }
    }

    /// <summary>Verbs in use anywhere in this folder, the most used first, at most 64.</summary>
    public IReadOnlyList<string> VerbsInUse()
    {
        lock (_gate)
        {
            using SqliteCommand select = Command(
                "SELECT json_extract(body, '$.verb') AS verb FROM entries WHERE verb <> '' GROUP BY verb ORDER BY count(*) DESC, verb LIMIT 64");
            using SqliteDataReader reader = select.ExecuteReader();
            var verbs = new List<string>();
            while (reader.Read())
            {
                verbs.Add(reader.GetString(0));
            }

            return verbs;
        }
    }

    /// <summary>Writes one operation, if <paramref name="parent"/> is the head that the log has.</summary>
    /// <param name="episode">The episode's id.</param>
    /// <param name="author">1 to <see cref="LabelRules.MaxAuthor"/> characters.</param>
    /// <exception cref="LabelLogException">The database cannot be written: nothing was acknowledged.</exception>
    public AppendResult Append(string episode, LabelOperation operation, string author, string parent)
    {
        if (author.Length == 0 || LabelRules.Problem("author", author, LabelRules.MaxAuthor) is not null)
        {
            return new AppendResult.Refused(LabelRules.Problem("author", author, LabelRules.MaxAuthor) ?? "the author is empty");
        }

        lock (_gate)
        {
            try
            {
                return AppendLocked(episode, operation, author, parent);
            }
            catch (SqliteException e)
            {
                _folds.Remove(episode);
                throw new LabelLogException($"the operation could not be written ({e.Message})", _connection.DataSource, "Check the disk's space and rights; nothing was stored.", e);
            }
        }
    }

    /// <summary>The entries of an episode in order, each with its hash.</summary>
    public IReadOnlyList<(LogEntry Entry, string Hash)> Entries(string episode)
    {
        lock (_gate)
        {
            return [.. ReadAfter(episode, 0)];
        }
    }

    /// <summary>Checks every chain; see <see cref="LogVerification"/>.</summary>
    public LogVerification Verify()
    {
        lock (_gate)
        {
            return LogVerification.Run(_connection);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static LabelLog OpenAt(string path, SqliteOpenMode mode, HostClock clock)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 10 }.ConnectionString);
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;");
            Prepare(connection, path);
            return new LabelLog(connection, clock);
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw new LabelLogException($"it cannot be opened as a database ({e.Message})", path, "Restore it from a backup, or move it aside to begin an empty log.", e);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Prepare(SqliteConnection connection, string path)
    {
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        long version = (long)Scalar(connection, "PRAGMA user_version")!;
        if (version > SchemaVersion)
        {
            throw new LabelLogException($"it has version {version}, and this program knows up to {SchemaVersion}", path, "Use a newer version of replay.");
        }

        if (version == 0)
        {
            // The triggers stop a slip, not an attacker: what catches him is the chain.
            Execute(connection, """
                CREATE TABLE entries (
                    episode TEXT NOT NULL,
                    number  INTEGER NOT NULL,
                    parent  TEXT NOT NULL,
                    body    TEXT NOT NULL,
                    hash    TEXT NOT NULL,
                    PRIMARY KEY (episode, number)
                ) STRICT;
                CREATE TABLE heads (
                    episode TEXT PRIMARY KEY,
                    number  INTEGER NOT NULL,
                    hash    TEXT NOT NULL
                ) STRICT;
                CREATE TRIGGER entries_stay  BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
                CREATE TRIGGER entries_last  BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
                PRAGMA user_version = 1;
                """);
        }

        transaction.Commit();
    }

    private AppendResult AppendLocked(string episode, LabelOperation operation, string author, string parent)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction(deferred: false);
        (string head, LabelFold fold) = Folded(episode);
        if (!string.Equals(head, parent, StringComparison.Ordinal))
        {
            return new AppendResult.Stale(head);
        }

        if (fold.Refusal(operation) is { } refusal)
        {
            return new AppendResult.Refused(refusal);
        }

        var entry = new LogEntry(episode, fold.Number + 1, UtcText.Of(_clock.ReadAll().RealtimeNanoseconds), author, operation);
        byte[] body = entry.ToBody();
        string hash = LogEntry.Hash(head, body);
        using SqliteCommand insert = Command(
            """
            INSERT INTO entries (episode, number, parent, body, hash) VALUES ($episode, $number, $parent, $body, $hash);
            INSERT INTO heads (episode, number, hash) VALUES ($episode, $number, $hash)
                ON CONFLICT (episode) DO UPDATE SET number = excluded.number, hash = excluded.hash;
            """,
            ("$episode", episode),
            ("$number", entry.Number),
            ("$parent", head),
            ("$body", Encoding.UTF8.GetString(body)),
            ("$hash", hash));
        insert.ExecuteNonQuery();
        transaction.Commit();

        LabelSegment segment = fold.Apply(entry);
        _folds[episode] = (hash, fold);
        return new AppendResult.Appended(hash, segment);
    }

    private (string Head, LabelFold Fold) Folded(string episode)
    {
        if (!_folds.TryGetValue(episode, out (string Head, LabelFold Fold) known))
        {
            known = (LogEntry.EmptyHead, new LabelFold());
        }

        // Another process may have written: only what is new is read.
        foreach ((LogEntry entry, string hash) in ReadAfter(episode, known.Fold.Number))
        {
            known.Fold.Apply(entry);
            known.Head = hash;
        }

        if (_folds.Count >= MaxFolds && !_folds.ContainsKey(episode))
        {
            _folds.Clear();
        }

        _folds[episode] = known;
        return known;
    }

    private IEnumerable<(LogEntry Entry, string Hash)> ReadAfter(string episode, long number)
    {
        using SqliteCommand select = Command(
            "SELECT number, body, hash FROM entries WHERE episode = $episode AND number > $number ORDER BY number", ("$episode", episode), ("$number", number));
        using SqliteDataReader reader = select.ExecuteReader();
        while (reader.Read())
        {
            LogEntry entry = LogEntry.FromBody(Encoding.UTF8.GetBytes(reader.GetString(1)))
                ?? throw new LabelLogException($"entry {reader.GetInt64(0)} of episode {episode} cannot be read", _connection.DataSource, "Run 'replay verify-log', and restore the database from a backup.");
            yield return (entry, reader.GetString(2));
        }
    }

    private SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
