using System.Diagnostics;
using System.Globalization;

namespace PhaserAI.Migrations.Comparison.Measuring;

/// <summary>The private server that bench.sh has started, asked through psql.</summary>
internal sealed class BenchServer(Tools tools)
{
    /// <summary>
    /// Makes a database anew, a copy of another one or empty. It has been connected to, because the first connection builds
    /// a cache of the catalog, and a checkpoint has written what earlier runs left behind.
    /// </summary>
    public Task CreateDatabaseAsync(string name, string? template, CancellationToken cancellationToken) =>
        AskAsync("postgres", cancellationToken, $"DROP DATABASE IF EXISTS {name}", $"CREATE DATABASE {name} TEMPLATE {template ?? "template0"}", $@"\c {name}", "CHECKPOINT");

    /// <summary>Runs statements; what the server answers.</summary>
    /// <exception cref="InvalidOperationException">One of them failed.</exception>
    public async Task<string> AskAsync(string database, CancellationToken cancellationToken, params string[] statements)
    {
        var start = new ProcessStartInfo("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", tools.Port.ToString(CultureInfo.InvariantCulture), "-U", "postgres", "-d", database])
        {
            RedirectStandardOutput = true,
            Environment = { ["PGOPTIONS"] = "-c client_min_messages=warning" },
        };
        foreach (var statement in statements)
        {
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add(statement);
        }

        using var process = Process.Start(start)!;
        var answer = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? answer.Trim() : throw new InvalidOperationException($"psql ended with {process.ExitCode} at: {string.Join("; ", statements)}");
    }
}
