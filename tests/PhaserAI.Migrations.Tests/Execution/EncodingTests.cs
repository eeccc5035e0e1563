using Npgsql;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>A database in another encoding than UTF-8 takes every migration that its own letters can be written in.</summary>
public sealed class EncodingTests(PostgresServer server)
{
    [Theory]
    [InlineData("LATIN1", "é?", "DROP TABLE \"é\"")]
    [InlineData("WIN1252", "é?", "DROP TABLE \"é\"")]
    [InlineData("LATIN2", "??", null)] // é is a letter of LATIN2: what the tool can't tell is not stored to be run
    [InlineData("SQL_ASCII", "é→", "DROP TABLE \"é\"")]
    [InlineData("UTF8", "é→", "DROP TABLE \"é\"")]
    public async Task A_letter_in_a_header_that_the_database_does_not_have_does_no_harm(string encoding, string stored, string? down)
    {
        await using var database = await CreateAsync(encoding);
        using var folder = new MigrationFolder();
        folder.Write("20250101_000001_→.sql", "-- Description: é→\nCREATE TABLE \"é\" ();\n-- →\n-- DOWN:\nDROP TABLE \"é\";\n");
        var options = new MigrationOptions { ConnectionString = database.ConnectionString, Directory = folder.Path, OperatingSystemUser = "é→" };

        var up = await new Migrator(options).UpAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(up.Succeeded, up.Failure?.ToString());
        Assert.Equal(stored, await database.AskAsync("select description from schema_migrations"));
        Assert.Equal(stored, await database.AskAsync("select os_user from schema_migrations_log"));
        Assert.Equal(down, (await database.AskAsync("select down_sql from schema_migrations_detail"))?.Trim().TrimEnd(';'));
        Assert.Empty((await new MigrationHistory(options).ValidateAsync(deep: true, TestContext.Current.CancellationToken)).Findings);
        Assert.True((await new Migrator(options).DownAsync(DownTarget.Last, TestContext.Current.CancellationToken)).Succeeded);
        Assert.Equal(stored, await database.AskAsync("select os_user from schema_migrations_log where action = 'down'"));
    }

    private async Task<TestDatabase> CreateAsync(string encoding)
    {
        var name = "t_" + Guid.NewGuid().ToString("N");
        await server.ExecuteAsync($"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'");
        return new TestDatabase(server, new NpgsqlConnectionStringBuilder(server.Admin.ConnectionString) { Database = name });
    }
}
