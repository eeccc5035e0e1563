using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Imports;

/// <summary>What <c>import</c> does not do, and what it says about it.</summary>
public sealed class ImportRefusedTests(PostgresServer server) : IAsyncLifetime
{
    private ImportProject? _project;

    private ImportProject Project => _project!;

    public async ValueTask InitializeAsync()
    {
        _project = await ImportProject.CreateAsync(server, "db/migrations");
        Project.Write("20250101120000_a.sql", "-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;\n");
    }

    [Theory]
    [InlineData("import needs the tool", "import")]
    [InlineData("no importer for \"liquibase\"", "import", "--from", "liquibase")]
    [InlineData("no importer for \"1\"", "import", "--from", "1")]
    public async Task The_tool_must_be_named_and_known(string message, params string[] args)
    {
        var refused = await Project.RunAsync(args);
        Assert.True(refused.Code == 2, refused.ToString());
        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
        Assert.Contains("dbmate", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_the_tool_never_saw_has_nothing_to_import()
    {
        var refused = await Project.RunAsync("import", "--from", "dbmate", "--yes", "-o", "json");
        Assert.True(refused.Code == 3, refused.ToString());
        Assert.Contains("dbmate has applied nothing to this database", refused.Json.GetProperty("problems")[0].GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_written_without_a_yes()
    {
        await MakeTableAsync("20250101120000");

        Assert.Equal(6, (await Project.RunAsync("import", "--from", "dbmate")).Code);
        var no = await Project.Cli(answers: "no\n").RunAsync("import", "--from", "dbmate");
        Assert.True(no.Code == 6, no.ToString());
        Assert.Contains("This imports 1 migration of dbmate, table public.schema_migrations, into the history of", no.Error, StringComparison.Ordinal);
        Assert.Empty(Project.Files);
        Assert.Equal("20250101120000", await Project.Database.AskAsync("select version from schema_migrations"));

        var yes = await Project.Cli("prod", Project.Database.Address.Database + "\n").RunAsync("import", "--from", "dbmate");
        Assert.True(yes.Code == 0, yes.ToString());
    }

    [Fact]
    public async Task A_file_without_a_row_is_pending_and_a_row_without_a_file_is_a_problem()
    {
        await MakeTableAsync("20250101120000", "20250102000000");
        Project.Write("20250103000000_c.sql", "-- migrate:down\nDROP TABLE c;\n-- migrate:up\nCREATE TABLE c ();\n");

        var refused = await Project.RunAsync("import", "--from", "dbmate", "--yes");

        Assert.True(refused.Code == 3, refused.ToString());
        Assert.Contains("there is no SQL in db/migrations for what dbmate has applied: 20250102000000", refused.Error, StringComparison.Ordinal);
        Assert.Contains("there is no line -- migrate:up, or -- migrate:down comes first", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_a_file_here_has_is_not_taken_twice()
    {
        await MakeTableAsync("20250101120000");
        await File.WriteAllTextAsync(Path.Combine(Project.New, "20250101_120000_other.sql"), "CREATE TABLE other ();\n", TestContext.Current.CancellationToken);

        var refused = await Project.RunAsync("import", "--from", "dbmate", "--yes");

        Assert.True(refused.Code == 3, refused.ToString());
        Assert.Contains("version 20250101_120000 is that of 20250101120000 of dbmate too", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_of_another_shape_or_in_another_schema_is_said_so()
    {
        await Project.Database.ExecuteAsync("CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.flyway_schema_history (x int); CREATE TABLE b.flyway_schema_history (x int)");

        var several = await Project.RunAsync("import", "--from", "flyway", "--yes");
        Assert.True(several.Code == 5, several.ToString());
        Assert.Contains("--table a.flyway_schema_history", several.Error, StringComparison.Ordinal);

        var other = await Project.RunAsync("import", "--from", "flyway", "--yes", "--table", "b.flyway_schema_history");
        Assert.True(other.Code == 5, other.ToString());
        Assert.Contains("b.flyway_schema_history is not as Flyway makes it", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_does_not_own_the_table_is_told_the_ways_out()
    {
        await MakeTableAsync("20250101120000");
        var role = "r_" + Guid.NewGuid().ToString("N");
        await server.CreateRoleAsync(role, "secret");
        await Project.Database.ExecuteAsync($"GRANT CREATE, USAGE ON SCHEMA public TO {role}; GRANT ALL ON schema_migrations TO {role}");
        var cli = Project.Cli();
        (cli.Variables["DB_USER"], cli.Variables["DB_PASSWORD"]) = (role, "secret");

        var refused = await cli.RunAsync("import", "--from", "dbmate", "--yes");

        Assert.True(refused.Code == 5, refused.ToString());
        Assert.Contains("Run import as the owner of public.schema_migrations; or set DB_HISTORY_SCHEMA", refused.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Project.New));
        await Project.Database.ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
    }

    public ValueTask DisposeAsync() => Project.DisposeAsync();

    private Task MakeTableAsync(params string[] versions) => Project.Database.ExecuteAsync(
        $"CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations VALUES {string.Join(", ", versions.Select(version => $"('{version}')"))}");
}
