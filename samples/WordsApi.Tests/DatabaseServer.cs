using System.Diagnostics;
using System.Text.Json;
using Npgsql;

namespace WordsApi.Tests;

/// <summary>Where the tests' databases are made.</summary>
internal static class DatabaseServer
{
    /// <summary>The server that WORDS_TEST_SERVER names; else the repository's development database, which is started.</summary>
    public static string Find() => Environment.GetEnvironmentVariable("WORDS_TEST_SERVER") is { Length: > 0 } given ? given : StartDevelopmentDatabase();

    private static string StartDevelopmentDatabase()
    {
        var repository = Repository();
        var start = new ProcessStartInfo(Path.Combine(repository, "scripts", "migrate.sh"), ["dev", "start", "--output", "json"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = repository,
        };
        using var script = Process.Start(start)!;
        var answer = script.StandardOutput.ReadToEnd();
        script.WaitForExit();
        if (script.ExitCode != 0)
            throw new InvalidOperationException($"The development database does not start; name a server with WORDS_TEST_SERVER. {answer}");
        using var document = JsonDocument.Parse(answer);
        var server = document.RootElement;
        return new NpgsqlConnectionStringBuilder
        {
            Host = server.GetProperty("host").GetString(),
            Port = server.GetProperty("port").GetInt32(),
            Database = server.GetProperty("database").GetString(),
            Username = server.GetProperty("user").GetString(),
            Password = File.ReadAllText(Path.Combine(repository, server.GetProperty("folder").GetString()!, "password")).Trim(),
        }.ConnectionString;
    }

    /// <summary>Upwards from the program: a build in CI does not keep the sources' paths.</summary>
    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "scripts", "migrate.sh")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("There is no scripts/migrate.sh above the tests; name a server with WORDS_TEST_SERVER.");
    }
}
