using System.Diagnostics;
using System.Text.Json;
using PhaserAI.Migrations.Cli;
using PhaserAI.Migrations.Tests.Postgres;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>
/// Calls the command line as a person would: the method that Program calls, or, when MIGRATE_TEST_BINARY names a published
/// tool, that program.
/// </summary>
internal sealed class CliRunner
{
    private static readonly string? Binary = Environment.GetEnvironmentVariable("MIGRATE_TEST_BINARY") is { Length: > 0 } path ? path : null;

    public CliRunner(MigrationFolder folder, TestDatabase? database)
    {
        CurrentDirectory = folder.Project;
        Variables["MIGRATE_PROJECT"] = folder.Project;
        if (database is null)
            return;
        Variables["DB_HOST"] = database.Address.Host!;
        Variables["DB_PORT"] = $"{database.Address.Port}";
        Variables["DB_NAME"] = database.Address.Database!;
        Variables["DB_USER"] = database.Address.Username!;
        Variables["DB_SSLMODE"] = "disable";
        if (database.Address.Password is { } password)
            Variables["DB_PASSWORD"] = password;
    }

    /// <summary>The environment of the call: nothing of the test's own gets in.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    public string CurrentDirectory { get; set; }

    /// <summary>Whether what it prints goes to a terminal.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>How wide that terminal is.</summary>
    public int Width { get; init; } = 100;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>What a person at a terminal types; null when nobody is there.</summary>
    public string? Answers { get; init; }

    private bool IsStaged => IsTerminal || Answers is not null || TimeProvider != TimeProvider.System;

    public Task<CliResult> RunAsync(params string[] args) => Binary is null || IsStaged ? RunHereAsync(args, default) : RunBinaryAsync(args);

    /// <summary>In this process, so that the test can cancel it.</summary>
    public async Task<CliResult> RunHereAsync(string[] args, CancellationToken cancellationToken)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        using var answers = new StringReader(Answers ?? "");
        var host = new CliHost(output, TextWriter.Synchronized(error), answers, name => Variables.GetValueOrDefault(name), CurrentDirectory)
        {
            OutIsTerminal = IsTerminal,
            ErrorIsTerminal = IsTerminal,
            InIsTerminal = Answers is not null,
            Width = () => Width,
            TimeProvider = TimeProvider,
            VariableNames = () => Variables.Keys,
        };
        var code = await CommandLine.RunAsync(args, host, cancellationToken);
        return new CliResult(code, output.ToString(), error.ToString());
    }

    private async Task<CliResult> RunBinaryAsync(string[] args)
    {
        var start = new ProcessStartInfo(Binary!, args)
        {
            WorkingDirectory = CurrentDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment.Clear();
        foreach (var (name, value) in Variables)
            start.Environment[name] = value;
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment.TryAdd("HOME", Environment.GetEnvironmentVariable("HOME"));
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new CliResult(process.ExitCode, await output, await error);
    }
}

/// <summary>What a call printed and returned.</summary>
internal sealed record CliResult(int Code, string Out, string Error)
{
    /// <summary>The one document on the standard output.</summary>
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    public override string ToString() => $"exit code {Code}\n--- out\n{Out}\n--- error\n{Error}";
}
