using System.Text.Json;
using PhaserAI.Migrations.Tests.Sql;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

public sealed class InspectTests : IDisposable
{
    private readonly MigrationFolder _folder = new();

    [Fact]
    public async Task File_is_shown_as_json_as_the_tool_reads_it()
    {
        var file = _folder.Write("any name.sql.txt", """
            -- Migration: Words
            -- Ticket: 17

            -- UP: Apply changes
            BEGIN;
            CREATE TABLE a (
              "ä" text
            );
            COMMIT;
            VACUUM a;  INSERT INTO a VALUES ('😀'); SELECT 1

            -- DOWN: Rollback changes
            -- BEGIN;
            -- DROP TABLE a;
            -- COMMIT;
            """);

        var (code, document) = await InspectAsync(file);

        Assert.Equal(0, code);
        Assert.Equal(file, document.GetProperty("file").GetString());
        Assert.Equal("""{"Migration":"Words","Ticket":"17"}""", Compact(document.GetProperty("header")));
        Assert.Equal(
            [
                "5:1 1 BEGIN", "6:1 1 CREATE TABLE a (\n  \"ä\" text\n)", "9:1 1 COMMIT", "10:1  VACUUM a", "10:12 3 INSERT INTO a VALUES ('😀')",
                "10:40 3 SELECT 1",
            ],
            Statements(document, "up"));
        Assert.Equal(["13:4 1 BEGIN", "14:4 1 DROP TABLE a", "15:4 1 COMMIT"], Statements(document, "down"));
        Assert.Equal("[]", Compact(document.GetProperty("problems")));
    }

    [Fact]
    public async Task Script_without_down_has_null_for_it()
    {
        var (_, document) = await InspectAsync(_folder.Write("x", "SELECT 1;"));

        Assert.Equal(JsonValueKind.Null, document.GetProperty("down").ValueKind);
    }

    [Theory]
    [InlineData("20250101_120000_a.sql", "INSERT INTO schema_migrations VALUES ('20250101_120001');", 3)]
    [InlineData("a.sql", "INSERT INTO schema_migrations VALUES ('20250101_120001');", 0)]
    [InlineData("a.sql", "SELECT 1;\n-- DOWN:\n-- ROLLBACK;\n", 3)]
    [InlineData("a.sql", "", 0)]
    public async Task Exit_code_says_whether_the_file_is_refused(string name, string text, int code) =>
        Assert.Equal(code, (await InspectAsync(_folder.Write(name, text))).Code);

    [Fact]
    public async Task Refused_file_shows_every_statement_but_no_psql_command_and_every_problem_in_order()
    {
        var file = _folder.Write("regress.sql", """
            \set x 1
            BEGIN;
            SELECT 1 AS one \gset
            ROLLBACK;
            SELECT :x;
            COPY t FROM stdin;
            a;b	'
            \.
            BEGIN; SAVEPOINT s; ROLLBACK TO s; ABORT; \echo done
            CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;
            COMMIT;
            """);

        var (code, document) = await InspectAsync(file);

        Assert.Equal(3, code);
        Assert.Equal(
            [
                "BEGIN", "SELECT 1 AS one", "ROLLBACK", "SELECT 1", "COPY t FROM stdin", "BEGIN", "SAVEPOINT s", "ROLLBACK TO s",
                "ABORT", "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END", "COMMIT",
            ],
            document.GetProperty("up").EnumerateArray().Select(statement => statement.GetProperty("sql").GetString()));
        Assert.Equal(1, document.GetProperty("up")[4].GetProperty("dataLines").GetInt32());
        Assert.Equal([3, 4, 9, 11], document.GetProperty("problems").EnumerateArray().Select(problem => problem.GetProperty("line").GetInt32()));
        Assert.All(document.GetProperty("problems").EnumerateArray(), problem => Assert.Equal(file, problem.GetProperty("file").GetString()));
    }

