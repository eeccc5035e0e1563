using System.Collections.Immutable;
using System.Data;
using System.Globalization;
using Npgsql;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.History;

namespace PhaserAI.Migrations.Backups;

/// <summary>
/// The database as it is at one moment: a transaction whose snapshot pg_dump takes over, so that what is asked here is true
/// of the dump.
/// </summary>
internal sealed class BackupSource : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private BackupSource(NpgsqlConnection connection, HistoryTable history, string snapshot) =>
        (_connection, History, Snapshot) = (connection, history, snapshot);

    /// <summary>The snapshot's name, for <c>pg_dump --snapshot</c>.</summary>
    public string Snapshot { get; }

    public HistoryTable History { get; }

    /// <summary>The version of the newest applied migration; null when there is none, or the history is another tool's.</summary>
    public string? SchemaVersion { get; private init; }

    public bool IsAscii { get; private init; }

    public string Database => _connection.Database;

    public int ServerMajor => _connection.PostgreSqlVersion.Major;

    /// <summary>15.18 of "15.18 (Debian 15.18-0+deb12u1)".</summary>
    public string ServerVersion => VersionOf(_connection);

    public static string VersionOf(NpgsqlConnection connection) => connection.ServerVersion.Split(' ')[0];

    /// <exception cref="ConnectionFailedException">There is no connection.</exception>
    public static async Task<BackupSource> OpenAsync(NpgsqlConnection connection, BackupOptions options, CancellationToken cancellationToken)
    {
        var newer = connection.PostgreSqlVersion.Major >= 17 ? "set local transaction_timeout = 0;" : "";
        var begin = new NpgsqlCommand(
            $"""
            begin isolation level repeatable read read only;
            set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; {newer}
            select pg_catalog.pg_export_snapshot(), pg_catalog.current_setting('server_encoding') = 'SQL_ASCII'
            """,
            connection);
        await using (begin.ConfigureAwait(false))
        {
            string snapshot;
            bool isAscii;
            var reader = await begin.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                (snapshot, isAscii) = (reader.GetString(0), reader.GetBoolean(1));
            }

            var history = await HistoryTable.LocateAsync(connection, options.HistorySchema, cancellationToken).ConfigureAwait(false);
            return new BackupSource(connection, history, snapshot)
            {
                IsAscii = isAscii,
                SchemaVersion = await ReadVersionAsync(history, cancellationToken).ConfigureAwait(false),
            };
        }
    }

    /// <summary>The newest version in a history; null when there is none, or it can't be read.</summary>
    public static async Task<string?> ReadVersionAsync(HistoryTable history, CancellationToken cancellationToken)
    {
        try
        {
            var snapshot = await history.ReadAsync(cancellationToken).ConfigureAwait(false);
            return snapshot.Entries.Select(entry => entry.Version).Max(StringComparer.Ordinal);
        }
        catch (HistoryUnusableException)
        {
            return null; // a backup is worth having all the same
        }
    }

    /// <summary>Counts all rows in the snapshot, for a dump that can't be read as it passes.</summary>
    public async Task<ImmutableArray<TableRows>> CountAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        var ask = new NpgsqlCommand(
            """
            select pg_catalog.format('%I.%I', n.nspname, c.relname)
              from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
               and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')
             order by n.nspname, c.relname
            """,
            _connection);
        await using (ask.ConfigureAwait(false))
        {
            var reader = await ask.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    names.Add(reader.GetString(0));
            }
        }

        return await CountAsync(_connection, names, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Counts the rows of tables, each without its heirs.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="tables">Qualified names as the server has quoted them.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    public static async Task<ImmutableArray<TableRows>> CountAsync(NpgsqlConnection connection, IEnumerable<string> tables, CancellationToken cancellationToken)
    {
        var counted = ImmutableArray.CreateBuilder<TableRows>();
        foreach (var table in tables)
        {
            var count = new NpgsqlCommand($"select pg_catalog.count(*) from only {table}", connection);
            await using (count.ConfigureAwait(false))
                counted.Add(new TableRows(table, Convert.ToInt64(await count.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture)));
        }

        return counted.ToImmutable();
    }

    /// <summary>Lets the snapshot go.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_connection.FullState is not ConnectionState.Closed)
            await Rollback.RunAsync(_connection).ConfigureAwait(false);
    }
}
