using Npgsql;

namespace PhaserAI.Migrations.Testing;

/// <summary>What earlier runs have left: databases of runs that were killed, and templates of scripts that nobody has used for a week.</summary>
internal static class Leftovers
{
    private const string Mark = "PhaserAI.Migrations.Testing, last used ";

    /// <summary>Writes the day into the template's comment, unless it stands there.</summary>
    public static Task MarkAsUsedAsync(TestServer server, string template) => server.ExecuteAsync($"""
        do $$
        declare today text := '{Mark}' || to_char(current_date, 'YYYY-MM-DD');
        begin
          if exists (select from pg_database where datname = '{template}' and shobj_description(oid, 'pg_database') is distinct from today) then
            execute format('comment on database {template} is %L', today);
          end if;
        end $$
        """);

    /// <summary>
    /// What may be dropped. A run is over when nobody holds its lock; pg_locks shows the locks of all databases. Only what belongs to the
    /// same user.
    /// </summary>
    public static Task<IReadOnlyList<string>> FindAsync(NpgsqlConnection connection)
    {
        // CASE, because AND promises no order: other names and comments are not to be converted.
        var sql = $$"""
            select datname::text from pg_database
             where datdba = (select oid from pg_roles where rolname = current_user)
               and case when datname ~ '^{{TestServer.RunPrefix}}[0-9a-f]{8}_'
                        then not exists (select from pg_locks
                                          where locktype = 'advisory' and objsubid = 2 and classid::bigint = {{TestServer.LockClass}}
                                            and objid::bigint = ('x' || substr(datname, {{TestServer.RunPrefix.Length + 1}}, 8))::bit(32)::bigint)
                        when starts_with(datname::text, '{{Template.Prefix}}') and shobj_description(oid, 'pg_database') ~ '^{{Mark}}\d{4}-\d\d-\d\d$'
                        then right(shobj_description(oid, 'pg_database'), 10)::date < current_date - 7
                        else false end
            """;
        return ReadAsync(connection, sql);
    }

    /// <summary>All databases of a run, also those that a test has forgotten.</summary>
    public static Task<IReadOnlyList<string>> OfRunAsync(NpgsqlConnection connection, int run) =>
        ReadAsync(connection, $"select datname::text from pg_database where starts_with(datname::text, '{TestServer.PrefixOf(run)}')");

    private static async Task<IReadOnlyList<string>> ReadAsync(NpgsqlConnection connection, string sql)
    {
        var names = new List<string>();
        try
        {
            await ReadAsync(connection, sql, names).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException)
        {
            // They are in nobody's way; a later run finds them.
        }

        return names;
    }

    private static async Task ReadAsync(NpgsqlConnection connection, string sql, List<string> names)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync().ConfigureAwait(false))
                    names.Add(reader.GetString(0));
            }
        }
    }
}
