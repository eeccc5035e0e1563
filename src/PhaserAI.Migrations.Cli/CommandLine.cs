using System.CommandLine;
using PhaserAI.Migrations.Cli.Commands;
using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Cli.Output;

namespace PhaserAI.Migrations.Cli;

/// <summary>The command line: builds the commands, runs the one that was asked for, and turns every failure into a sentence and an exit code.</summary>
internal sealed class CommandLine
{
    private readonly CliHost _host;
    private readonly GlobalOptions _options = new();

    private CommandLine(CliHost host) => _host = host;

    /// <summary>Runs one call and returns its exit code; throws nothing.</summary>
    public static async Task<int> RunAsync(string[] args, CliHost host, CancellationToken cancellationToken)
    {
        var line = new CommandLine(host);
        var parsed = line.Build().Parse(args);
        var code = parsed.Errors.Count > 0
            ? line.Refuse(parsed)
            : await parsed.InvokeAsync(
                new InvocationConfiguration { Output = host.Out, Error = host.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                cancellationToken);
        await host.Out.FlushAsync(CancellationToken.None);
        return code;
    }

    /// <summary>Gives a command its handler. Here is the one place where exceptions become messages.</summary>
    public void Handle(Command command, Func<Call, CancellationToken, Task<int>> handler) =>
        command.SetAction(async (parsed, cancellationToken) =>
        {
            IReporter reporter = new TextReporter(_host, isQuiet: false);
            try
            {
                reporter = _options.Reporter(parsed, _host);
                return await handler(new Call(parsed, _host, _options, reporter), cancellationToken);
            }
            catch (Exception failure)
            {
                var error = Explain(failure);
                reporter.Error(error);
                return error.ExitCode;
            }
        });

    private RootCommand Build()
    {
        var root = new RootCommand("Applies and rolls back PostgreSQL migrations: versioned SQL files with UP and DOWN sections.");
        _options.AddTo(root);
        root.Subcommands.Add(StatusCommand.Create(this));
        root.Subcommands.Add(StatusCommand.CreateList(this));
        root.Subcommands.Add(UpCommand.Create(this));
        root.Subcommands.Add(DownCommand.Create(this));
        root.Subcommands.Add(PlanCommand.Create(this));
        root.Subcommands.Add(NewCommand.Create(this));
        root.Subcommands.Add(InspectCommand.Create(this));
        root.Subcommands.Add(DevCommand.Create(this));
        return root;
    }

    private int Refuse(ParseResult parsed)
    {
        var name = parsed.CommandResult.Command is RootCommand ? "" : " " + parsed.CommandResult.Command.Name;
        IReporter reporter = parsed.Tokens.Any(token => token.Value is "json" or "--output=json")
            ? new JsonReporter(_host, isQuiet: false)
            : new TextReporter(_host, isQuiet: false);
        reporter.Error(new CliError(
            ExitCode.Usage,
            string.Join(" ", parsed.Errors.Select(error => error.Message)),
            $"Run {_host.CommandName}{name} --help to see what it takes."));
        return ExitCode.Usage;
    }

    private CliError Explain(Exception failure) => failure switch
    {
        UsageException usage => new(ExitCode.Usage, usage.Message, usage.Next),
        RefusedException refused => new(ExitCode.RefusedByPolicy, refused.Message, refused.Next),
        UnknownVersionException unknown => new(ExitCode.Usage, unknown.Message, unknown.Next),
        LockNotAcquiredException locked => new(ExitCode.LockNotAcquired, locked.Message, locked.Next),
        MigrationException stopped => new(ExitCode.NoConnection, stopped.Message, stopped.Next),
        DevServerException server => new(ExitCode.NoConnection, server.Message, server.Next) { Detail = server.Why },
        OperationCanceledException => new(ExitCode.Cancelled, "cancelled; nothing was changed", $"Run {_host.CommandName} again when you are ready."),
        _ => new(
            ExitCode.MigrationFailed,
            $"unexpected: {failure.GetType().Name}: {failure.Message}",
            "This is a defect of the tool. Please report it with what you did; the command status shows where the database stands."),
    };
}
