using System.Text;

namespace PhaserAI.Migrations.Cli;

/// <summary>What a command line runs in: the process, or a test's stand-in for its surroundings.</summary>
/// <param name="Out">Where reports go.</param>
/// <param name="Error">Where errors, notices and progress go.</param>
/// <param name="In">Where answers are read from.</param>
/// <param name="Variable">Reads an environment variable.</param>
/// <param name="CurrentDirectory">The folder that relative paths start from.</param>
internal sealed record CliHost(
    TextWriter Out, TextWriter Error, TextReader In, Func<string, string?> Variable, string CurrentDirectory)
{
    public bool OutIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    public bool InIsTerminal { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How a person calls the tool: for hints on what to type next.</summary>
    public string CommandName => string.IsNullOrEmpty(Variable("MIGRATE_PROJECT")) ? "phaserai-migrate" : "./scripts/migrate.sh";

    public static CliHost OfProcess()
    {
        var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = !Console.IsOutputRedirected };
        return new CliHost(output, Console.Error, Console.In, Environment.GetEnvironmentVariable, Environment.CurrentDirectory)
        {
            OutIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            InIsTerminal = !Console.IsInputRedirected,
        };
    }
}
