using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace PhaserAI.Migrations.Comparison.Workload;

/// <summary>Writes the same migrations as each contender wants them.</summary>
internal static class MigrationFormat
{
    private const string HistoryTable = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
          version varchar(50) PRIMARY KEY,
          applied_at timestamptz DEFAULT now(),
          checksum varchar(64),
          execution_time_ms integer,
          description text
        );

        """;

    /// <summary>What can be written, by name: a folder of files, or for psql and the floor a file for each direction.</summary>
    public static IReadOnlyDictionary<string, Action<ImmutableArray<GeneratedMigration>, string>> All { get; } =
        new Dictionary<string, Action<ImmutableArray<GeneratedMigration>, string>>
        {
            ["guide"] = (migrations, folder) => WriteEach(migrations, folder, migration => $"{migration.Version}_{migration.Name}.sql", Guide),
            ["psql"] = WritePsql,
            ["floor"] = WriteFloor,
            ["dbmate"] = (migrations, folder) => WriteEach(migrations, folder, migration => $"{migration.Version.Replace("_", "", StringComparison.Ordinal)}_{migration.Name}.sql", Dbmate),
            ["dbup"] = (migrations, folder) => WriteEach(migrations, folder, migration => $"{migration.Version}_{migration.Name}.sql", Plain),
            ["evolve"] = (migrations, folder) => WriteEach(migrations, folder, migration => $"V{migration.Version}__{migration.Name}.sql", Plain),
            ["grate"] = (migrations, folder) => WriteEach(migrations, Path.Combine(folder, "up"), migration => $"{migration.Version}_{migration.Name}.sql", Plain),
        };

    /// <summary>The file as the guide's template has it; the optional history INSERT is left to the tool.</summary>
    public static string Guide(GeneratedMigration migration)
    {
        var down = new StringBuilder();
        foreach (var line in $"BEGIN;\n{Script(migration.Down)}COMMIT;".Split('\n'))
            down.Append("-- ").Append(line).Append('\n');
        return $"""
            -- Migration: {migration.Description}
            -- Author: The generator
            -- Date: 2025-01-01 00:00:00
            -- Description: {migration.Description}
            -- Dependencies: None

            -- UP: Apply changes
            BEGIN;

            {Script(migration.Up)}
            COMMIT;

            -- DOWN: Rollback changes
            {down}
            """;
    }

    private static string Dbmate(GeneratedMigration migration) => $"""
        -- migrate:up
        {Script(migration.Up)}
        -- migrate:down
        {Script(migration.Down)}
        """;

    private static string Plain(GeneratedMigration migration) => Script(migration.Up);

    private static void WritePsql(ImmutableArray<GeneratedMigration> migrations, string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "up.sql"), HistoryTable + string.Concat(migrations.Select(UpTransaction)));
        File.WriteAllText(Path.Combine(folder, "down.sql"), PsqlDown(migrations));
    }

    /// <summary>What takes migrations back, newest first.</summary>
    public static string PsqlDown(ImmutableArray<GeneratedMigration> migrations) => string.Concat(migrations.Reverse().Select(DownTransaction));

    /// <summary>All of it is one message; only the last transaction waits for the disk, which makes all before it durable too.</summary>
    private static void WriteFloor(ImmutableArray<GeneratedMigration> migrations, string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "up.sql"), $"""
            SET synchronous_commit = off;
            {HistoryTable}
            {string.Concat(migrations[..^1].Select(UpTransaction))}
            SET synchronous_commit = on;
            {UpTransaction(migrations[^1])}
            """);
    }

    private static string UpTransaction(GeneratedMigration migration) => $"""
        BEGIN;
        {Script(migration.Up)}INSERT INTO schema_migrations (version, checksum, execution_time_ms, description) VALUES ('{migration.Version}', '{Checksum(migration)}', 1, '{migration.Description}');
        COMMIT;

        """;

    private static string DownTransaction(GeneratedMigration migration) => $"""
        BEGIN;
        {Script(migration.Down)}DELETE FROM schema_migrations WHERE version = '{migration.Version}';
        COMMIT;

        """;

    private static string Checksum(GeneratedMigration migration) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Guide(migration))));

    private static string Script(ImmutableArray<string> statements) => string.Concat(statements.Select(statement => statement + ";\n"));

    private static void WriteEach(ImmutableArray<GeneratedMigration> migrations, string folder, Func<GeneratedMigration, string> name, Func<GeneratedMigration, string> text)
    {
        Directory.CreateDirectory(folder);
        foreach (var migration in migrations)
            File.WriteAllText(Path.Combine(folder, name(migration)), text(migration));
    }
}
