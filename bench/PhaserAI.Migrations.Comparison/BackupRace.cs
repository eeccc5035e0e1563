using System.Collections.Immutable;
using System.Globalization;
using PhaserAI.Migrations.Comparison.Measuring;

namespace PhaserAI.Migrations.Comparison;

/// <summary>A backup of a large database: pg_dump alone, and through this tool into a folder and to S3.</summary>
internal sealed class BackupRace(Tools tools, Race race, BenchServer server, Contenders contenders)
{
    public const string Dump = "pg_dump > file", Folder = "backup create, folder", S3 = "backup create, S3", Cli = "pg_dump, aws s3 cp -";

    private const string Database = "bench_backup";
    private const int Rounds = 3;

    public async Task<ScenarioResult> RunAsync(int megabytes, CancellationToken cancellationToken)
    {
        using var s3 = new DiscardingS3();
        await FillAsync(megabytes, cancellationToken);
        var folder = tools.WorkFile("backups");
        var file = tools.WorkFile("dump.sql");
        ImmutableArray<Entrant> entrants =
        [
            new(Dump, Rounds, Clear, port => Shell($"exec \"$PG_DUMP\" > {file}", port)),
            new(Folder, Rounds, Clear, port => Ours(port, ("BACKUP_DIR", folder))),
            new(S3, Rounds, Clear, port => Ours(port, [("BACKUP_S3_BUCKET", "bench-backups"), .. AwsOf(s3)])),
            new(Cli, Rounds, Clear, port => Shell("set -o pipefail; \"$PG_DUMP\" | aws s3 cp --only-show-errors - s3://bench-backups/dump.sql", port, [.. AwsOf(s3)])),
        ];
        return await race.RunAsync(new Scenario(string.Create(CultureInfo.InvariantCulture, $"a backup of {megabytes / 1024.0:0.##} GB"), Rounds, 0, entrants), cancellationToken);

        Task Clear(CancellationToken token)
        {
            File.Delete(file);
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
            return server.AskAsync("postgres", token, "CHECKPOINT");
        }
    }

    /// <summary>Rows of 150 bytes, until the database has that size.</summary>
    private async Task FillAsync(int megabytes, CancellationToken cancellationToken)
    {
        await server.CreateDatabaseAsync(Database, null, cancellationToken);
        var rows = megabytes * 1024L * 1024 / 183;
        await server.AskAsync(
            Database,
            cancellationToken,
            "CREATE TABLE big (id bigint, code text, name text)",
            $"INSERT INTO big SELECT n, 'C-' || n, 'Row ' || n || ': a name that is a sentence, so that a line has about the length that lines of such tables have in life' FROM generate_series(1, {rows.ToString(CultureInfo.InvariantCulture)}) n",
            "VACUUM ANALYZE big");
    }

    private static IEnumerable<(string Name, string Value)> AwsOf(DiscardingS3 s3) =>
        [("AWS_ENDPOINT_URL", s3.Url), ("AWS_REGION", "us-east-1"), ("AWS_DEFAULT_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "bench"), ("AWS_SECRET_ACCESS_KEY", "bench")];

    private ProgramCall Ours(int port, params (string Name, string Value)[] variables)
    {
        var call = contenders.OurCall(new Place(port, Database, tools.WorkFile("none")), "backup", "create");
        return call with { Variables = call.Variables.Add("MIGRATE_PG_BIN_DIR", tools.In()).AddRange(variables.Select(variable => KeyValuePair.Create(variable.Name, variable.Value))) };
    }

    private ProgramCall Shell(string command, int port, params (string Name, string Value)[] variables) => new("bash", ["-c", command])
    {
        Variables = ImmutableDictionary.CreateRange(
        [
            KeyValuePair.Create("PG_DUMP", tools.In("pg_dump")),
            KeyValuePair.Create("PGHOST", "127.0.0.1"),
            KeyValuePair.Create("PGPORT", port.ToString(CultureInfo.InvariantCulture)),
            KeyValuePair.Create("PGUSER", "postgres"),
            KeyValuePair.Create("PGDATABASE", Database),
            .. variables.Select(variable => KeyValuePair.Create(variable.Name, variable.Value)),
        ]),
    };
}
