using System.Collections.Immutable;
using Npgsql;
using PhaserAI.Migrations.History;

namespace PhaserAI.Migrations.Imports;

/// <summary>Finds and reads the table of another tool.</summary>
internal static class ForeignTable
{
    /// <summary>The table that the tool makes by itself.</summary>
    public static string DefaultName(ImportTool tool) => tool switch
    {
        ImportTool.Flyway => "flyway_schema_history",
        ImportTool.Dbmate => "schema_migrations",
        _ => "__EFMigrationsHistory",
    };

    /// <summary>Looks for the table and reads it; null when there is none.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="own">The tool's own history: what it uses is no other tool's.</param>
    /// <param name="import">What is looked for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="HistoryUnusableException">Several tables have that name, or the one can't be read.</exception>
    public static async Task<ForeignHistory?> FindAsync(
        NpgsqlConnection connection, HistoryTable own, ImportOptions import, CancellationToken cancellationToken)
    {
        var candidates = new List<Candidate>();
        var (schema, name) = Split(import.Table ?? DefaultName(import.Tool));
        await ListAsync(connection, schema, name, candidates, cancellationToken).ConfigureAwait(false);
        // Of dbmate's name there may be histories of this tool, here and in other schemas.
        candidates.RemoveAll(found => IsOwnName(found, own) && own.HasOwnColumns);
        if (import is { Tool: ImportTool.Dbmate, Table: null })
        {
            candidates.RemoveAll(found => found.Columns.Contains("applied_at", StringComparer.Ordinal) && found.Columns.Contains("checksum", StringComparer.Ordinal));
            // Once it has made room it is found under its new name.
            if (candidates.Count == 0)
                await ListAsync(connection, own.Schema, ForeignHistory.Renamed, candidates, cancellationToken).ConfigureAwait(false);
        }

        if (candidates.Count > 1 && !candidates[0].IsOnPath)
        {
            throw new HistoryUnusableException(
                $"there are {candidates.Count} tables {name}: in the schemas {string.Join(", ", candidates.Select(found => found.Schema))}",
                $"Say which one it is with --table {candidates[0].Schema}.{name}.");
        }

        if (candidates is not [var table, ..])
            return null;
        var history = new ForeignHistory(table.Schema, table.Name, [])
        {
            IsInTheWay = IsOwnName(table, own),
            IsRenamedTaken = table.IsRenamedTaken,
            PrimaryKey = table.PrimaryKey,
        };
        return history with { Rows = await ReadAsync(connection, history, import.Tool, table.Columns, cancellationToken).ConfigureAwait(false) };
    }

    /// <summary>Reads its rows again.</summary>
    public static async Task<ImmutableArray<ForeignRow>> ReadAgainAsync(
        NpgsqlConnection connection, ForeignHistory history, ImportTool tool, CancellationToken cancellationToken)
    {
        var now = new List<Candidate>();
        await ListAsync(connection, history.Schema, history.Table, now, cancellationToken).ConfigureAwait(false);
        return now is [var table] ? await ReadAsync(connection, history, tool, table.Columns, cancellationToken).ConfigureAwait(false) : [];
    }

    private static bool IsOwnName(Candidate found, HistoryTable own) => found.Schema == own.Schema && found.Name == "schema_migrations";

    private static (string Schema, string Name) Split(string table)
    {
        var dot = table.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? ("", table.Trim('"')) : (table[..dot].Trim('"'), table[(dot + 1)..].Trim('"'));
    }

    private static async Task ListAsync(NpgsqlConnection connection, string schema, string name, List<Candidate> found, CancellationToken cancellationToken)
    {
        const string Sql = """
            select n.nspname::text, c.relname::text, coalesce(c.oid = to_regclass(quote_ident($1)), false),
                   (select string_agg(a.attname, ',') from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
                   (select k.conname::text from pg_constraint k where k.conrelid = c.oid and k.contype = 'p'),
                   exists (select from pg_class o where o.relnamespace = c.relnamespace and o.relname = $3)
              from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where c.relname = $1 and ($2 = '' or n.nspname = $2) and c.relkind in ('r', 'p') and c.relpersistence <> 't'
             order by 3 desc, 1
            """;
        var command = new NpgsqlCommand(Sql, connection);
        await using (command.ConfigureAwait(false))
        {
            foreach (var value in (string[])[name, schema, ForeignHistory.Renamed])
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value });
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    found.Add(new Candidate(
                        reader.GetString(0), reader.GetString(1), reader.GetBoolean(2), reader.IsDBNull(3) ? [] : reader.GetString(3).Split(','),
                        reader.IsDBNull(4) ? null : reader.GetString(4), reader.GetBoolean(5)));
                }
            }
        }
    }

    private static async Task<ImmutableArray<ForeignRow>> ReadAsync(
        NpgsqlConnection connection, ForeignHistory table, ImportTool tool, string[] columns, CancellationToken cancellationToken)
    {
        // EFCore.NamingConventions renames EF Core's columns too.
        var sql = tool switch
        {
            ImportTool.Flyway => $"""
                select version::text, installed_on::timestamptz, execution_time::int, type::text, script::text, checksum::int, success::boolean
                  from {table.QuotedName} order by installed_rank
                """,
            ImportTool.Dbmate => $"select version::text from {table.QuotedName} order by version::text collate \"C\"",
            _ when columns.Contains("migration_id", StringComparer.Ordinal) => $"select migration_id::text from {table.QuotedName} order by migration_id::text collate \"C\"",
            _ => $"""select "MigrationId"::text from {table.QuotedName} order by "MigrationId"::text collate "C" """,
        };
        try
        {
            var rows = ImmutableArray.CreateBuilder<ForeignRow>();
            var command = new NpgsqlCommand(sql, connection);
            await using (command.ConfigureAwait(false))
            {
                var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                        rows.Add(tool is ImportTool.Flyway ? ReadFlyway(reader) : new ForeignRow(Text(reader, 0)));
                }
            }

            return rows.DrainToImmutable();
        }
        catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new HistoryUnusableException(
                $"user {connection.UserName} may not read {table}: {refused.MessageText}",
                $"Let its owner run: GRANT SELECT ON {table.QuotedName} TO {HistorySchema.Quote(connection.UserName ?? "")}; and USAGE on the schema.",
                refused);
        }
        catch (PostgresException other) when (other.SqlState is PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.CannotCoerce)
        {
            throw new HistoryUnusableException(
                $"{table} is not as {ForeignFolder.NameOf(tool)} makes it: {other.MessageText}",
                "Name the right table with --table, or the right tool with --from.",
                other);
        }
    }

    private static ForeignRow ReadFlyway(NpgsqlDataReader row) => new(Text(row, 0), row.IsDBNull(1) ? null : new DateTimeOffset(row.GetDateTime(1)), row.IsDBNull(2) ? null : row.GetInt32(2))
    {
        Type = Text(row, 3) ?? "SQL",
        Script = Text(row, 4) ?? "",
        Checksum = row.IsDBNull(5) ? null : row.GetInt32(5),
        Succeeded = row.IsDBNull(6) || row.GetBoolean(6),
    };

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private sealed record Candidate(string Schema, string Name, bool IsOnPath, string[] Columns, string? PrimaryKey, bool IsRenamedTaken);
}
