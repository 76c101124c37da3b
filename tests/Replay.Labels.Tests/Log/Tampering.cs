using Microsoft.Data.Sqlite;
using Replay.Labels.Log;

namespace Replay.Labels.Tests.Log;

/// <summary>Another program that writes into the database.</summary>
internal static class Tampering
{
    public static SqliteConnection Open(string folder)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, LabelLog.RelativePath), Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }

    public static int Run(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }
}
