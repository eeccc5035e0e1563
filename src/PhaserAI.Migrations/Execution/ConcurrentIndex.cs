using Npgsql;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// CREATE INDEX CONCURRENTLY is no transaction: a build that fails or is killed leaves an INVALID index, which costs on
/// every write and serves no query, and IF NOT EXISTS then calls the next attempt a success (measured on PostgreSQL 11–18).
/// So what is left over is dropped before the build, and nothing counts as built while it is not valid.
/// </summary>
/// <param name="Name">The index's name.</param>
/// <param name="Table">Its table as the script names it.</param>
/// <param name="Origin">The statement.</param>
internal sealed record ConcurrentIndex(string Name, string Table, StatementOrigin Origin)
{
    /// <summary>Null when the statement is no such build, or leaves the name to the server.</summary>
    public static ConcurrentIndex? Read(SourceText text, SqlStatement statement)
    {
        if (statement.Command != "CREATE INDEX CONCURRENTLY")
            return null;
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        while (reader.Read() && !reader.IsWord("concurrently"u8))
        {
            // CREATE [UNIQUE] INDEX
        }

        if (reader.TryReadWord("if"u8))
            _ = reader.TryReadWord("not"u8) && reader.TryReadWord("exists"u8);
        var afterName = reader;
        if (!afterName.TryReadIdentifier(out var name) || !afterName.TryReadWord("on"u8))
            return null;
        afterName.TryReadWord("only"u8);
        var beforeTable = afterName.Current.End;
        return afterName.TryReadQualifiedName(out _)
            ? new ConcurrentIndex(
                name,
                text.GetString(beforeTable, afterName.Current.End - beforeTable).Trim(),
                new StatementOrigin(text, statement.Start, statement))
            : null;
    }

    /// <summary>Drops what an earlier attempt has left; its name when there was something.</summary>
    public async Task<string?> DropLeftoverAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await FindAsync(connection, cancellationToken).ConfigureAwait(false) is not { IsOnTable: true, IsValid: false, IsBeingBuilt: false } leftover)
            return null;
        var command = new NpgsqlCommand($"drop index concurrently if exists {leftover.QualifiedName}", connection);
        await using (command.ConfigureAwait(false))
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return leftover.QualifiedName;
    }

    public async Task<bool> IsBuiltAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await FindAsync(connection, cancellationToken).ConfigureAwait(false) is { IsOnTable: true, IsValid: true };

    /// <exception cref="IndexNotBuiltException">It is not there, not valid, or on another table.</exception>
    public async Task RequireValidAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var found = await FindAsync(connection, cancellationToken).ConfigureAwait(false);
        var message = found switch
        {
            null => $"index {Name} is not there although its build did not fail",
            { IsOnTable: false } => $"{found.QualifiedName} exists, but is no index on {Table}",
            { IsValid: false } => $"index {found.QualifiedName} is INVALID although its build did not fail",
            _ => null,
        };
        if (message is not null)
            throw new IndexNotBuiltException(message, Origin);
    }

    private async Task<Found?> FindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Sql = """
            select format('%I.%I', n.nspname, c.relname), coalesce(i.indisvalid, false), coalesce(i.indrelid = t.oid, false),
                   exists (select from pg_stat_progress_create_index p where p.index_relid = c.oid)
              from pg_class t
              join pg_class c on c.relnamespace = t.relnamespace and c.relname = $1
              join pg_namespace n on n.oid = c.relnamespace
              left join pg_index i on i.indexrelid = c.oid
             where t.oid = to_regclass($2)
            """;
        var command = new NpgsqlCommand(Sql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Name });
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Table });
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                return await reader.ReadAsync(cancellationToken).ConfigureAwait(false)
                    ? new Found(reader.GetString(0), reader.GetBoolean(1), reader.GetBoolean(2), reader.GetBoolean(3))
                    : null;
            }
        }
    }

    private sealed record Found(string QualifiedName, bool IsValid, bool IsOnTable, bool IsBeingBuilt);
}
