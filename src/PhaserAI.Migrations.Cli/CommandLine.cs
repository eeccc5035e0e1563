using System.CommandLine;
using System.CommandLine.Help;
using Npgsql;
using PhaserAI.Migrations.Cli.Commands;
using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Cli.Output;

namespace PhaserAI.Migrations.Cli;

/// <summary>The command line: builds the commands, runs the one that was asked for, and turns every failure into a sentence and an exit code.</summary>
internal sealed class CommandLine
{
    // "@name" is a part of a migration's name like any other, not a file of arguments.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    private readonly CliHost _host;
    private readonly GlobalOptions _options = new();
    private readonly Dictionary<Command, IReadOnlyList<Example>> _examples = [];

    private CommandLine(CliHost host) => _host = host;

    /// <summary>Runs one call and returns its exit code; throws nothing.</summary>
    public static async Task<int> RunAsync(string[] args, CliHost host, CancellationToken cancellationToken)
    {
        var line = new CommandLine(host);
        var root = line.Build();
        if (args.Length == 0)
        {
            // Not the standard output, and no success: a script whose variable is empty has not asked for this.
            Overview.Write(host.Error, Style.For(host.ErrorIsTerminal, host.Variable), root, host.CommandName);
            return ExitCode.Usage;
        }

        var parsed = root.Parse(args, Parsing);
        var code = IsHelp(parsed) || ParseFailure.Find(parsed, host.CommandName) is not { } failure
            ? await parsed.InvokeAsync(
                new InvocationConfiguration { Output = host.Out, Error = host.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                cancellationToken)
            : line.Refuse(parsed, failure);
        await host.Out.FlushAsync(CancellationToken.None);
        if (host.OutFailure() is { } unwritten && code == ExitCode.Done)
        {
            await host.Error.WriteLineAsync($"error: the output could not be written: {(unwritten.InnerException ?? unwritten).Message}");
            return ExitCode.MigrationFailed;
        }

        return code;
    }

    /// <summary>All commands and their examples, as a call would find them.</summary>
    internal static (Command Root, IReadOnlyDictionary<Command, IReadOnlyList<Example>> Examples) Describe(CliHost host)
    {
        var line = new CommandLine(host);
        return (line.Build(), line._examples);
    }

    /// <summary>Gives examples to a command that only has commands.</summary>
    public Command Show(Command group, params IReadOnlyList<Example> examples)
    {
        _examples[group] = examples;
        return group;
    }

    /// <summary>Gives a command its handler. Here is the one place where exceptions become messages.</summary>
    public void Handle(Command command, Func<Call, CancellationToken, Task<int>> handler, params IReadOnlyList<Example> examples)
    {
        _examples[command] = examples;
        command.SetAction(async (parsed, cancellationToken) =>
        {
            IReporter reporter = _options.WantsJson(parsed) ? new JsonReporter(_host, isQuiet: false) : new TextReporter(_host, isQuiet: false);
            var code = ExitCode.Done;
            Call? call = null;
            Exception? failed = null;
            try
            {
                reporter = _options.Reporter(parsed, _host);
                call = new Call(parsed, _host, _options, reporter);
                code = await handler(call, cancellationToken);
            }
            catch (Exception failure)
            {
                failed = failure;
                var error = Explain(failure);
                reporter.Error(error);
                code = error.ExitCode;
            }

            using (call?.Metrics)
                await (call?.Metrics?.FinishAsync(failed) ?? Task.CompletedTask);

            (reporter as LogReporter)?.Finished(code);
            return code;
        });
    }

    private Command Build()
    {
        // No RootCommand: it takes the name of the program's file, and the parser throws when that is also a command's ("status").
        var root = new Command("phaserai-migrate", "Applies and rolls back PostgreSQL migrations: versioned SQL files with UP and DOWN sections.")
        {
            new HelpOption(),
            new VersionOption(),
        };
        _options.AddTo(root);
        root.Subcommands.Add(StatusCommand.Create(this));
        root.Subcommands.Add(StatusCommand.CreateList(this));
        root.Subcommands.Add(UpCommand.Create(this));
        root.Subcommands.Add(DownCommand.Create(this));
        root.Subcommands.Add(PlanCommand.Create(this));
        root.Subcommands.Add(RehearseCommand.Create(this));
        root.Subcommands.Add(HistoryCommand.Create(this));
        root.Subcommands.Add(ValidateCommand.Create(this));
        root.Subcommands.Add(BaselineCommand.Create(this));
        root.Subcommands.Add(RepairCommand.Create(this));
        root.Subcommands.Add(ResetHistoryCommand.Create(this));
        root.Subcommands.Add(ImportCommand.Create(this));
        root.Subcommands.Add(BackupCommand.Create(this));
        root.Subcommands.Add(NewCommand.Create(this));
        root.Subcommands.Add(InspectCommand.Create(this));
        root.Subcommands.Add(SettingsCommand.Create(this));
        root.Subcommands.Add(DoctorCommand.Create(this));
        root.Subcommands.Add(DevCommand.Create(this));
        root.Subcommands.Add(CompletionCommand.Create(this));
        _examples[root] =
        [
            new("status", "What is applied, what is pending."),
            new("new add_word_notes", "Make a migration file."),
            new("up", "Apply what is pending."),
            new("down", "Roll back the last migration."),
            new("up --help", "More about a command."),
        ];
        foreach (var option in root.Options)
        {
            if (option is HelpOption)
                option.Action = new HelpText(_host, _examples);
            else if (option is VersionOption)
                option.Action = new VersionText(_host);
        }

        return root;
    }

    private static bool IsHelp(ParseResult parsed) => parsed.Action is HelpText or VersionText;

    private int Refuse(ParseResult parsed, CliError failure)
    {
        IReporter reporter = _options.WantsJson(parsed) ? new JsonReporter(_host, isQuiet: false) : new TextReporter(_host, isQuiet: false);
        reporter.Error(failure);
        return failure.ExitCode;
    }

    private CliError Explain(Exception failure) => failure switch
    {
        UsageException usage => new(ExitCode.Usage, usage.Message, usage.Next),
        RefusedException refused => new(ExitCode.RefusedByPolicy, refused.Message, refused.Next),
        UnknownVersionException unknown => new(ExitCode.Usage, unknown.Message, unknown.Next),
        LockNotAcquiredException locked => new(ExitCode.LockNotAcquired, locked.Message, locked.Next),
        NotAllowedException refused => new(ExitCode.RefusedByPolicy, refused.Message, refused.Next),
        ScriptNotWrittenException unwritten => new(ExitCode.Usage, unwritten.Message, unwritten.Next),
        BackupFailedException backup => new(ExitCode.BackupFailed, backup.Message, backup.Next),
        MigrationException stopped => new(ExitCode.NoConnection, stopped.Message, stopped.Next),
        DevServerException server => new(ExitCode.NoConnection, server.Message, server.Next) { Detail = server.Why },
        OperationCanceledException => new(ExitCode.Cancelled, "cancelled; nothing was changed", $"Run {_host.CommandName} again when you are ready."),
        PostgresException { SqlState: not (['5', '7', 'P', ..] or ['0', '8', ..]) } refused => new(
            ExitCode.MigrationFailed,
            $"the server refused what the tool itself asked: {refused.MessageText} [{refused.SqlState}]",
            $"Mend what it says, and see with {_host.CommandName} status where the database stands."),
        NpgsqlException lost => new(
            ExitCode.NoConnection,
            $"the connection to the server was lost: {(lost as PostgresException)?.MessageText ?? (lost.InnerException ?? lost).Message}",
            $"Run {_host.CommandName} status; the history says what was done."),
        _ => new(
            ExitCode.MigrationFailed,
            $"unexpected: {failure.GetType().Name}: {failure.Message}",
            "This is a defect of the tool. Please report it with what you did; the command status shows where the database stands."),
    };
}
