using System.Collections.Immutable;
using Npgsql;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.History;

namespace PhaserAI.Migrations.Backups;

/// <summary>
/// Proves a backup: its checksum, that it can be restored (into a scratch database on the same server, dropped afterwards), and that
/// every table has the rows and the history the version that the manifest says.
/// </summary>
public sealed class BackupVerification(BackupOptions options, IProgress<MigrationEvent>? progress = null)
{
    private const int MostNamed = 5;

    /// <summary>Verifies it; what is wrong is thrown.</summary>
    /// <returns>What was compared.</returns>
    /// <exception cref="BackupFailedException">The backup is damaged, can't be restored, or is not what its manifest says.</exception>
    public async Task<BackupManifest> RunAsync(BackupContent content, CancellationToken cancellationToken = default)
    {
        if (options.Login is not null)
            return await new BackupVerification(await options.LogInAsync(cancellationToken).ConfigureAwait(false), progress).RunAsync(content, cancellationToken).ConfigureAwait(false);
        var manifest = content.Backup.Manifest ?? throw new BackupFailedException(
            $"{content.Backup.Address} can't be verified: it has no manifest, which says what is to be in it", $"Verify one that {options.CommandName} backup create has made.");
        DatabaseForm form;
        var connection = await MigrationConnection.OpenAsync(options.ConnectionString, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            form = await DatabaseForm.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        var scratch = await RestoreTarget.MakeAsync(options.ConnectionString, form, "verify", content, options, progress, cancellationToken).ConfigureAwait(false);
        await using (scratch.ConfigureAwait(false))
        {
            var address = new NpgsqlConnectionStringBuilder(options.ConnectionString) { Database = scratch.Name }.ConnectionString;
            await RestoreTarget.FillAsync(content, address, withOwners: true, options, progress, cancellationToken).ConfigureAwait(false);
            var restored = await options.OpenLaterAsync(address, cancellationToken).ConfigureAwait(false);
            await using (restored.ConfigureAwait(false))
                await CompareAsync(restored, content.Backup, manifest, cancellationToken).ConfigureAwait(false);
        }

        return manifest;
    }

    private async Task CompareAsync(NpgsqlConnection restored, StoredBackup backup, BackupManifest manifest, CancellationToken cancellationToken)
    {
        var differences = ImmutableArray.CreateBuilder<string>();
        var tables = await FindAsync(restored, manifest, differences, cancellationToken).ConfigureAwait(false);
        var counted = (await BackupSource.CountAsync(restored, tables, cancellationToken).ConfigureAwait(false)).ToDictionary(table => table.Table, table => table.Rows, StringComparer.Ordinal);
        foreach (var table in manifest.Tables)
        {
            if (counted.TryGetValue(table.Table, out var rows) && rows != table.Rows)
                differences.Add($"{table.Table} has {RowsOf(rows)} instead of {table.Rows}");
        }

        var history = await HistoryTable.LocateAsync(restored, manifest.HistorySchema ?? options.HistorySchema, cancellationToken).ConfigureAwait(false);
        var version = await BackupSource.ReadVersionAsync(history, cancellationToken).ConfigureAwait(false);
        if (version != manifest.SchemaVersion)
            differences.Add($"its schema version is {version ?? "none"} instead of {manifest.SchemaVersion ?? "none"}");
        if (differences.Count == 0)
            return;
        var named = string.Join("; ", differences.Take(MostNamed));
        throw new BackupFailedException(
            $"{backup.Address} is not what its manifest says: {named}{(differences.Count > MostNamed ? $"; and {differences.Count - MostNamed} more" : "")}",
            "Do not rely on it. Make another one, and verify that.");
    }

    /// <summary>The tables as the restored database quotes them. Those of an extension have rows that come with it.</summary>
    private static async Task<ImmutableArray<string>> FindAsync(
        NpgsqlConnection restored, BackupManifest manifest, ImmutableArray<string>.Builder differences, CancellationToken cancellationToken)
    {
        var ofExtension = new Dictionary<string, bool>(StringComparer.Ordinal);
        var command = new NpgsqlCommand(
            """
            select pg_catalog.format('%I.%I', n.nspname, c.relname),
                   exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')
              from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             where c.relkind = 'r'
            """,
            restored);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    ofExtension[reader.GetString(0)] = reader.GetBoolean(1);
            }
        }

        differences.AddRange(manifest.Tables.Where(table => !ofExtension.ContainsKey(table.Table)).Select(table => $"{table.Table} is missing"));
        return [.. manifest.Tables.Select(table => table.Table).Where(table => ofExtension.TryGetValue(table, out var comesWithIt) && !comesWithIt)];
    }

    private static string RowsOf(long rows) => rows == 1 ? "1 row" : $"{rows} rows";
}