    [Fact]
    public async Task Problems_of_markers_and_of_both_sections_are_in_order_of_lines()
    {
        var (_, document) = await InspectAsync(_folder.Write("a.sql", "ROLLBACK;\n-- DOWN:\n-- ABORT;\n-- DOWN:\n"));

        Assert.Equal([1, 3, 4], document.GetProperty("problems").EnumerateArray().Select(problem => problem.GetProperty("line").GetInt32()));
    }

    [Fact]
    public async Task Statements_are_those_that_psql_sends()
    {
        var text = string.Concat(Enumerable.Range(1, 300).Select(i => $"""
            -- statement {i}
            SELECT {i}, 'a;b', $t$ ; $t$ /* ; */
              FROM pg_class WHERE "x;" = E'\';';

            """));
        var theirs = await Psql.QueriesAsync(System.Text.Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);

        var (_, document) = await InspectAsync(_folder.Write("many.sql", text));

        // psql sends the comment before a statement and its semicolon too.
        var ours = document.GetProperty("up").EnumerateArray().Select(statement => statement.GetProperty("sql").GetString()! + ";").ToArray();
        Assert.Equal(theirs.Select(query => query[query.IndexOf("SELECT", StringComparison.Ordinal)..]), ours);
        Assert.Equal(Enumerable.Range(0, 300).Select(i => 3 * i + 2), document.GetProperty("up").EnumerateArray().Select(statement => statement.GetProperty("line").GetInt32()));
    }

    [Fact]
    public async Task Several_files_give_an_array()
    {
        var cli = new CliRunner(_folder, null);

        var result = await cli.RunAsync("inspect", _folder.Write("a.sql", "SELECT 1;"), _folder.Write("b.sql", "ROLLBACK;"), "--output", "json");

        Assert.Equal(3, result.Code);
        Assert.Equal(["a.sql", "b.sql"], result.Json.EnumerateArray().Select(document => Path.GetFileName(document.GetProperty("file").GetString())));
    }

    [Fact]
    public async Task File_is_found_from_the_current_folder_and_named_as_it_was_typed()
    {
        _folder.Write("a.sql", "SELECT 1;");

        var (code, document) = await InspectAsync(Path.Combine("infra", "migrations", "a.sql"));

        Assert.Equal(0, code);
        Assert.Equal(Path.Combine("infra", "migrations", "a.sql"), document.GetProperty("file").GetString());
    }

    [Theory]
    [InlineData("nowhere.sql", "there is no such file")]
    [InlineData("infra", "it is a folder")]
    public async Task File_that_cannot_be_read_is_an_error_of_usage(string file, string reason)
    {
        var (code, document) = await InspectAsync(file);

        Assert.Equal(2, code);
        Assert.Contains(reason, document.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_shows_header_statements_places_and_problems()
    {
        var file = _folder.Write("a.sql", "-- Author: Ada\n\nSELECT 1;\nVACUUM;\nROLLBACK;\n");

        var result = await new CliRunner(_folder, null).RunAsync("inspect", file);

        Assert.Equal(3, result.Code);
        Assert.Contains("Author: Ada", result.Out, StringComparison.Ordinal);
        Assert.Contains("UP: 3 statements", result.Out, StringComparison.Ordinal);
        Assert.Contains("line 3, transaction 1", result.Out, StringComparison.Ordinal);
        Assert.Contains("line 4, autocommit", result.Out, StringComparison.Ordinal);
        Assert.Contains("can't be taken back", result.Out, StringComparison.Ordinal);
        Assert.Contains($"{file}:5:1", result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<(int Code, JsonElement Document)> InspectAsync(string file)
    {
        var result = await new CliRunner(_folder, null).RunAsync("inspect", file, "--output", "json");
        return (result.Code, result.Json);
    }

    private static IEnumerable<string> Statements(JsonElement document, string section) => document.GetProperty(section).EnumerateArray().Select(statement =>
        $"{statement.GetProperty("line")}:{statement.GetProperty("column")} {statement.GetProperty("transaction")} {statement.GetProperty("sql")}");

    private static string Compact(JsonElement element) => JsonSerializer.Serialize(element);
}
