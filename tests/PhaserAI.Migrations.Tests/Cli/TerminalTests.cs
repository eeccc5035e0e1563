using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>Colours and the progress line are for terminals.</summary>
public sealed class TerminalTests(PostgresServer server)
{
    private const string Green = "\e[32m";
    private const string EraseLine = "\r\e[2K";

    [Fact]
    public async Task A_terminal_gets_colours_and_a_progress_line_that_is_erased_again()
    {
        var result = await UpAsync(width: 100);
        Assert.Contains($"{Green}applied\e[0m", result.Out, StringComparison.Ordinal);
        Assert.Contains("  … 20250101_000000_a_rather_long_name.sql (1 of 2)", result.Error, StringComparison.Ordinal);
        Assert.Equal(Occurrences(result.Error, " … "), Occurrences(result.Error, EraseLine));
        Assert.EndsWith(EraseLine, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_narrow_terminal_gets_a_progress_line_that_fits()
    {
        var result = await UpAsync(width: 20);
        Assert.Contains("  … 20250101_00000…", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_notice_does_not_end_the_progress_line()
    {
        var result = await UpAsync(width: 100);
        var notice = result.Error.IndexOf("hello", StringComparison.Ordinal);
        Assert.Contains("(2 of 2)", result.Error[notice..], StringComparison.Ordinal);
        Assert.Contains($"{EraseLine}\e[36mNOTICE:\e[0m hello\n", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NO_COLOR_takes_the_colours_only()
    {
        var result = await UpAsync(width: 100, ("NO_COLOR", "1"));
        Assert.Contains("(1 of 2)", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[", result.Error.Replace(EraseLine, "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain('\e', result.Out);
    }

    [Theory]
    [InlineData("CI", "true")]
    [InlineData("TERM", "dumb")]
    public async Task A_log_gets_neither(string variable, string value)
    {
        var result = await UpAsync(width: 100, (variable, value));
        Assert.DoesNotContain('\e', result.Out + result.Error);
        Assert.DoesNotContain("of 2)", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quiet_leaves_results_warnings_and_errors()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = WithTwo();
        folder.Write("20250101_000002_c.sql", "DO $$ BEGIN RAISE WARNING 'careful'; END $$;\nSELECT 41 + 1 AS answer;\n");
        var result = await new CliRunner(folder, database).RunAsync("up", "--quiet");
        Assert.Equal("WARNING: careful\n", result.Error);
        Assert.StartsWith("answer\n------\n42\n(1 row)\nApplied 3 migrations in ", result.Out, StringComparison.Ordinal);
        Assert.Single(result.Out.Split("(1 row)\n")[1].TrimEnd().Split('\n'));
    }

    private async Task<CliResult> UpAsync(int width, params (string Name, string Value)[] variables)
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = WithTwo();
        var cli = new CliRunner(folder, database) { IsTerminal = true, Width = width };
        foreach (var (name, value) in variables)
            cli.Variables[name] = value;
        var result = await cli.RunAsync("up");
        Assert.True(result.Code == 0, result.ToString());
        return result;
    }

    private static MigrationFolder WithTwo()
    {
        var folder = new MigrationFolder();
        folder.Write("20250101_000000_a_rather_long_name.sql", "CREATE TABLE a ();\n");
        folder.Write("20250101_000001_b.sql", "DO $$ BEGIN RAISE NOTICE 'hello'; END $$;\n");
        return folder;
    }

    private static int Occurrences(string text, string part) => text.Split(part).Length - 1;
}
