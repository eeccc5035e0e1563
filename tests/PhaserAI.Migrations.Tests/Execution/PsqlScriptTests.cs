using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>Scripts written for psql: variables, included files, \connect.</summary>
public sealed class PsqlScriptTests(PostgresServer server)
{
    [Fact]
    public async Task Included_files_and_variables_run_up_and_down_also_when_the_files_are_gone()
    {
        await using var run = await TestRun.CreateAsync(server);
        WriteSub(run, "t.sql", "CREATE TABLE :t (a text);\n\\ir data.sql\n");
        WriteSub(run, "data.sql", "COPY :t FROM stdin;\n:t\n\\.\nINSERT INTO :\"t\" VALUES (:'v')");
        WriteSub(run, "drop.sql", "DROP TABLE :t;\n");
        var file = run.Folder.Write("20250101_000001_a.sql", "\\set t words\n\\set v 'it''s'\n-- UP:\n\\i parts/t.sql\n-- DOWN:\n-- \\i parts/drop.sql\n");

        Assert.True((await run.UpAsync()).Succeeded);

        Assert.Equal(":t it's", await run.Database.AskAsync("select string_agg(a, ' ' order by a) from words"));
        File.Delete(file);
        Directory.Delete(Path.Combine(run.Folder.Path, "parts"), recursive: true);
        Assert.True((await run.DownAsync()).Succeeded);
        Assert.Null(await run.Database.AskAsync("select to_regclass('words')"));
    }

    [Theory]
    [InlineData("SELECT 1;\n  SELECT :'v', nope;\n", 2, 16)]
    [InlineData("SELECT :v;\n", 1, 8)]
    [InlineData("CREATE TABLE t (a int);\nCOPY t FROM stdin;\n1\nx\n\\.\n", 4, 1)]
    [InlineData("DO $$\nBEGIN\n  RAISE EXCEPTION 'no';\nEND $$;\n", 3, 3)]
    public async Task An_error_in_an_included_file_is_shown_in_it(string text, int line, int column)
    {
        await using var run = await TestRun.CreateAsync(server);
        WriteSub(run, "a.sql", text);
        run.Folder.Write("20250101_000001_a.sql", "\\set v 'no such_column'\n\\i parts/a.sql\n");

        var failure = (await run.UpAsync()).Failure;

        Assert.Equal((Path.Combine(run.Folder.Path, "parts", "a.sql"), line, column), (failure?.File, failure?.Line, failure?.Column));
        Assert.Equal(text.Split('\n')[line - 1], failure?.Excerpt);
    }

    [Fact]
    public async Task A_variable_that_is_not_set_is_named()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "SELECT 1,\n  :'nope';\n");

        var failure = (await run.UpAsync()).Failure;

        Assert.Equal(("42601", 2, 3, @"The variable nope is not set: write \set nope VALUE above."), (failure?.SqlState, failure?.Line, failure?.Column, failure?.Hint));
    }

    [Fact]
    public async Task An_edit_of_an_included_file_is_a_change_of_the_migration()
    {
        await using var run = await TestRun.CreateAsync(server);
        WriteSub(run, "a.sql", "SELECT 1;\n");
        run.Folder.Write("20250101_000001_a.sql", "\\i parts/a.sql\n");
        Assert.True((await run.UpAsync()).Succeeded);

        WriteSub(run, "a.sql", "SELECT 1; -- only a comment\n");
        Assert.Equal(MigrationState.Applied, (await run.StatusAsync()).Migrations[0].State);
        WriteSub(run, "a.sql", "SELECT 2;\n");
        Assert.Equal(MigrationState.Changed, (await run.StatusAsync()).Migrations[0].State);
    }

    [Fact]
    public async Task A_password_in_a_variable_is_not_stored()
    {
        await using var run = await TestRun.CreateAsync(server);
        var role = "r" + Guid.NewGuid().ToString("N");
        run.Folder.Write("20250101_000001_a.sql", $"\\set pw sesame\nCREATE ROLE {role} PASSWORD :'pw';\nDROP ROLE {role};\n");

        Assert.True((await run.UpAsync()).Succeeded);

        Assert.Equal("t", await run.Database.AskAsync("select up_sql like '%PASSWORD ''***''%' and up_sql not like '%sesame%' from schema_migrations_detail"));
    }

    [Fact]
    public async Task Connect_to_the_same_database_does_nothing_and_to_another_one_is_refused()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", $"\\connect {run.Database.Address.Database}\nSELECT 1;\n");
        Assert.True((await run.UpAsync()).Succeeded);

        run.Folder.Write("20250101_000002_b.sql", "SELECT 1;\n\\c postgres\nSELECT 2;\n");
        var problem = Assert.Single((await run.UpAsync()).Plan.Problems);
        Assert.Equal(2, problem.Line);
        Assert.Contains("database postgres", problem.Message, StringComparison.Ordinal);
    }

    private static void WriteSub(TestRun run, string name, string text)
    {
        Directory.CreateDirectory(Path.Combine(run.Folder.Path, "parts"));
        File.WriteAllText(Path.Combine(run.Folder.Path, "parts", name), text);
    }
}
