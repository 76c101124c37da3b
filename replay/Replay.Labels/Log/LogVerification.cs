using System.Text;
using Microsoft.Data.Sqlite;

namespace Replay.Labels.Log;

/// <summary>What checking the chains found.</summary>
/// <param name="Episodes">Chains checked.</param>
/// <param name="Entries">Entries checked.</param>
/// <param name="Faults">Whole sentences; empty when nothing was changed since it was written.</param>
/// <param name="Hashes">Every hash that a chain had, by episode: a release names the head that it was made from.</param>
public sealed record LogVerification(int Episodes, long Entries, IReadOnlyList<string> Faults, IReadOnlyDictionary<string, IReadOnlySet<string>> Hashes)
{
    private const int MaxFaults = 100;

    /// <summary>
    /// Recomputes every hash from the stored bytes, and checks that numbers have no hole, that each entry names its parent, that bodies fit their rows
    /// and fold, and that the recorded heads are the ends of the chains. A chain that was rewritten whole, heads included, is not found by this: releases
    /// outside the database name heads, and those can be compared.
    /// </summary>
    internal static LogVerification Run(SqliteConnection connection)
    {
        var faults = new List<string>();
        var chains = new Dictionary<string, Chain>(StringComparer.Ordinal);
        long entries = 0;
        try
        {
            foreach (string problem in IntegrityProblems(connection))
            {
                faults.Add($"The database file is damaged: {problem}.");
            }

            using SqliteCommand select = connection.CreateCommand();
            select.CommandText = "SELECT episode, number, parent, body, hash FROM entries ORDER BY episode, number";
            using SqliteDataReader reader = select.ExecuteReader();
            while (reader.Read() && faults.Count < MaxFaults)
            {
                entries++;
                string episode = reader.GetString(0);
                if (!chains.TryGetValue(episode, out Chain? chain))
                {
                    chains.Add(episode, chain = new Chain(episode));
                }

                chain.Check(reader.GetInt64(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), faults);
            }

            CheckHeads(connection, chains, faults);
        }
        catch (SqliteException e)
        {
            faults.Add($"The database cannot be read to its end: {e.Message}.");
        }

        return new LogVerification(chains.Count, entries, faults, chains.ToDictionary(c => c.Key, c => (IReadOnlySet<string>)c.Value.Hashes, StringComparer.Ordinal));
    }

    private static IEnumerable<string> IntegrityProblems(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check(20)";
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            string text = reader.GetString(0);
            if (text != "ok")
            {
                yield return text;
            }
        }
    }

    private static void CheckHeads(SqliteConnection connection, Dictionary<string, Chain> chains, List<string> faults)
    {
        var headless = new HashSet<string>(chains.Keys, StringComparer.Ordinal);
        using SqliteCommand select = connection.CreateCommand();
        select.CommandText = "SELECT episode, number, hash FROM heads";
        using SqliteDataReader reader = select.ExecuteReader();
        while (reader.Read())
        {
            string episode = reader.GetString(0);
            headless.Remove(episode);
            if (!chains.TryGetValue(episode, out Chain? chain) || chain.Number != reader.GetInt64(1) || chain.Head != reader.GetString(2))
            {
                faults.Add($"Episode {episode}: the log ends at entry {chain?.Number ?? 0}, but its recorded head is entry {reader.GetInt64(1)}: entries were taken away or added.");
            }
        }

        faults.AddRange(headless.Select(episode => $"Episode {episode}: its recorded head is missing."));
    }

    private sealed class Chain(string episode)
    {
        private readonly LabelFold _fold = new();
        private bool _folds = true;

        public HashSet<string> Hashes { get; } = new(StringComparer.Ordinal) { LogEntry.EmptyHead };

        public string Head { get; private set; } = LogEntry.EmptyHead;

        public long Number { get; private set; }

        public void Check(long number, string parent, string body, string hash, List<string> faults)
        {
            string where = $"Episode {episode}, entry {number}";
            if (number != Number + 1)
            {
                faults.Add($"{where}: the entry before it is {Number}, not {number - 1}.");
            }

            if (parent != Head)
            {
                faults.Add($"{where}: it names another parent than the entry before it.");
            }

            byte[] bytes = Encoding.UTF8.GetBytes(body);
            if (LogEntry.Hash(parent, bytes) != hash)
            {
                faults.Add($"{where}: its bytes do not give its hash: it was changed after it was written.");
            }

            Fold(number, bytes, where, faults);
            Number = number;
            Head = hash;
            Hashes.Add(hash);
        }

        private void Fold(long number, byte[] body, string where, List<string> faults)
        {
            LogEntry? entry = LogEntry.FromBody(body);
            if (entry is null || entry.Episode != episode || entry.Number != number)
            {
                faults.Add($"{where}: its body does not say what its row says.");
                _folds = false;
            }

            if (!_folds)
            {
                return;
            }

            if (_fold.Refusal(entry!.Operation) is { } refusal)
            {
                faults.Add($"{where}: it does not fit what came before: {refusal}.");
                _folds = false;
                return;
            }

            _fold.Apply(entry);
        }
    }
}
