using System.Collections.Immutable;
using Npgsql;

namespace PhaserAI.Migrations.Backups;

/// <summary>What a database is besides its content, and what a dump of it does not hold: owner, encoding, locale, settings, rights.</summary>
internal sealed class DatabaseForm
{
    /// <summary>Settings whose value is a list that is quoted already (PostgreSQL's variable_is_guc_list_quote).</summary>
    private static readonly string[] Lists =
        ["local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries", "temp_tablespaces", "unix_socket_directories"];

    // The last row is there for every database with rights of its own, even if nobody has any.
    private const string RightsQuery = """
        select case a.grantee when 0 then 'public' else a.grantee::regrole::text end, a.privilege_type, a.is_grantable
          from pg_database d, aclexplode(d.datacl) a
         where d.datname = current_database() and a.grantee <> d.datdba
        union all
        select '', '', false from pg_database d where d.datname = current_database() and d.datacl is not null
        """;

    private const string SettingsQuery = """
        select case s.setrole when 0 then '' else s.setrole::regrole::text end, split_part(c, '=', 1), substr(c, strpos(c, '=') + 1)
          from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase, unnest(s.setconfig) c
         where d.datname = current_database()
        """;

    private readonly string _owner;
    private readonly string _create;
    private readonly ImmutableArray<Func<string, string>> _after;

    private DatabaseForm(string owner, string create, string? tablespace, ImmutableArray<string> settings, ImmutableArray<Func<string, string>> after) =>
        (_owner, _create, Tablespace, Settings, _after) = (owner, create, tablespace, settings, after);

    /// <summary>Where it lies; null for where a new one lies anyway: to name that takes a right that only a superuser has.</summary>
    public string? Tablespace { get; }

    /// <summary>What ALTER DATABASE … SET has set for every role: <c>"name" to value</c>.</summary>
    public ImmutableArray<string> Settings { get; }

    /// <summary>Reads it from the database of a connection.</summary>
    public static async Task<DatabaseForm> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // The columns of the locale have other names in each of 14, 15 and 17.
        var rows = await RowsAsync(
            connection,
            """
            select d.datdba::regrole::text, pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, coalesce(j->>'datlocprovider', 'c'),
                   coalesce(j->>'datlocale', j->>'daticulocale', ''), t.spcname, d.datconnlimit::text, coalesce(shobj_description(d.oid, 'pg_database'), '')
              from pg_database d join pg_tablespace t on t.oid = d.dattablespace, to_jsonb(d) j
             where d.datname = current_database()
            """,
            cancellationToken).ConfigureAwait(false);
        var form = rows[0];
        var provider = form[4] switch
        {
            "i" => $" locale_provider icu icu_locale {Literal(form[5])}",
            "b" => $" locale_provider builtin builtin_locale {Literal(form[5])}",
            _ => "",
        };
        var create = $"encoding {Literal(form[1])} lc_collate {Literal(form[2])} lc_ctype {Literal(form[3])}{provider}";
        var settings = ImmutableArray.CreateBuilder<string>();
        var after = ImmutableArray.CreateBuilder<Func<string, string>>();
        if (form[7] != "-1")
            after.Add(name => $"alter database {name} connection limit {form[7]}");
        after.Add(name => $"comment on database {name} is {(form[8].Length > 0 ? Literal(form[8]) : "null")}");
        foreach (var row in await RowsAsync(connection, SettingsQuery, cancellationToken).ConfigureAwait(false))
        {
            var setting = $"{Quote(row[1])} to {(Lists.Contains(row[1]) ? row[2] : Literal(row[2]))}";
            if (row[0].Length == 0)
                settings.Add(setting);
            after.Add(name => $"{(row[0].Length > 0 ? $"alter role {row[0]} in database" : "alter database")} {name} set {setting}");
        }

        var rights = await RowsAsync(connection, RightsQuery, cancellationToken).ConfigureAwait(false);
        if (!rights.IsEmpty)
            after.Add(name => $"revoke all on database {name} from public");
        foreach (var row in rights.Where(row => row[0].Length > 0))
            after.Add(name => $"grant {row[1]} on database {name} to {row[0]}{(row[2] == "t" ? " with grant option" : "")}");
        return new DatabaseForm(form[0], create, form[6] is "pg_default" ? null : form[6], settings.ToImmutable(), after.ToImmutable());
    }

    /// <summary>Makes an empty database of this form, and the user's own.</summary>
    public string Create(string name) => $"create database {Quote(name)} template template0 {_create}{(Tablespace is null ? "" : $" tablespace {Quote(Tablespace)}")}";

    /// <summary>The same for another server: as it is, and where that machine has not got the locale, without it.</summary>
    public IReadOnlyList<Func<string, string>> CreateElsewhere() =>
    [
        name => $"create database {Quote(name)} template template0 {_create}",
        name => $"create database {Quote(name)} template template0 {_create[.._create.IndexOf(" lc_collate", StringComparison.Ordinal)]} lc_collate 'C' lc_ctype 'C'",
    ];

    /// <summary>What makes that database the same in everything else.</summary>
    public IEnumerable<string> Complete(string name) =>
        _after.Select(sql => sql(Quote(name))).Append($"alter database {Quote(name)} owner to {_owner}");

    public static string Quote(string name) => History.HistorySchema.Quote(name);

    private static async Task<ImmutableArray<string[]>> RowsAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var rows = ImmutableArray.CreateBuilder<string[]>();
        var command = new NpgsqlCommand(sql, connection) { AllResultTypesAreUnknown = true };
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)]);
            }
        }

        return rows.ToImmutable();
    }

    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
