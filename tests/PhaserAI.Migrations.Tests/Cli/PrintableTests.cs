using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>What a database says can't write escape sequences to the terminal.</summary>
public sealed class PrintableTests(PostgresServer server)
{
    [Fact]
    public async Task Escape_sequences_in_notices_rows_and_errors_are_shown_as_text()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        folder.Write("20250101_000001_a.sql", """
            DO $$ BEGIN RAISE NOTICE E'notice\x1b[2Jtab\there'; END $$;
            SELECT E'one\x1b[31m' AS a;
            SELECT E'two\x1b[31m' AS a, E'\u009b31m' AS b;
            DO $$ BEGIN RAISE EXCEPTION E'failed\x1b]0;title\x07' USING DETAIL = E'detail\x1b[0m'; END $$;
            """);

        var result = await new CliRunner(folder, database).RunAsync("up");

        Assert.Equal(1, result.Code);
        Assert.Contains("notice\ufffd[2Jtab\there", result.Error, StringComparison.Ordinal);
        Assert.Contains("one\ufffd[31m", result.Out, StringComparison.Ordinal);
        Assert.Contains("failed\ufffd]0;title\ufffd", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(result.Out + result.Error, c => char.IsControl(c) && c is not ('\n' or '\r' or '\t'));
    }
}
