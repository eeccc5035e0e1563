using Npgsql;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.History;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>The history: whether there is one that can be read, whose it is, and whether a run was cut off.</summary>
internal static class HistoryCheck
{
    /// <summary>Tables by which other tools are known; the last word is for <c>import --from</c>, where that can read them.</summary>
    private static readonly (string Table, string Tool, string? Import)[] Others =
    [
        ("flyway_schema_history", "Flyway", "flyway"), ("schema_version", "Flyway", null), ("__EFMigrationsHistory", "EF Core", "efcore"), ("databasechangelog", "Liquibase", null),
        ("goose_db_version", "goose", null), ("atlas_schema_revisions", "Atlas", null), ("knex_migrations", "Knex", null), ("alembic_version", "Alembic", null),
        ("_prisma_migrations", "Prisma", null), ("django_migrations", "Django", null), ("schemaversions", "DbUp", null), ("changelog", "Evolve", null), ("ScriptsRun", "grate", null),
        ("VersionInfo", "FluentMigrator", null), ("_sqlx_migrations", "SQLx", null), ("pgmigrations", "node-pg-migrate", null), ("ar_internal_metadata", "Rails", null),
    ];

    public static async Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        var others = await FindOthersAsync(of, cancellationToken);
        try
        {
            var history = await HistoryTable.LocateAsync(of.Connection!, of.Options!.HistorySchema, cancellationToken);
            of.Snapshot = await history.ReadAsync(cancellationToken);
            of.History = history;
            return [Describe(of, history), .. HalfDone(of), .. of.Snapshot.Entries.IsEmpty ? others : []];
        }
        catch (HistoryUnusableException unusable)
        {
            // What another tool has made is not to be mended, but taken over.
            return await ReadColumnsAsync(of, cancellationToken) switch
            {
                "version" => [Finding.Problem("schema_migrations is another tool's, as dbmate or Rails makes it", TakeOver(of, "dbmate"))],
                "dirty,version" => [Finding.Problem("schema_migrations is another tool's, as golang-migrate makes it", $"Set DB_HISTORY_SCHEMA to a schema of its own, and say what is applied: {of.Tool} baseline VERSION")],
                _ => [Finding.Problem(unusable.Message, unusable.Next), .. others],
            };
        }
    }

    private static Finding Describe(Examination of, HistoryTable history)
    {
        var entries = of.Snapshot!.Entries;
        if (!history.Exists)
            return Finding.Ok(history.Schema.Length == 0 ? "there is none yet" : $"there is none yet: the first up makes it in schema {history.Schema}");
        var applied = entries.IsEmpty ? "nothing applied" : $"{entries.Length} applied, the newest {entries[^1].Version}";
        return Finding.Ok($"{history.Schema}.schema_migrations: {applied}{(history.HasDetail ? "" : "; made by an earlier tool, and used as it is")}");
    }

    private static IEnumerable<Finding> HalfDone(Examination of) => of.Snapshot!.Checkpoints.Concat(of.Snapshot.Started)
        .Select(checkpoint => checkpoint.Version)
        .Distinct(StringComparer.Ordinal)
        .Select(version => Finding.Warning($"{version} is half done: a run was cut off", $"Go on after its last finished step: {of.Tool} up; or see what is left: {of.Tool} validate"));

    private static async Task<IReadOnlyList<Finding>> FindOthersAsync(Examination of, CancellationToken cancellationToken)
    {
        const string Sql = """
            select distinct c.relname::text, n.nspname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and c.relname = any (string_to_array($1, ','))
             order by 1, 2
            """;
        var found = await ServerQuestion.AskAsync(
            of, Sql, row => (Table: row.GetString(0), Schema: row.GetString(1)), cancellationToken,
            new NpgsqlParameter<string> { TypedValue = string.Join(',', Others.Select(other => other.Table)) });
        return [.. found.Select(table =>
        {
            var (name, tool, import) = Array.Find(Others, other => other.Table == table.Table);
            return Finding.Warning($"{table.Schema}.{name} looks like the history of {tool}: what it has applied is pending here", TakeOver(of, import));
        })];
    }

    /// <summary>The columns of the nearest <c>schema_migrations</c>, in the order of the alphabet.</summary>
    private static async Task<string?> ReadColumnsAsync(Examination of, CancellationToken cancellationToken) => (await ServerQuestion.AskAsync(
        of,
        """
        select (select string_agg(a.attname, ',' order by a.attname) from pg_attribute a where a.attnum > 0 and not a.attisdropped
                 and a.attrelid = to_regclass(case when $1 = '' then 'schema_migrations' else format('%I.schema_migrations', $1) end))
        """,
        row => row.GetText(0),
        cancellationToken,
        new NpgsqlParameter<string> { TypedValue = of.Options!.HistorySchema ?? "" }))[0];

    private static string TakeOver(Examination of, string? import) =>
        import is not null && of.Call.Parsed.RootCommandResult.Command.Subcommands.Any(command => command.Name == "import")
            ? $"Take it over: {of.Tool} import --from {import}"
            : $"Say what the database has already: {of.Tool} baseline VERSION";
}
