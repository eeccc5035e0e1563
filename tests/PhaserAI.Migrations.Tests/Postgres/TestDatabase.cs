using Npgsql;
using PhaserAI.Migrations.Rehearsals;

namespace PhaserAI.Migrations.Tests.Postgres;

/// <summary>A database of one test's own.</summary>
internal sealed class TestDatabase(PostgresServer server, NpgsqlConnectionStringBuilder address) : IAsyncDisposable
{
    public NpgsqlConnectionStringBuilder Address => address;

    public string ConnectionString => address.ConnectionString;

    public async Task<NpgsqlConnection> OpenAsync()
    {
        // Does not ask for the types of each database: the built-in ones do
        var builder = new NpgsqlDataSourceBuilder(ConnectionString);
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        await using var source = builder.Build();
        return await source.OpenConnectionAsync();
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first column of the first row, as text; null for NULL and for no row.</summary>
    public async Task<string?> AskAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { AllResultTypesAreUnknown = true };
        return await command.ExecuteScalarAsync() as string;
    }

    /// <summary>Asks again and again until the answer is true; the server makes the pauses, so that others can work meanwhile.</summary>
    /// <exception cref="TimeoutException">It never becomes true.</exception>
    public async Task WaitForAsync(string question)
    {
        var began = TimeProvider.System.GetTimestamp();
        await using var connection = await OpenAsync();
        await using var ask = new NpgsqlCommand(question, connection) { AllResultTypesAreUnknown = true };
        await using var pause = new NpgsqlCommand("select pg_sleep(0.01)", connection);
        while (await ask.ExecuteScalarAsync() as string != "t")
        {
            if (TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromMinutes(3))
                throw new TimeoutException($"Never true: {question}");
            await pause.ExecuteNonQueryAsync();
        }
    }

    /// <summary>The schema as pg_dump writes it, without the lines that differ at each run; where pg_dump is too old, as the catalog has it.</summary>
    public async Task<string> DumpSchemaAsync()
    {
        string dump;
        try
        {
            dump = await server.RunClientAsync("pg_dump", address, "--schema-only", "--no-owner");
        }
        catch (InvalidOperationException error) when (error.Message.Contains("server version mismatch", StringComparison.Ordinal))
        {
            await using var connection = await OpenAsync();
            return string.Join('\n', await SchemaDescription.ReadAsync(connection, CancellationToken.None));
        }

        return string.Join('\n', dump.Split('\n').Where(line => !line.StartsWith(@"\restrict", StringComparison.Ordinal) && !line.StartsWith(@"\unrestrict", StringComparison.Ordinal)));
    }

    public Task<string> PsqlAsync(params string[] arguments) => server.RunClientAsync("psql", address, ["-X", "-v", "ON_ERROR_STOP=1", .. arguments]);

    public async ValueTask DisposeAsync() =>
        await server.ExecuteAsync($"DROP DATABASE IF EXISTS {address.Database} WITH (FORCE)");
}
