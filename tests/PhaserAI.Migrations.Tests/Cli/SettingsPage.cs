using System.Text;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>docs/reference/settings.md, made from the declarations.</summary>
internal static class SettingsPage
{
    /// <summary>What is read from the environment alone, because it is not about the project or must not come from a file.</summary>
    public static readonly (string Name, string Meaning)[] Surroundings =
    [
        ("CI", "`true` or `1` confirms what a person would have to; set at all, it turns colours and progress lines off. In `.env` it means nothing"),
        ("NO_COLOR", "Set at all, it turns colours off"),
        ("TERM", "`dumb` turns colours and progress lines off"),
        ("MIGRATE_PROJECT", "The project's folder; `scripts/migrate.sh` sets it. Without it, the nearest folder upwards that has `infra/migrations`"),
        ("PHASERAI_MIGRATE", "For `scripts/migrate.sh`: the path of a built tool to use instead of building one"),
        ("HOME", "Where `.pgpass` and `.pg_service.conf` lie, and what `~/` in a file of settings stands for"),
        ("PGSYSCONFDIR", "The folder of the machine's `pg_service.conf`; without it `/etc/postgresql-common`"),
        ("ASPNETCORE_ENVIRONMENT, DOTNET_ENVIRONMENT", "`doctor` warns when they say otherwise than `ENVIRONMENT`; they decide nothing"),
        ("XDG_CACHE_HOME", "Where fetched PostgreSQL programs are kept; without it `~/.cache`"),
        ("PATH", "Where programs are looked for"),
        ("AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL", "These and the other variables of the AWS SDK say who asks AWS, and where"),
        ("PGOPTIONS, PGTZ, PGCLIENTENCODING, PGSSLCERT, PGSSLKEY, PGTARGETSESSIONATTRS", "Read by the driver, as by psql"),
    ];

    public static string Text()
    {
        var page = new StringBuilder();
        page.Append("""
            # Settings

            <!-- Made from src/PhaserAI.Migrations.Cli/Settings/KnownSettings.cs. After a change there:
                 MIGRATE_TEST_REWRITE=1 ./scripts/test.sh -class '*ReferenceTests' -->

            `./scripts/migrate.sh settings` shows the values that count, each with the place it comes from, and asks no server. Passwords are
            masked. It ends with exit code 2 when a value can't be used.

            ## Places

            Of these places the first that has a setting counts:

            1. the option;
            2. the environment variable;
            3. the file `.env` of the project;
            4. the file `migrate.toml` of the project: its section of the environment, then what stands above the first section;
            5. the default, which may be the environment's.

            An empty variable counts as not set. An empty option is an error, because it is most likely a variable that was not set. Relative paths in
            the two files start from the project, others from the current folder.

            ## Every setting

            | Variable | Key in migrate.toml | Option | Value | Meaning | Default |
            |---|---|---|---|---|---|

            """);
        foreach (var setting in KnownSettings.All)
        {
            page.Append("| ").Append(string.Join(", ", setting.Variables.Select(Code)))
                .Append(" | ").Append(setting.Key is { } key ? Code(key) : "")
                .Append(" | ").Append(setting.Flag is { } flag ? Code(flag) : "")
                .Append(" | ").Append(Value(setting))
                .Append(" | ").Append(Escape(setting.Help))
                .Append(" | ").Append(setting.DefaultText is { } text ? IsWord(text) ? Code(text) : Escape(text) : "")
                .AppendLine(" |");
        }

        page.Append("""

            A duration is a number with a unit (`500ms`, `60s`, `5min`, `1h`); a plain number is seconds.

            ## .env

            Lines `NAME=value`; git ignores the file, so it may hold passwords.

            * A `#` at the beginning of a line or after a space begins a comment. `export` before the name is allowed, and spaces around `=`.
            * In single quotes everything is meant as it stands. In double quotes `\n`, `\t`, `\r`, `\"`, `\\`, `\$` and `` \` `` are understood. Quoted text may
              have several lines.
            * Nothing is run or expanded. A value of a setting with `${…}`, `$(…)` or a backquote outside of single quotes is refused, because a guess
              could be a wrong password.
            * Of a name that stands there twice, the last counts.
            * Other programs' variables are ignored. One that is nearly a setting's, while that setting is set nowhere, is mentioned.
            * A line that can't be read is an error with file and line; the line itself is not repeated.

            ## migrate.toml

            [TOML](https://toml.io), committed with the project. A key is the first variable in lower case, without `MIGRATE_`:

            ```toml
            db_name = "phaserai"
            lock_wait = "2min"

            [environments.prod]            # goes before what stands above
            db_host = "prod-db.example.com"
            db_user = "phaserai_migrator"
            ```

            Sections are `[environments.dev]`, `test`, `staging` and `prod`. All of the file is checked, whichever environment a call is for: an unknown key or
            section, a value that can't be used and a password or other secret are errors with file, line and column.

            ## Which server

            `DB_HOST` names it, or `DATABASE_URL`, which is a URL or an Npgsql connection string. A whole address comes from the strongest place that has one
            of them; in one place `DB_HOST` goes before `DATABASE_URL`. What a weaker place says of a server of its own (user, password, TLS mode …) is not used, and a
            note says so. A place without a server of its own completes the address, and a stronger one may replace single parts of it. What the
            URL itself says goes before a setting of a weaker place.

            libpq's variables, which begin with `PG`, are perhaps set for another program. They count where none of the tool's own variables is set, in whatever place:
            first `PGSERVICE`, then `PGHOST`. What a service says goes before other `PG` variables. Its parameters host, hostaddr, port, dbname, user, password,
            passfile, sslmode, sslrootcert, sslcert, sslkey, sslpassword, sslnegotiation, channel_binding, require_auth, gssencmode, krbsrvname, connect_timeout, options and
            application_name are used; keepalives, target_session_attrs and the like are ignored; any other is refused.

            A password that is given nowhere is looked for in `PGPASSFILE`, else in `~/.pgpass`. Without any server, dev uses the
            development database; `DB_NAME`, `DB_PORT`, `DB_USER` or `DB_PASSWORD` in a variable or in `.env` without a server is refused.

            ## Read from the environment alone

            | Variable | Meaning |
            |---|---|

            """);
        foreach (var (name, meaning) in Surroundings)
            page.AppendLine($"| {string.Join(", ", name.Split(", ").Select(Code))} | {meaning} |");
        return page.ToString().ReplaceLineEndings("\n");
    }

    private static string Value(Setting setting) => setting.Kind switch
    {
        SettingKind.Duration => "duration",
        SettingKind.Number => setting.Limits.Most == int.MaxValue ? $"number from {setting.Limits.Least}" : $"{setting.Limits.Least} to {setting.Limits.Most}",
        SettingKind.Bool => "`true` or `false`",
        SettingKind.Choice => string.Join(", ", setting.Choices.Select(Code)),
        SettingKind.Path => "path",
        _ => setting.IsSecret ? "text, secret" : "text",
    };

    private static bool IsWord(string text) => !text.Contains(' ', StringComparison.Ordinal);

    private static string Code(string text) => $"`{text}`";

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
