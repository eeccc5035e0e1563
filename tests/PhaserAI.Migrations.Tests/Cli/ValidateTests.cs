using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary><c>validate</c> compares files and history and changes nothing.</summary>
public sealed class ValidateTests(PostgresServer server) : IAsyncLifetime
{
    private readonly MigrationFolder _folder = new();
    private TestDatabase? _database;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        _folder.Write("20250101_000000_a.sql", "-- UP:\nCREATE TABLE a (\n  id int\n);\n-- DOWN:\n-- DROP TABLE a;\n");
        _folder.Write("20250101_000001_b.sql", "CREATE TABLE b ();\n");
        Assert.Equal(0, (await Cli().RunAsync("up")).Code);
    }

    [Fact]
    public async Task Files_and_history_that_agree_are_nothing_to_report()
    {
        _folder.Write("20250101_000002_c.sql", "SELECT 'pending';\n");

        var result = await Cli("prod").RunAsync("validate");

        Assert.True(result.Code == 0, result.ToString());
        Assert.Contains("agree: 2 migrations applied", result.Out, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task An_edited_file_is_shown_with_its_difference_and_judged_by_the_environment()
    {
        _folder.Write("20250101_000000_a.sql", "-- UP:\nCREATE TABLE a (\n  id bigint\n);\n-- DOWN:\n-- DROP TABLE a;\n");

        var dev = await Cli().RunAsync("validate");
        Assert.True(dev.Code == 8, dev.ToString());
        Assert.Contains("warning: the SQL of this file is no longer what was applied", dev.Error, StringComparison.Ordinal);
        Assert.Contains("""
            infra/migrations/20250101_000000_a.sql and what was applied:
              --- UP as applied
              +++ UP of the file
              @@ -1 +1 @@
               
               CREATE TABLE a (
              -  id int
              +  id bigint
               );
            """, dev.Out, StringComparison.Ordinal);

        var prod = await Cli("prod").RunAsync("validate", "-o", "json");
        Assert.True(prod.Code == 3, prod.ToString());
        Assert.Equal(["target", "applied", "checkedObjects", "problems", "findings", "differences"], prod.Json.EnumerateObject().Select(field => field.Name));
        Assert.Single(prod.Json.GetProperty("problems").EnumerateArray());
        var difference = Assert.Single(prod.Json.GetProperty("differences").EnumerateArray());
        Assert.Equal(["version", "file", "lines", "note"], difference.EnumerateObject().Select(field => field.Name));
        Assert.Contains("+  id bigint", difference.GetProperty("lines").EnumerateArray().Select(line => line.GetString()));
    }

    [Fact]
    public async Task Passwords_are_masked_in_the_difference()
    {
        var role = "r_" + Guid.NewGuid().ToString("N");
        _folder.Write("20250101_000002_c.sql", $"CREATE ROLE {role} PASSWORD 'hunter1';\nDROP ROLE {role};\n");
        await Cli().RunAsync("up");
        _folder.Write("20250101_000002_c.sql", $"CREATE ROLE {role} PASSWORD 'hunter2';\nSELECT 1;\nDROP ROLE {role};\n");

        var result = await Cli().RunAsync("validate");

        Assert.Contains("+SELECT 1;", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter", result.ToString(), StringComparison.Ordinal);

        _folder.Write("20250101_000002_c.sql", $"CREATE ROLE {role} PASSWORD 'hunter2';\nDROP ROLE {role};\n");
        Assert.Contains("(the stored text is the same, as far as it is kept", (await Cli().RunAsync("validate")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Comments_missing_files_order_dependencies_and_unfinished_work_are_found()
    {
        _folder.Write("20250101_000000_a.sql", "-- UP:\n-- other words\nCREATE TABLE a (\n  id int\n);\n-- DOWN:\n-- BEGIN;\n-- DROP TABLE a;\n");
        File.Delete(Path.Combine(_folder.Path, "20250101_000001_b.sql"));
        _folder.Write("20241231_000000_old.sql", "-- Dependencies: 20240101_000000_gone.sql\nSELECT 1;\n");
        _folder.Write("20250101_000003_d.sql", "BEGIN;\nSELECT 1;\nCOMMIT;\nBEGIN;\nSELECT 1/0;\nCOMMIT;\n");
        _folder.Write("20250101_000004_e.sql", "COMMIT;\n");
        await _database!.ExecuteAsync("INSERT INTO schema_migrations_checkpoint (version, is_down, step, hash, elapsed_ms, finished_at) VALUES ('20250101_000003', false, 1, 'x', 1, now())");

        var result = await Cli("test").RunAsync("validate", "-o", "json");

        Assert.True(result.Code == 3, result.ToString());
        var problems = Messages(result, "problems");
        Assert.Contains("migration 20250101_000001 is applied, but its file is missing", problems);
        Assert.Contains("out of order: 20250101_000001 is applied already, and this migration is older", problems);
        Assert.Contains("it depends on 20240101_000000_gone.sql, which is neither in the folder nor applied", problems);
        Assert.Contains("COMMIT without a BEGIN before it", problems);
        var findings = Messages(result, "findings");
        Assert.Contains("comments or white space of this file were edited since it was applied", findings);
        Assert.Contains("up of 20250101_000003 was interrupted after 1 step", findings);
        Assert.Contains("this BEGIN has no COMMIT", findings);
    }

    [Fact]
    public async Task Edited_comments_are_one_line_at_up_and_named_one_by_one_by_validate()
    {
        foreach (var file in Directory.GetFiles(_folder.Path))
            await File.AppendAllTextAsync(file, "-- more\n", TestContext.Current.CancellationToken);
        _folder.Write("20250101_000002_c.sql", "SELECT 1;\n");

        var up = await Cli("test").RunAsync("up");
        Assert.True(up.Code == 0, up.ToString());
        Assert.Equal(1, up.Error.Split("warning:").Length - 1);
        Assert.Contains("comments or white space of 2 files were edited since they were applied", up.Error, StringComparison.Ordinal);

        var validate = await Cli("prod").RunAsync("validate");
        Assert.True(validate.Code == 8, validate.ToString());
        Assert.Contains("20250101_000000_a.sql", validate.Error, StringComparison.Ordinal);
        Assert.Contains("20250101_000001_b.sql", validate.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("of 2 files", validate.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_works_on_a_read_only_server()
    {
        await _database!.ExecuteAsync($"ALTER DATABASE {_database.Address.Database} SET default_transaction_read_only = on");

        Assert.Equal(0, (await Cli().RunAsync("validate")).Code);
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database!.DisposeAsync();
    }

    private static string?[] Messages(CliResult result, string kind) =>
        [.. result.Json.GetProperty(kind).EnumerateArray().Select(problem => problem.GetProperty("message").GetString())];

    private CliRunner Cli(string environment = "dev") => new(_folder, _database) { Variables = { ["ENVIRONMENT"] = environment } };
}
