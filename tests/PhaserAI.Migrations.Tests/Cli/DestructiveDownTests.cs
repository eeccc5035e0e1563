using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>In production a DOWN that destroys data says so with numbers, and asks again.</summary>
public sealed class DestructiveDownTests(PostgresServer server) : IAsyncLifetime
{
    private readonly MigrationFolder _folder = new();
    private TestDatabase? _database;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        await Backups.Shell.RequireDumpAsync(server); // prod makes a backup first
        _folder.Write("20250101_000001_a.sql", "CREATE TABLE words (word text);\nINSERT INTO words SELECT generate_series(1, 1200);\n-- DOWN:\n-- DROP TABLE words CASCADE;\n");
        _folder.Write("20250101_000002_b.sql", "CREATE TABLE notes (note text);\n-- DOWN:\n-- DROP TABLE notes;\n");
        Assert.Equal(0, (await Cli().RunAsync("up", "--yes")).Code);
    }

    [Fact]
    public async Task At_a_terminal_the_tables_name_has_to_be_typed_too()
    {
        foreach (var second in (string[])["", "yes", "1200"])
        {
            var refused = await Cli($"{Name}\n{second}\n").RunAsync("down", "--all");
            Assert.True(refused.Code == 6, refused.ToString());
            Assert.Contains("    destroys table words, 1,200 rows, ", refused.Error, StringComparison.Ordinal);
            Assert.Contains("the loss of data was not confirmed; nothing was changed", refused.Error, StringComparison.Ordinal);
        }

        Assert.Equal("1200", await _database!.AskAsync("select count(*) from words"));
        Assert.Equal("3", await _database.AskAsync("select count(*) from schema_migrations_log where action = 'down' and outcome = 'refused'"));

        var down = await Cli($"{Name}\nwords\n").RunAsync("down", "--all");
        Assert.True(down.Code == 0, down.ToString());
        Assert.DoesNotContain("table notes", down.Error, StringComparison.Ordinal); // it is empty
        Assert.Matches(
            "^confirmed at the terminal; destroys table words, 1,200 rows, [0-9]+ kB, and what depends on it$",
            await _database.AskAsync("select reason from schema_migrations_log where action = 'down' and version = '20250101_000001' and outcome = 'done'"));
        Assert.Equal("confirmed at the terminal", await _database.AskAsync("select reason from schema_migrations_log where action = 'down' and version = '20250101_000002' and outcome = 'done'"));
    }

    [Fact]
    public async Task Of_several_losses_their_number_has_to_be_typed()
    {
        await _database!.ExecuteAsync("INSERT INTO notes VALUES ('x')");

        Assert.Equal(6, (await Cli($"{Name}\nwords\n").RunAsync("down", "--all")).Code);
        var down = await Cli($"{Name}\n2\n").RunAsync("down", "--all");

        Assert.True(down.Code == 0, down.ToString());
        Assert.Contains("Type 2, the number of losses above, to go on: ", down.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public async Task Who_wants_no_notes_is_told_what_is_lost_all_the_same(string form)
    {
        var down = await Cli().RunAsync("down", "--all", "--yes", "--quiet", "--no-backup", "--output", form);

        Assert.True(down.Code == 0, down.ToString());
        Assert.Contains("20250101_000001 destroys table words, 1,200 rows", form == "json" ? down.Out : down.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_loss_one_answer_is_enough() => Assert.Equal(0, (await Cli($"{Name}\n").RunAsync("down")).Code);

    [Fact]
    public async Task A_yes_given_beforehand_counts_and_the_loss_is_told_and_logged()
    {
        var down = await Cli().RunAsync("down", "--all", "--yes");

        Assert.True(down.Code == 0, down.ToString());
        Assert.Contains("20250101_000001 destroys table words, 1,200 rows, ", down.Error, StringComparison.Ordinal);
        Assert.StartsWith("confirmed by --yes; destroys table words, 1,200 rows", await _database!.AskAsync("select reason from schema_migrations_log where action = 'down' and version = '20250101_000001'"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_plan_names_it_as_text_and_as_json()
    {
        var text = await Cli().RunAsync("down", "--all", "--dry-run");
        Assert.True(text.Code == 0, text.ToString());
        Assert.Contains("\n  destroys table words, 1,200 rows, ", text.Out, StringComparison.Ordinal);

        var json = (await Cli().RunAsync("down", "--all", "--dry-run", "-o", "json")).Json.GetProperty("migrations");
        Assert.Empty(json[0].GetProperty("destroys").EnumerateArray());
        var loss = Assert.Single(json[1].GetProperty("destroys").EnumerateArray());
        Assert.Equal(["object", "kind", "action", "rows", "isEstimate", "bytes", "cascades", "file", "line"], loss.EnumerateObject().Select(field => field.Name));
        Assert.Equal("words table drop 1200 False True 4", $"{loss.GetProperty("object")} {loss.GetProperty("kind")} {loss.GetProperty("action")} {loss.GetProperty("rows")} {loss.GetProperty("isEstimate")} {loss.GetProperty("cascades")} {loss.GetProperty("line")}");
    }

    [Fact]
    public async Task An_up_that_destroys_says_so_and_asks_once()
    {
        _folder.Write("20250101_000003_c.sql", "ALTER TABLE words DROP COLUMN word;\n");

        Assert.Contains("destroys column words.word, 1,200 rows", (await Cli().RunAsync("plan")).Out, StringComparison.Ordinal);
        var up = await Cli($"{Name}\n").RunAsync("up");

        Assert.True(up.Code == 0, up.ToString());
        Assert.Contains("    destroys column words.word, 1,200 rows", up.Error, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database!.DisposeAsync();
    }

    private string Name => _database!.Address.Database!;

    private CliRunner Cli(string? answers = null) => new(_folder, _database) { Answers = answers, Variables = { ["ENVIRONMENT"] = "prod" } };
}
