using System.Collections.Immutable;
using Npgsql;
using PhaserAI.Migrations.Backups;

namespace PhaserAI.Migrations.Rehearsals;

/// <summary>What a copy has to be like, before there is anything in it.</summary>
/// <param name="Name">The database's name, or the backup's.</param>
/// <param name="Encoding">As CREATE DATABASE takes it; empty for what the server has by default.</param>
/// <param name="Locale">Likewise.</param>
/// <param name="Settings">What ALTER DATABASE … SET has set: pg_dump leaves it out.</param>
internal sealed record CopySource(string Name, string Encoding, string Locale, ImmutableArray<string> Settings)
{
    /// <summary>A backup goes into what the server makes by default.</summary>
    public static CopySource Of(StoredBackup backup) => new(backup.Name, "", "", []);

    public static async Task<CopySource> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // The values of these are lists that are quoted already (pg_dump's variable_is_guc_list_quote).
        const string Sql = """
            select datname::text, format('encoding %L', pg_encoding_to_char(encoding)), format('lc_collate %L lc_ctype %L', datcollate, datctype),
                   (select string_agg(format('%s to %s', name, case when name in ('search_path', 'local_preload_libraries', 'session_preload_libraries', 'temp_tablespaces')
                             then value else quote_literal(value) end), E'\n')
                      from pg_db_role_setting s, unnest(s.setconfig) one, substr(one, 1, strpos(one, '=') - 1) name, substr(one, strpos(one, '=') + 1) value
                     where s.setdatabase = d.oid and s.setrole = 0)
              from pg_database d where datname = current_database()
            """;
        var command = new NpgsqlCommand(Sql, connection);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return new CopySource(
                    reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? [] : [.. reader.GetString(3).Split('\n')]);
            }
        }
    }
}
