using System.Collections.Immutable;
using Npgsql;

namespace PhaserAI.Migrations.History;

/// <summary><c>schema_migrations_log</c>: who did what, when, from where, and how it ended. Rows are only ever added.</summary>
internal static class AuditLog
{
    /// <summary>The statement that adds a row; the server adds the time and the database user.</summary>
    public static NpgsqlBatchCommand Add(string schema, ServerText text, LogEntry entry)
    {
        // A log of before there were backups has no such column until the next up.
        var (column, parameter) = entry.Backup is null ? ("", "") : (", backup", ", $13");
        var command = new NpgsqlBatchCommand($"""
            insert into {HistorySchema.Name(schema, HistorySchema.Log)}
              (action, version, outcome, duration_ms, os_user, host, tool, environment, git_commit, sqlstate, error, reason{column})
            values ($1, $2, $3, $4::int, $5, $6, $7, $8, $9, $10, $11, $12{parameter})
            """);
        ReadOnlySpan<string?> values =
        [
            entry.Action, entry.Version, entry.Outcome, entry.Duration is { } duration ? Milliseconds(duration) : null,
            entry.OperatingSystemUser, entry.Host, entry.Tool, entry.Environment, entry.GitCommit, entry.SqlState, entry.Error, entry.Reason,
            .. entry.Backup is { } backup ? (string?[])[backup] : [],
        ];
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = value is null ? null : text.Fit(value), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        return command;
    }

    /// <summary>See <see cref="HistoryTable.ReadLogAsync"/>.</summary>
    public static async Task<ImmutableArray<LogEntry>> ReadAsync(
        NpgsqlConnection connection,
        string schema,
        bool historyExists,
        bool detailExists,
        bool logExists,
        bool logHasBackup,
        LogFilter filter,
        CancellationToken cancellationToken)
    {
        var log = HistorySchema.Name(schema, HistorySchema.Log);
        var detail = HistorySchema.Name(schema, HistorySchema.Detail);
        var fromLog = $"""
            select l.id, l.at, l.action, l.version::text, l.outcome, l.duration_ms, l.database_user, l.os_user, l.host, l.tool, l.environment,
                   l.git_commit::text, l.sqlstate::text, l.error, l.reason, {(logHasBackup ? "l.backup" : "null::text")}
              from
            """;
        var fromHistory = $"""
            select 0::bigint, case when m.applied_at::timestamptz between '0001-01-02 00:00Z' and '9999-12-30 00:00Z' then m.applied_at::timestamptz end,
                   'up', m.version::text, 'done', case when m.execution_time_ms is not null then least(greatest(m.execution_time_ms::bigint, 0), 2147483647)::int end,
                   {(detailExists ? "d.applied_by, null, d.applied_from, d.tool" : "null, null, null, null")}, null, null, null, null, null, null
              from {HistorySchema.Name(schema)} m {(detailExists ? $"left join {detail} d using (version)" : "")}
             {(logExists ? $"where not exists (select from {log} l where l.version = m.version and l.outcome = 'done' and l.action in ('up', 'baseline', 'import', 'repair --applied', 'reset-history'))" : "")}
            """;
        var known = (logExists, historyExists) switch
        {
            (true, true) => $"{fromLog} {log} l union all {fromHistory}",
            (true, false) => $"{fromLog} {log} l",
            _ => fromHistory,
        };
        var command = new NpgsqlCommand(
            $"""
            select * from ({known}) known (id, at, action, version, outcome, duration_ms, database_user, os_user, host, tool, environment, git_commit, sqlstate, error, reason, backup)
             where ($1 = '' or version = $1) and ($2 = '' or outcome = $2) and ($3 = '' or action = $3 or action like $3 || ' --%')
               and ($4 is null or at >= $4) and ($5 is null or at < $5)
             order by at desc nulls last, id desc, version collate "C" desc
             {(filter.Limit is { } rows ? $"limit {rows}" : "")}
            """,
            connection);
        await using (command.ConfigureAwait(false))
        {
            foreach (var text in (string?[])[filter.Version, filter.Outcome, filter.Action])
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = text ?? "" });
            foreach (var time in (DateTimeOffset?[])[filter.Since, filter.Until])
                command.Parameters.Add(new NpgsqlParameter { Value = (object?)time?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz });
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var newestFirst = new List<LogEntry>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    newestFirst.Add(Read(reader));
                newestFirst.Reverse();
                return [.. newestFirst];
            }
        }
    }

    private static LogEntry Read(NpgsqlDataReader row)
    {
        return new LogEntry(row.IsDBNull(1) ? null : new DateTimeOffset(row.GetDateTime(1)), row.GetString(2), Text(3), row.GetString(4))
        {
            Duration = row.IsDBNull(5) ? null : TimeSpan.FromMilliseconds(row.GetInt32(5)),
            DatabaseUser = Text(6),
            OperatingSystemUser = Text(7),
            Host = Text(8),
            Tool = Text(9),
            Environment = Text(10),
            GitCommit = Text(11),
            SqlState = Text(12),
            Error = Text(13),
            Reason = Text(14),
            Backup = Text(15),
            IsLogged = row.GetInt64(0) > 0,
        };

        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
    }

    private static string Milliseconds(TimeSpan duration) =>
        ((int)Math.Min(int.MaxValue, duration.TotalMilliseconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
