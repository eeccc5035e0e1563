using System.Text;
using PhaserAI.Migrations.Cli.Output;

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

    /// <summary>How many columns the terminal has just now.</summary>
    public Func<int> Width { get; init; } = () => 100;

    /// <summary>Why part of the output could not be written; null when all of it was.</summary>
    public Func<Exception?> OutFailure { get; init; } = () => null;

    /// <summary>The names of all environment variables, to find mistyped ones.</summary>
    public Func<IEnumerable<string>> VariableNames { get; init; } = () => [];

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The invocation of a Lambda function that the call is made for; null everywhere else.</summary>
    public LambdaInvocation? Invocation { get; init; }

    /// <summary>How a person calls the tool: for hints on what to type next.</summary>
    public string CommandName => Invocation is not null ? "the action" : string.IsNullOrEmpty(Variable("MIGRATE_PROJECT")) ? "phaserai-migrate" : "./scripts/migrate.sh";

    /// <summary>The user's own folder.</summary>
    public string Home => Variable("HOME") is { Length: > 0 } home ? home : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    public static CliHost OfProcess()
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var output = new ForgivingStream(Console.OpenStandardOutput());
        var error = new ForgivingStream(Console.OpenStandardError());
        return new CliHost(
            new StreamWriter(output, utf8, bufferSize: 16 * 1024) { AutoFlush = !Console.IsOutputRedirected },
            TextWriter.Synchronized(new StreamWriter(error, utf8) { AutoFlush = true }),
            Console.In,
            Environment.GetEnvironmentVariable,
            Environment.CurrentDirectory)
        {
            OutIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            InIsTerminal = !Console.IsInputRedirected,
            Width = () => Console.WindowWidth,
            OutFailure = () => output.Failure,
            VariableNames = () => Environment.GetEnvironmentVariables().Keys.Cast<string>(),
        };
    }
}
